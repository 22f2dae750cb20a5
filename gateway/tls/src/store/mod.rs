//! Which certificate a name gets.
//!
//! A store is built once and never changes; a reload builds another one from the same [`Certificate`]s. Selection:
//! exact name, then one-label wildcard, then the default, which is made by ourselves when none was given.

use std::net::IpAddr;
use std::sync::Arc;

use crate::certificate::{Certificate, CertificateError, generated};
use crate::names::NameTable;

/// All certificates that may be served.
#[derive(Debug, Default)]
pub struct CertStore {
    certificates: Vec<Arc<Certificate>>,
    by_name: NameTable<Arc<Certificate>>,
    default: Option<Arc<Certificate>>,
}

impl CertStore {
    /// Indexes the certificates. A name in several of them belongs to the first. The common name counts only where
    /// no certificate has it as alternative name, so an old-style certificate never hides a proper one.
    pub fn new(certificates: Vec<Arc<Certificate>>, default: Option<Arc<Certificate>>) -> Self {
        let mut by_name = NameTable::default();
        for certificate in &certificates {
            for name in &certificate.facts().names {
                by_name.insert_first(name, Arc::clone(certificate));
            }
        }
        for certificate in &certificates {
            let name = &certificate.facts().subject.common_name;
            if !name.is_empty() {
                by_name.insert_first(name, Arc::clone(certificate));
            }
        }
        Self { certificates, by_name, default }
    }

    /// The certificate made for `name`, in any spelling; never the default.
    pub fn find(&self, name: &str) -> Option<&Arc<Certificate>> {
        self.by_name.find(name)
    }

    /// The certificate made for an address: what a client gets that sends no name.
    pub fn find_address(&self, address: IpAddr) -> Option<&Arc<Certificate>> {
        self.by_name.find(&address.to_canonical().to_string())
    }

    /// What is served when no certificate matches: the given default, else a self-signed one that is made on the
    /// first call in this process.
    ///
    /// # Errors
    /// The self-signed one could not be made.
    pub fn default_certificate(&self) -> Result<&Arc<Certificate>, CertificateError> {
        match &self.default {
            Some(given) => Ok(given),
            None => generated(),
        }
    }

    /// Every certificate given, the default too.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.certificates.iter().chain(&self.default)
    }

    /// Every certificate given, in loading order, without the default.
    pub fn certificates(&self) -> &[Arc<Certificate>] {
        &self.certificates
    }
}

#[cfg(test)]
mod tests;
