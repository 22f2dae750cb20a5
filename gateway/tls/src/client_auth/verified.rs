//! Client certificates that are held against authorities.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::authorities::{Purpose, Trusted};

/// Takes certificates that are listed themselves, and those whose chain ends in an authority.
#[derive(Debug)]
pub(super) struct Verified {
    trusted: Arc<Trusted>,
    by_chain: Arc<dyn ClientCertVerifier>,
}

impl Verified {
    pub(super) fn new(trusted: Arc<Trusted>, by_chain: Arc<dyn ClientCertVerifier>) -> Self {
        Self { trusted, by_chain }
    }
}

impl ClientCertVerifier for Verified {
    fn client_auth_mandatory(&self) -> bool {
        self.by_chain.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.by_chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        // What the TLS library cannot read is not taken, listed or not.
        rustls::server::ParsedCertificate::try_from(leaf)?;
        if self.trusted.verify_listed(leaf, Purpose::Client, now)? {
            return Ok(ClientCertVerified::assertion());
        }
        self.by_chain.verify_client_cert(leaf, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_chain.verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_chain.verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_chain.supported_verify_schemes()
    }
}
