//! Public keys in PEM.

use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::key::{self, Key, Type, Unusable};

/// Why a text holds no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoKey {
    /// There is no PEM in it.
    #[error("holds no public key in PEM, which begins with -----BEGIN PUBLIC KEY-----")]
    None,
    /// Somebody has given away more than was asked for.
    #[error("holds a private key, write the public one")]
    Private,
    /// A type or curve that no token is signed with.
    #[error("holds a key of a type that no token is signed with")]
    Type,
    /// What it holds is broken.
    #[error("holds something that {0}")]
    Unusable(#[from] Unusable),
}

/// Reads all public keys of a text, those of certificates too.
pub(crate) fn parse(text: &[u8]) -> Result<Vec<Key>, NoKey> {
    let mut keys = Vec::new();
    for block in Pem::iter_from_buffer(text) {
        let block = block.map_err(|_| NoKey::None)?;
        keys.push(match &*block.label {
            "PUBLIC KEY" => {
                let (_, key) =
                    SubjectPublicKeyInfo::from_der(&block.contents).map_err(|_| Unusable::Broken)?;
                of_info(&key)?
            }
            "RSA PUBLIC KEY" => Key::public(Type::Rsa, &block.contents)?,
            "CERTIFICATE" => {
                let (_, certificate) =
                    X509Certificate::from_der(&block.contents).map_err(|_| Unusable::Broken)?;
                of_info(certificate.public_key())?
            }
            label if label.ends_with("PRIVATE KEY") => return Err(NoKey::Private),
            _ => return Err(NoKey::None),
        });
    }
    if keys.is_empty() { Err(NoKey::None) } else { Ok(keys) }
}

fn of_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Key, NoKey> {
    let point = info.subject_public_key.data.as_ref();
    if info.algorithm.algorithm.to_id_string() == ED25519 {
        return Ok(Key::public(Type::Ed25519, point)?);
    }
    match info.parsed().map_err(|_| Unusable::Broken)? {
        PublicKey::RSA(rsa) => Ok(key::rsa(rsa.modulus, rsa.exponent)?),
        PublicKey::EC(point) => {
            let curve = info.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
            let of = match curve.map(|curve| curve.to_id_string()).as_deref() {
                Some(P256) => Type::P256,
                Some(P384) => Type::P384,
                Some(P521) => Type::P521,
                _ => return Err(NoKey::Type),
            };
            Ok(Key::public(of, point.data())?)
        }
        _ => Err(NoKey::Type),
    }
}

const ED25519: &str = "1.3.101.112";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const P521: &str = "1.3.132.0.35";
