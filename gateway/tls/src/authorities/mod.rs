//! Certificate authorities: those an operator names, and those of the system.

mod trusted;

use std::sync::{Arc, LazyLock};

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use windrose_config::redact::FileOrContent;

use crate::certificate::{CertificateError, read_chain};
use crate::files::{Files, file_or_content};
pub(crate) use trusted::{Purpose, Trusted};

/// Authorities read from configuration.
#[derive(Debug, Clone)]
pub(crate) struct Authorities {
    pub(crate) trusted: Arc<Trusted>,
    /// What they were read from, in order: the identity of the set.
    pub(crate) certificates: Vec<CertificateDer<'static>>,
    /// How many certificates were passed over because they cannot serve as authority.
    pub(crate) ignored: usize,
}

/// A written list of authorities cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A text could not be read as PEM certificates.
    #[error("certificate authority number {position} in the list cannot be used")]
    Read {
        /// Which entry, counted from 1.
        position: usize,
        /// Why.
        #[source]
        source: CertificateError,
    },
    /// A text holds certificates, but none that can be an authority.
    #[error("certificate authority number {position} in the list holds no certificate that can sign others")]
    Unusable {
        /// Which entry, counted from 1.
        position: usize,
    },
}

/// Reads a list in which every entry is a path or PEM text and must yield at least one authority.
pub(crate) fn read<'a>(
    files: &dyn Files,
    written: impl IntoIterator<Item = &'a FileOrContent>,
) -> Result<Authorities, AuthorityError> {
    let mut roots = RootCertStore::empty();
    let mut certificates = Vec::new();
    let mut ignored = 0;
    for (entry, position) in written.into_iter().zip(1..) {
        let failed = |source| AuthorityError::Read { position, source };
        let pem = file_or_content(files, entry).map_err(|cause| failed(cause.into()))?;
        let chain = read_chain(&pem).map_err(failed)?;
        if chain.is_empty() {
            return Err(failed(CertificateError::NoCertificate));
        }
        let (added, passed_over) = roots.add_parsable_certificates(chain.iter().cloned());
        if added == 0 {
            return Err(AuthorityError::Unusable { position });
        }
        ignored += passed_over;
        certificates.extend(chain);
    }
    Ok(Authorities { trusted: Arc::new(Trusted::new(roots, &certificates)), certificates, ignored })
}

/// The system's authorities, read when first needed and kept: reading takes some ten milliseconds.
pub(crate) fn system() -> &'static Trusted {
    static SYSTEM: LazyLock<Trusted> = LazyLock::new(|| {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs.iter().cloned());
        if roots.is_empty() {
            tracing::warn!(
                errors = ?found.errors,
                "no certificate authorities found on this system; set rootCAs to verify servers"
            );
        }
        Trusted::new(roots, &found.certs)
    });
    &SYSTEM
}

#[cfg(test)]
mod tests;
