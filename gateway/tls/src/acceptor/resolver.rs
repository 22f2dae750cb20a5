//! The certificate for one handshake.

use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certificate::Certificate;
use crate::options::UnknownNames;
use crate::store::CertStore;

/// Looks up the server name the TLS stack read.
#[derive(Debug)]
pub(super) struct ByName {
    pub(super) store: Arc<CertStore>,
    pub(super) unknown_names: UnknownNames,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let found = hello.server_name().and_then(|name| self.store.find(name));
        let certificate = match (found, self.unknown_names) {
            (Some(certificate), _) => certificate,
            (None, UnknownNames::Refuse) => return None,
            (None, UnknownNames::ServeDefault) => self
                .store
                .default_certificate()
                .inspect_err(|error| tracing::error!(%error, "no default certificate"))
                .ok()?,
        };
        Some(certificate.certified_key())
    }
}

/// One certificate, whatever the client asks for.
#[derive(Debug)]
pub(super) struct Fixed(pub(super) Arc<Certificate>);

impl ResolvesServerCert for Fixed {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.certified_key())
    }
}
