//! What is sent to be signed, and certificates that prove control of a name.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, KeyPair, SanType};

use super::KeyError;

/// A request for a certificate.
#[derive(Debug)]
pub(crate) struct CertificateRequest<'a> {
    /// The names, the main one first: host names, wildcards, addresses.
    pub(crate) names: &'a [String],
    /// Mail addresses to put in.
    pub(crate) mails: &'a [Arc<str>],
    /// Whether the main name is the common name, too.
    pub(crate) common_name: bool,
}

impl CertificateRequest<'_> {
    /// The request in DER, signed with `key`.
    pub(crate) fn der(&self, key: &KeyPair) -> Result<Vec<u8>, KeyError> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = self.names.iter().map(|name| san(name)).collect::<Result<_, _>>()?;
        for mail in self.mails {
            params.subject_alt_names.push(SanType::Rfc822Name((&**mail).try_into()?));
        }
        params.distinguished_name = DistinguishedName::new();
        // RFC 5280 has no room for more.
        let main = self.names.first().filter(|name| self.common_name && name.len() <= 64);
        if let Some(main) = main.filter(|name| name.parse::<IpAddr>().is_err()) {
            params.distinguished_name.push(DnType::CommonName, main.as_str());
        }
        Ok(params.serialize_request(key)?.der().to_vec())
    }
}

/// The certificate that answers a TLS-ALPN challenge (RFC 8737 §3), and its key, in PEM.
pub(crate) fn challenge_certificate(name: &str, authorization: &str) -> Result<(String, String), KeyError> {
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![san(name)?];
    let digest = super::sha256(authorization.as_bytes());
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(&digest)];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((super::pem("CERTIFICATE", certificate.der()), super::pem("PRIVATE KEY", key.serialized_der())))
}

fn san(name: &str) -> Result<SanType, KeyError> {
    Ok(match name.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(name.try_into()?),
    })
}
