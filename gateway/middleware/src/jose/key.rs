//! One key, with all that it may be used for.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};

use super::algorithm::Algorithm;

/// A key that tokens may be signed with.
pub(crate) struct Key {
    id: Option<Box<str>>,
    material: Material,
}

/// What a key is decides what it can be used with.
enum Material {
    /// Both sides know it.
    Secret(Vec<(Algorithm, hmac::Key)>),
    /// Made ready for each algorithm of its type.
    Public(Vec<(Algorithm, ParsedPublicKey)>),
}

/// A key that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// It is none of its type.
    #[error("is not a key of its type")]
    Broken,
    /// An RSA key that is too short to be trusted, or too long to be computed with.
    #[error("is an RSA key of less than 2048 or more than 8192 bits")]
    Size,
    /// Nobody would have to guess it.
    #[error("is an empty secret")]
    Empty,
}

/// The types of public keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl Key {
    /// A secret.
    pub(crate) fn secret(secret: &[u8]) -> Result<Self, Unusable> {
        if secret.is_empty() {
            return Err(Unusable::Empty);
        }
        let uses = [
            (Algorithm::Hs256, hmac::HMAC_SHA256),
            (Algorithm::Hs384, hmac::HMAC_SHA384),
            (Algorithm::Hs512, hmac::HMAC_SHA512),
        ];
        let keys = uses.map(|(algorithm, with)| (algorithm, hmac::Key::new(with, secret)));
        Ok(Self { id: None, material: Material::Secret(keys.into()) })
    }

    /// A public key: of RSA in DER (PKCS #1), of the others the point as it is.
    pub(crate) fn public(of: Type, bytes: &[u8]) -> Result<Self, Unusable> {
        let parse = |(algorithm, with): &(Algorithm, &'static dyn VerificationAlgorithm)| {
            ParsedPublicKey::new(*with, bytes).map(|key| (*algorithm, key))
        };
        let keys = of.uses().iter().map(parse).collect::<Result<_, _>>().map_err(|_| Unusable::Broken)?;
        Ok(Self { id: None, material: Material::Public(keys) })
    }

    /// The same key under a name.
    pub(crate) fn with_id(self, id: Option<&str>) -> Self {
        Self { id: id.map(Into::into), ..self }
    }

    /// The same key for one algorithm alone; `None` when it cannot be used with that.
    pub(crate) fn only(mut self, algorithm: Algorithm) -> Option<Self> {
        match &mut self.material {
            Material::Secret(keys) => keys.retain(|(known, _)| *known == algorithm),
            Material::Public(keys) => keys.retain(|(known, _)| *known == algorithm),
        }
        self.is_for(algorithm).then_some(self)
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether it can be used with this algorithm.
    pub(crate) fn is_for(&self, algorithm: Algorithm) -> bool {
        match &self.material {
            Material::Secret(keys) => keys.iter().any(|(known, _)| *known == algorithm),
            Material::Public(keys) => keys.iter().any(|(known, _)| *known == algorithm),
        }
    }

    /// Whether `signature` is that of `message` by this key and algorithm.
    pub(crate) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Secret(keys) => {
                let key = keys.iter().find(|(known, _)| *known == algorithm);
                key.is_some_and(|(_, key)| hmac::verify(key, message, signature).is_ok())
            }
            Material::Public(keys) => {
                let key = keys.iter().find(|(known, _)| *known == algorithm);
                key.is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
            }
        }
    }
}

impl Type {
    fn uses(self) -> &'static [(Algorithm, &'static dyn VerificationAlgorithm)] {
        match self {
            Self::Rsa => &[
                (Algorithm::Rs256, &signature::RSA_PKCS1_2048_8192_SHA256),
                (Algorithm::Rs384, &signature::RSA_PKCS1_2048_8192_SHA384),
                (Algorithm::Rs512, &signature::RSA_PKCS1_2048_8192_SHA512),
                (Algorithm::Ps256, &signature::RSA_PSS_2048_8192_SHA256),
                (Algorithm::Ps384, &signature::RSA_PSS_2048_8192_SHA384),
                (Algorithm::Ps512, &signature::RSA_PSS_2048_8192_SHA512),
            ],
            Self::P256 => &[(Algorithm::Es256, &signature::ECDSA_P256_SHA256_FIXED)],
            Self::P384 => &[(Algorithm::Es384, &signature::ECDSA_P384_SHA384_FIXED)],
            Self::P521 => &[(Algorithm::Es512, &signature::ECDSA_P521_SHA512_FIXED)],
            Self::Ed25519 => &[(Algorithm::EdDsa, &signature::ED25519)],
        }
    }
}

/// An RSA key of these numbers, in DER (RFC 8017 §A.1.1).
pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Key, Unusable> {
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    if !(2048..=8192).contains(&bits) {
        return Err(Unusable::Size);
    }
    let is_odd = exponent.last().is_some_and(|last| last & 1 == 1);
    if !is_odd || exponent.len() > 8 || exponent == [1] {
        return Err(Unusable::Broken);
    }
    let numbers = [integer(modulus), integer(exponent)].concat();
    Key::public(Type::Rsa, &element(0x30, &numbers))
}

fn integer(number: &[u8]) -> Vec<u8> {
    let sign = if number.first().is_some_and(|first| first & 0x80 != 0) { &[0][..] } else { &[] };
    element(0x02, &[sign, number].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = without_zeros(&length);
    let mut out = vec![tag];
    match length {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}
