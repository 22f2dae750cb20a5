//! What a certificate says about itself.

use std::net::IpAddr;

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

use super::CertificateError;
use crate::names::normal;
use crate::provider::sha256;

/// The public facts of a certificate. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// DNS names, lower case, and IP addresses of the subject alternative names, in the certificate's order.
    pub names: Vec<String>,
    /// Who it was issued to.
    pub subject: PartyName,
    /// Who issued it.
    pub issuer: PartyName,
    /// Serial number in decimal.
    pub serial_number: String,
    /// Start of validity.
    pub not_before: i64,
    /// End of validity.
    pub not_after: i64,
    /// X.509 version, counted from 1.
    pub version: u32,
    /// Kind of the public key.
    pub key_type: KeyType,
    /// Bits of the public key, 0 when unknown.
    pub key_size: usize,
    /// Name of the signature algorithm, as in `SHA256-RSA`; the dotted object identifier when unknown.
    pub signature_algorithm: String,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub fingerprint: String,
    /// SHA-256 of the public key structure, lower-case hexadecimal.
    pub public_key_fingerprint: String,
}

/// The parts of a distinguished name that are shown; empty when absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartyName {
    /// CN.
    pub common_name: String,
    /// O, the first one.
    pub organization: String,
    /// C, the first one.
    pub country: String,
}

/// Kind of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// RSA.
    Rsa,
    /// An elliptic curve over a prime field.
    Ecdsa,
    /// Anything else, Ed25519 among it.
    Unknown,
}

impl Facts {
    pub(crate) fn read(der: &CertificateDer<'_>) -> Result<Self, CertificateError> {
        let (_, parsed) =
            X509Certificate::from_der(der).map_err(|cause| CertificateError::Malformed(cause.to_string()))?;
        let (key_type, key_size) = match parsed.public_key().parsed() {
            Ok(PublicKey::RSA(key)) => (KeyType::Rsa, key.key_size()),
            Ok(PublicKey::EC(point)) => (KeyType::Ecdsa, point.key_size()),
            _ => (KeyType::Unknown, 0),
        };
        Ok(Self {
            names: names(&parsed),
            subject: PartyName::read(parsed.subject()),
            issuer: PartyName::read(parsed.issuer()),
            serial_number: parsed.tbs_certificate.serial.to_string(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            version: parsed.version().0.saturating_add(1),
            key_type,
            key_size,
            signature_algorithm: signature_name(&parsed.signature_algorithm.algorithm.to_id_string()),
            fingerprint: hex(&sha256(der)),
            public_key_fingerprint: hex(&sha256(parsed.public_key().raw)),
        })
    }
}

impl PartyName {
    fn read(name: &X509Name<'_>) -> Self {
        let first = |value: Option<&x509_parser::x509::AttributeTypeAndValue<'_>>| {
            value.and_then(|value| value.as_str().ok()).unwrap_or_default().to_owned()
        };
        Self {
            common_name: first(name.iter_common_name().next()),
            organization: first(name.iter_organization().next()),
            country: first(name.iter_country().next()),
        }
    }
}

/// A name that holds anything but visible ASCII is left out: it could be shown or compared as another one.
fn names(parsed: &X509Certificate<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let alternative = parsed.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    for name in alternative.flatten() {
        let text = match name {
            GeneralName::DNSName(name) if name.bytes().all(|byte| byte.is_ascii_graphic()) => {
                normal(name).into_owned()
            }
            GeneralName::IPAddress(bytes) => match address(bytes) {
                Some(address) => address.to_string(),
                None => continue,
            },
            _ => continue,
        };
        if !text.is_empty() && !names.contains(&text) {
            names.push(text);
        }
    }
    names
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(bytes.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

fn signature_name(oid: &str) -> String {
    SIGNATURES.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| name).to_owned()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// RSA-PSS is one identifier for three digests; which one is in its parameters, and not shown.
const SIGNATURES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.4", "MD5-RSA"),
    ("1.2.840.113549.1.1.5", "SHA1-RSA"),
    ("1.2.840.113549.1.1.11", "SHA256-RSA"),
    ("1.2.840.113549.1.1.12", "SHA384-RSA"),
    ("1.2.840.113549.1.1.13", "SHA512-RSA"),
    ("1.2.840.113549.1.1.10", "RSAPSS"),
    ("1.2.840.10045.4.1", "ECDSA-SHA1"),
    ("1.2.840.10045.4.3.2", "ECDSA-SHA256"),
    ("1.2.840.10045.4.3.3", "ECDSA-SHA384"),
    ("1.2.840.10045.4.3.4", "ECDSA-SHA512"),
    ("1.3.101.112", "Ed25519"),
];
