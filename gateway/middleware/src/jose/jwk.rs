//! Sets of keys in JSON (RFC 7517).

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::key::{self, Key, Type};
use super::set::KeySet;
use super::strict;

/// Who wrote a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The operator: it may hold secrets.
    Operator,
    /// It was fetched: whatever is called a secret there is none.
    Network,
}

/// Why a set cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoSet {
    /// It is no JSON with a list `keys`.
    #[error("is no set of keys, which is JSON with a list called keys")]
    Form,
    /// There are more keys than anybody has.
    #[error("has more than {MOST} keys")]
    Many,
    /// Nothing in it can be used.
    #[error("has no key that signatures can be verified with")]
    Empty,
}

/// Reads a set. Keys of unknown types and uses are left out (RFC 7517 §5), and so are broken ones.
pub(crate) fn parse(text: &[u8], origin: Origin) -> Result<KeySet, NoSet> {
    let set = strict::parse(text).map_err(|_| NoSet::Form)?;
    // One key alone is taken for a set of one.
    let written = match set.get("keys") {
        Some(Value::Array(keys)) => keys.as_slice(),
        None if set.get("kty").is_some() => std::slice::from_ref(&set),
        _ => return Err(NoSet::Form),
    };
    if written.len() > MOST {
        return Err(NoSet::Many);
    }
    let keys: Vec<Key> =
        written.iter().filter_map(|key| key.as_object().and_then(|key| read(key, origin))).collect();
    if keys.is_empty() { Err(NoSet::Empty) } else { Ok(KeySet::new(keys)) }
}

fn read(jwk: &Map<String, Value>, origin: Origin) -> Option<Key> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    if jwk.contains_key("use") && text("use") != Some("sig") {
        return None;
    }
    if let Some(uses) = jwk.get("key_ops") {
        let verifies = |used: &Value| used.as_str() == Some("verify");
        if !uses.as_array()?.iter().any(verifies) {
            return None;
        }
    }
    let bytes = |name: &str| BASE64URL_NOPAD.decode(text(name)?.trim_end_matches('=').as_bytes()).ok();
    let key = match (text("kty")?, text("crv")) {
        ("RSA", _) => key::rsa(&bytes("n")?, &bytes("e")?).ok()?,
        ("EC", Some(curve)) => {
            let (of, length) = match curve {
                "P-256" => (Type::P256, 32),
                "P-384" => (Type::P384, 48),
                "P-521" => (Type::P521, 66),
                _ => return None,
            };
            let (x, y) = (bytes("x")?, bytes("y")?);
            if x.len() != length || y.len() != length {
                return None;
            }
            Key::public(of, &[&[4][..], &x, &y].concat()).ok()?
        }
        ("OKP", Some("Ed25519")) => Key::public(Type::Ed25519, &bytes("x")?).ok()?,
        ("oct", _) if origin == Origin::Operator => Key::secret(&bytes("k")?).ok()?,
        _ => return None,
    };
    let key = match jwk.get("alg") {
        Some(written) => key.only(Algorithm::from_name(written.as_str()?)?)?,
        None => key,
    };
    match jwk.get("kid") {
        Some(id) => Some(key.with_id(Some(id.as_str()?))),
        None => Some(key),
    }
}

/// No provider has as many keys.
const MOST: usize = 100;
