//! Whom to trust: authorities that sign, and certificates that are trusted as they are.
//!
//! Whoever lists a certificate trusts it, also where it is shown by the peer itself: the self-signed certificate of one
//! server that `openssl req -x509` makes says that it is an authority, and no chain can end in an authority that signs
//! nothing. Traefik and curl: the same. Invariant: only the very bytes that are listed are trusted so, and the dates,
//! the purpose and the names of the certificate are held against them as of any other.

use std::collections::HashSet;
use std::sync::Arc;

use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::{CertificateDer, UnixTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ExtendedKeyUsage;
use x509_parser::prelude::FromDer;

use crate::provider::sha256;

/// Listed certificates.
#[derive(Debug)]
pub(crate) struct Trusted {
    anchors: Arc<RootCertStore>,
    /// SHA-256 of each certificate.
    listed: HashSet<[u8; 32]>,
}

/// What a certificate is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Server,
    Client,
}

impl Trusted {
    pub(super) fn new(anchors: RootCertStore, listed: &[CertificateDer<'_>]) -> Self {
        let listed = listed.iter().map(|certificate| sha256(certificate)).collect();
        Self { anchors: Arc::new(anchors), listed }
    }

    /// These and those.
    pub(crate) fn with(&self, others: &Self) -> Self {
        let mut anchors = RootCertStore::clone(&self.anchors);
        anchors.roots.extend(others.anchors.roots.iter().cloned());
        Self { anchors: Arc::new(anchors), listed: self.listed.union(&others.listed).copied().collect() }
    }

    /// Those that chains may end in.
    pub(crate) fn anchors(&self) -> &Arc<RootCertStore> {
        &self.anchors
    }

    /// Whether this very certificate is listed. Then no chain is needed, and the error says what else is wrong with it.
    pub(crate) fn verify_listed(
        &self,
        certificate: &CertificateDer<'_>,
        purpose: Purpose,
        now: UnixTime,
    ) -> Result<bool, Error> {
        if !self.listed.contains(&sha256(certificate)) {
            return Ok(false);
        }
        let bad = |_| Error::from(CertificateError::BadEncoding);
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|error| bad(error.to_string()))?;
        let (now, validity) = (i64::try_from(now.as_secs()).unwrap_or(i64::MAX), parsed.validity());
        if now < validity.not_before.timestamp() {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > validity.not_after.timestamp() {
            return Err(CertificateError::Expired.into());
        }
        let usage = parsed.extended_key_usage().map_err(|error| bad(error.to_string()))?;
        match usage {
            Some(usage) if !purpose.is_among(usage.value) => Err(CertificateError::InvalidPurpose.into()),
            _ => Ok(true),
        }
    }
}

impl Purpose {
    fn is_among(self, usage: &ExtendedKeyUsage<'_>) -> bool {
        let named = match self {
            Self::Server => usage.server_auth,
            Self::Client => usage.client_auth,
        };
        named || usage.any
    }
}

#[cfg(test)]
mod tests;
