//! Authorities of clients, for whoever judges certificates after the handshake.

use std::sync::Arc;

use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::{CertificateDer, UnixTime};
use windrose_config::dynamic_config::ClientAuth as Written;
use windrose_config::redact::FileOrContent;

use super::{ClientAuthError, client_auth};
use crate::certificate::Facts;

/// Authorities that vouch for clients.
///
/// A handshake proves that a client holds the key of what it shows; whom to believe may be known only to whoever
/// answers its requests.
#[derive(Debug, Clone)]
pub struct ClientAuthorities(Arc<dyn ClientCertVerifier>);

impl ClientAuthorities {
    /// The certificates of a PEM text.
    ///
    /// # Errors
    /// There is none in it, or one cannot be read.
    pub fn new(pem: &str) -> Result<Self, ClientAuthError> {
        let written = Written {
            ca_files: [FileOrContent::new(pem).into()].into(),
            client_auth_type: Arc::<str>::from("RequireAndVerifyClientCert").into(),
        };
        let no_files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
        client_auth(&no_files, &written).map(|auth| Self(auth.verifier))
    }

    /// The common name of a client that they vouch for now; nothing of all others. The chain is in DER, the client's
    /// own certificate first.
    #[must_use]
    pub fn common_name(&self, chain: &[Box<[u8]>]) -> Option<String> {
        let chain: Vec<CertificateDer<'_>> = chain.iter().map(|one| CertificateDer::from(&**one)).collect();
        let (leaf, intermediates) = chain.split_first()?;
        self.0.verify_client_cert(leaf, intermediates, UnixTime::now()).ok()?;
        Facts::read(leaf).ok().map(|facts| facts.subject.common_name)
    }
}
