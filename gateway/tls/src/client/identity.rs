//! Which certificate is shown to a server that asks for one.

use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::certificate::Certificate;

/// The certificates of a transport, in the written order.
#[derive(Debug)]
pub(super) struct Shown(Vec<(Arc<CertifiedKey>, Issuers)>);

/// The issuers named along a chain, each as DER.
type Issuers = Vec<Vec<u8>>;

impl Shown {
    pub(super) fn new(certificates: Vec<Arc<Certificate>>) -> Self {
        Self(certificates.iter().map(|one| (one.certified_key(), issuers(one))).collect())
    }
}

impl ResolvesClientCert for Shown {
    /// The first one that an acceptable authority issued and whose key the server can check. None fits: none is
    /// shown, and the server decides.
    fn resolve(&self, acceptable: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let issued = |issuers: &Issuers| {
            acceptable.is_empty() || issuers.iter().any(|issuer| acceptable.contains(&issuer.as_slice()))
        };
        let fits = |(key, issuers): &&(Arc<CertifiedKey>, Issuers)| {
            issued(issuers) && key.key.choose_scheme(schemes).is_some()
        };
        self.0.iter().find(fits).map(|(key, _)| Arc::clone(key))
    }

    fn has_certs(&self) -> bool {
        !self.0.is_empty()
    }
}

fn issuers(certificate: &Certificate) -> Issuers {
    let parsed = certificate.chain().iter().filter_map(|der| X509Certificate::from_der(der).ok());
    parsed.map(|(_, certificate)| certificate.issuer().as_raw().to_vec()).collect()
}
