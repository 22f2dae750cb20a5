//! Whether a server is who it should be.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use crate::authorities::{Purpose, Trusted, system};
use crate::provider::provider;

/// Whose signature counts.
#[derive(Debug)]
pub(super) enum Trust {
    /// The system's authorities, read at the first handshake.
    System,
    Given(Arc<Trusted>),
}

/// Which host the certificate must be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// The one that was asked for.
    Expected,
    /// Any.
    Any,
}

/// An alternative name to look for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PeerName {
    Dns(Box<str>),
    Uri(Box<str>),
}

/// Verifies chain, host and alternative names, as far as asked for. Signatures of the handshake are verified always.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    pub(super) trust: Trust,
    pub(super) name: Name,
    pub(super) required: Option<PeerName>,
    /// Empty means no demand.
    pub(super) one_of: Vec<PeerName>,
}

impl ServerVerifier {
    fn verify_alternative_names(&self, leaf: &CertificateDer<'_>) -> Result<(), Error> {
        let mismatch = || Error::from(CertificateError::NotValidForName);
        let (_, parsed) = X509Certificate::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
        let names = parsed.subject_alternative_name().map_err(|_| CertificateError::BadEncoding)?;
        let names = names.as_ref().map(|names| names.value.general_names.as_slice()).unwrap_or_default();
        let carries = |wanted: &PeerName| names.iter().any(|name| wanted.is(name));
        let required = self.required.as_ref().is_none_or(carries);
        let one_of = self.one_of.is_empty() || self.one_of.iter().any(carries);
        (required && one_of).then_some(()).ok_or_else(mismatch)
    }

    fn demands_names(&self) -> bool {
        self.required.is_some() || !self.one_of.is_empty()
    }
}

impl PeerName {
    fn is(&self, name: &GeneralName<'_>) -> bool {
        match (self, name) {
            (Self::Dns(wanted), GeneralName::DNSName(name)) => name.eq_ignore_ascii_case(wanted),
            (Self::Uri(wanted), GeneralName::URI(name)) => **wanted == **name,
            _ => false,
        }
    }
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.name == Name::Any && !self.demands_names() {
            return Ok(ServerCertVerified::assertion());
        }
        let parsed = ParsedCertificate::try_from(leaf)?;
        let trusted = match &self.trust {
            Trust::System => system(),
            Trust::Given(trusted) => trusted,
        };
        if !trusted.verify_listed(leaf, Purpose::Server, now)? {
            let algorithms = provider().signature_verification_algorithms.all;
            let anchors = trusted.anchors();
            verify_server_cert_signed_by_trust_anchor(&parsed, anchors, intermediates, now, algorithms)?;
        }
        if self.name == Name::Expected {
            verify_server_name(&parsed, server_name)?;
        }
        if self.demands_names() {
            self.verify_alternative_names(leaf)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signature, &provider().signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signature, &provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
