//! A token, taken apart (RFC 7515 §7.1).

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::set::KeySet;
use super::strict;

/// A token that nobody has verified yet.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    algorithm: Algorithm,
    id: Option<Box<str>>,
    kind: Option<Box<str>>,
    signed: &'t [u8],
    payload: &'t [u8],
    signature: Vec<u8>,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("there is no token")]
    Missing,
    #[error("more than one token is shown")]
    Ambiguous,
    #[error("it is longer than {LONGEST} bytes")]
    Long,
    #[error("it is not three parts in base64url")]
    Form,
    #[error("its header is not understood")]
    Header,
    #[error("its algorithm is not known, or not allowed here")]
    Algorithm,
    #[error("it is of a kind that is not for this purpose")]
    Kind,
    #[error("no key is called as it says")]
    UnknownKey,
    #[error("no key that may be used with its algorithm has signed it")]
    Signature,
    #[error("its claims are not understood")]
    Claims,
    #[error("it has expired")]
    Expired,
    #[error("it does not say when it expires")]
    Endless,
    #[error("it is not valid yet")]
    Early,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("a claim cannot go into a field")]
    Field,
    #[error("it is of another login")]
    Nonce,
}

impl<'t> Token<'t> {
    /// Takes a token apart.
    pub(crate) fn read(text: &'t [u8]) -> Result<Self, Fault> {
        if text.len() > LONGEST {
            return Err(Fault::Long);
        }
        let first = text.iter().position(|byte| *byte == b'.').ok_or(Fault::Form)?;
        let last =
            text.iter().rposition(|byte| *byte == b'.').filter(|last| *last > first).ok_or(Fault::Form)?;
        let (signed, signature) = text.split_at_checked(last).ok_or(Fault::Form)?;
        let (header, payload) = signed.split_at_checked(first).ok_or(Fault::Form)?;
        let (payload, signature) = (payload.get(1..), signature.get(1..));
        let (payload, signature) = (payload.ok_or(Fault::Form)?, signature.ok_or(Fault::Form)?);
        // A dot in between is none of the alphabet.
        let header = BASE64URL_NOPAD.decode(header).map_err(|_| Fault::Form)?;
        let signature = BASE64URL_NOPAD.decode(signature).map_err(|_| Fault::Form)?;
        if signature.is_empty() {
            return Err(Fault::Form);
        }
        let Ok(Value::Object(header)) = strict::parse(&header) else { return Err(Fault::Header) };
        let text = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(Box::from(text.as_str()))),
            Some(_) => Err(Fault::Header),
        };
        // Extensions that must be understood are not (RFC 7515 §4.1.11), nor is anything packed or encrypted.
        if ["crit", "b64", "zip", "enc"].iter().any(|name| header.contains_key(*name)) {
            return Err(Fault::Header);
        }
        let name = text("alg")?.ok_or(Fault::Header)?;
        let algorithm = Algorithm::from_name(&name).ok_or(Fault::Algorithm)?;
        Ok(Self { algorithm, id: text("kid")?, kind: text("typ")?, signed, payload, signature })
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What it says it is (RFC 8725 §3.11), in lower case and short form; empty when it does not say.
    pub(crate) fn kind(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or_default().to_ascii_lowercase();
        kind.strip_prefix("application/").map_or_else(|| kind.clone(), str::to_owned)
    }

    /// What it claims, if one of the keys has signed it.
    pub(crate) fn verify(&self, keys: &KeySet) -> Result<Claims, Fault> {
        match keys.verify(self.id.as_deref(), self.algorithm, self.signed, &self.signature) {
            Err(_) => return Err(Fault::UnknownKey),
            Ok(false) => return Err(Fault::Signature),
            Ok(true) => {}
        }
        let payload = BASE64URL_NOPAD.decode(self.payload).map_err(|_| Fault::Form)?;
        match strict::parse(&payload) {
            Ok(Value::Object(claims)) => Ok(Claims::new(claims)),
            _ => Err(Fault::Claims),
        }
    }
}

/// The longest token that is looked at.
const LONGEST: usize = 16 << 10;
