//! Keys: of accounts (RSA, PKCS#1 as Traefik stores them) and of certificates.
//!
//! Making an RSA key takes up to seconds, so whoever asks for one does it on a thread that may block.

mod der;
mod request;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};
use thiserror::Error;

pub(crate) use request::{CertificateRequest, challenge_certificate};

/// What a certificate's key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyType {
    /// ECDSA with P-256.
    Ec256,
    /// ECDSA with P-384.
    Ec384,
    /// RSA with so many bits.
    Rsa(RsaBits),
}

/// The sizes of RSA keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RsaBits {
    B2048,
    B3072,
    B4096,
    B8192,
}

/// A key that cannot be made or used.
#[derive(Debug, Error)]
pub(crate) enum KeyError {
    #[error("a key could not be made")]
    Generate,
    #[error("the account's private key is none of RSA in PKCS#1")]
    Account,
    #[error("signing failed")]
    Sign,
    #[error("the request for a certificate cannot be made")]
    Request(#[from] rcgen::Error),
}

impl KeyType {
    /// Traefik's names, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, kind)| *kind)
    }

    /// A new key: for use, and as PEM to be kept.
    pub(crate) fn generate(self) -> Result<(rcgen::KeyPair, String), KeyError> {
        let bits = match self {
            Self::Ec256 => return elliptic(&rcgen::PKCS_ECDSA_P256_SHA256),
            Self::Ec384 => return elliptic(&rcgen::PKCS_ECDSA_P384_SHA384),
            Self::Rsa(bits) => bits,
        };
        let pkcs8 = rsa(bits)?;
        let inner = der::pkcs8_key(&pkcs8).ok_or(KeyError::Generate)?;
        let pem = pem("RSA PRIVATE KEY", inner);
        let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.as_slice());
        let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_RSA_SHA256)?;
        Ok((pair, pem))
    }
}

fn elliptic(algorithm: &'static rcgen::SignatureAlgorithm) -> Result<(rcgen::KeyPair, String), KeyError> {
    let pair = rcgen::KeyPair::generate_for(algorithm)?;
    let pem = pem("PRIVATE KEY", pair.serialized_der());
    Ok((pair, pem))
}

/// A new RSA key as PKCS#8.
fn rsa(bits: RsaBits) -> Result<Vec<u8>, KeyError> {
    let size = match bits {
        RsaBits::B2048 => KeySize::Rsa2048,
        RsaBits::B3072 => KeySize::Rsa3072,
        RsaBits::B4096 => KeySize::Rsa4096,
        RsaBits::B8192 => KeySize::Rsa8192,
    };
    let pair = RsaKeyPair::generate(size).map_err(|_| KeyError::Generate)?;
    let pkcs8 = pair.as_der().map_err(|_| KeyError::Generate)?;
    Ok(pkcs8.as_ref().to_vec())
}

/// The key of an account.
pub(crate) struct AccountKey {
    pair: RsaKeyPair,
    pkcs1: Vec<u8>,
    jwk: Value,
    thumbprint: String,
}

impl AccountKey {
    /// A new one, of the size that Traefik uses.
    pub(crate) fn generate() -> Result<Self, KeyError> {
        let pkcs8 = rsa(RsaBits::B4096)?;
        Self::from_pkcs1(der::pkcs8_key(&pkcs8).ok_or(KeyError::Generate)?)
    }

    /// The one that was kept.
    pub(crate) fn from_pkcs1(pkcs1: &[u8]) -> Result<Self, KeyError> {
        let pair = RsaKeyPair::from_der(pkcs1).map_err(|_| KeyError::Account)?;
        let (modulus, exponent) = der::public_key(pair.public_key().as_ref()).ok_or(KeyError::Account)?;
        let (n, e) = (BASE64URL_NOPAD.encode(modulus), BASE64URL_NOPAD.encode(exponent));
        // RFC 7638 §3: exactly so, without blanks and in this order.
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let thumbprint = BASE64URL_NOPAD.encode(digest(&SHA256, canonical.as_bytes()).as_ref());
        let jwk = json!({"e": e, "kty": "RSA", "n": n});
        Ok(Self { pair, pkcs1: pkcs1.to_vec(), jwk, thumbprint })
    }

    pub(crate) fn pkcs1(&self) -> &[u8] {
        &self.pkcs1
    }

    /// The public half.
    pub(crate) fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// What is to be shown for a token (RFC 8555 §8.1).
    pub(crate) fn authorization(&self, token: &str) -> String {
        format!("{token}.{}", self.thumbprint)
    }

    /// A signature with RS256.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        rs256(&self.pair, message)
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

/// A signature with RS256 by a key in PKCS#8, as services accounts of Google have one.
pub(crate) fn sign_with_pkcs8(pkcs8: &[u8], message: &[u8]) -> Result<Vec<u8>, KeyError> {
    rs256(&RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Sign)?, message)
}

fn rs256(pair: &RsaKeyPair, message: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .map_err(|_| KeyError::Sign)?;
    Ok(signature)
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// One section of PEM.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

/// What may be written as `keyType`.
pub(crate) const NAMES: [(&str, KeyType); 6] = [
    ("EC256", KeyType::Ec256),
    ("EC384", KeyType::Ec384),
    ("RSA2048", KeyType::Rsa(RsaBits::B2048)),
    ("RSA3072", KeyType::Rsa(RsaBits::B3072)),
    ("RSA4096", KeyType::Rsa(RsaBits::B4096)),
    ("RSA8192", KeyType::Rsa(RsaBits::B8192)),
];
