//! A certificate chain with its private key, checked when loaded.
//!
//! Owns the reading of PEM and the facts the API shows. Invariant: a [`Certificate`] can sign, and its key belongs
//! to its first certificate.

mod error;
mod facts;
mod generated;
mod subject;

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use windrose_config::redact::FileOrContent;

pub use error::CertificateError;
pub use facts::{Facts, KeyType, PartyName};
pub(crate) use generated::generated;
pub use subject::subject;

use crate::files::{Files, file_or_content};
use crate::ocsp::{OcspQuestion, Staple};
use crate::provider::provider;

/// A usable certificate.
pub struct Certificate {
    key: Arc<CertifiedKey>,
    /// The same with what its issuer says of it.
    stapled: ArcSwapOption<CertifiedKey>,
    facts: Facts,
}

impl Certificate {
    /// What can be said of it without the key.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The chain as sent, leaf first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.key.cert
    }

    /// What to ask its issuer about it, if it names somebody to ask.
    pub fn question(&self) -> Option<OcspQuestion> {
        OcspQuestion::about(&self.key.cert)
    }

    /// Whether clients are given an answer of the issuer.
    pub fn is_stapled(&self) -> bool {
        self.stapled.load().is_some()
    }

    /// Gives this answer to clients from now on, or none.
    pub fn staple(&self, staple: Option<&Staple>) {
        self.stapled.store(staple.map(|staple| {
            Arc::new(CertifiedKey { ocsp: Some(staple.bytes.clone()), ..CertifiedKey::clone(&self.key) })
        }));
    }

    pub(crate) fn certified_key(&self) -> Arc<CertifiedKey> {
        self.stapled.load_full().unwrap_or_else(|| Arc::clone(&self.key))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// Reads a chain and its key from PEM text.
///
/// # Errors
/// Nothing usable is in one of the texts, or the two do not belong together.
pub fn load_certificate(cert_pem: &[u8], key_pem: &[u8]) -> Result<Certificate, CertificateError> {
    load_with(provider(), cert_pem, key_pem)
}

/// Reads both halves of a written certificate, each a path or the PEM text itself.
///
/// # Errors
/// As [`load_certificate`], or a file cannot be read.
pub fn read_certificate(
    files: &dyn Files,
    cert: &FileOrContent,
    key: &FileOrContent,
) -> Result<Certificate, CertificateError> {
    load_certificate(&file_or_content(files, cert)?, &file_or_content(files, key)?)
}

fn load_with(
    provider: &CryptoProvider,
    cert_pem: &[u8],
    key_pem: &[u8],
) -> Result<Certificate, CertificateError> {
    let chain = read_chain(cert_pem)?;
    let Some(leaf) = chain.first() else { return Err(CertificateError::NoCertificate) };
    let facts = Facts::read(leaf)?;
    let key = provider
        .key_provider
        .load_private_key(read_key(key_pem)?)
        .map_err(|cause| CertificateError::UnusableKey(cause.to_string()))?;
    let key = CertifiedKey::new(chain, key);
    match key.keys_match() {
        Ok(()) => Ok(Certificate { key: Arc::new(key), stapled: ArcSwapOption::empty(), facts }),
        Err(rustls::Error::InconsistentKeys(_)) => Err(CertificateError::KeyMismatch),
        Err(cause) => Err(CertificateError::UnusableCertificate(cause.to_string())),
    }
}

/// Every certificate of a PEM text; other sections are skipped.
pub(crate) fn read_chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|cause| CertificateError::Pem { part: "certificate", cause: cause.to_string() })
}

pub(crate) fn read_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, CertificateError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|cause| match cause {
        pem::Error::NoItemsFound if holds(pem, b"ENCRYPTED PRIVATE KEY") => CertificateError::EncryptedKey,
        pem::Error::NoItemsFound => CertificateError::NoKey,
        cause => CertificateError::Pem { part: "private key", cause: cause.to_string() },
    })
}

fn holds(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests;
