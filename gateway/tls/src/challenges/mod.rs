//! Certificates that prove control of a name to an authority (TLS-ALPN challenges, RFC 8737).
//!
//! They are no certificates to serve: they are shown to whoever offers [`PROTOCOL`] and nothing else, and nobody else
//! ever sees them. One table for the process, since a proof is wanted on whichever entry point the authority comes to;
//! it is locked only for such handshakes.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certificate::{CertificateError, read_chain, read_key};
use crate::names::normal;
use crate::provider::provider;

/// Challenges that wait for an authority.
#[derive(Default)]
pub struct Challenges(Mutex<HashMap<Box<str>, Arc<ServerConfig>>>);

impl Challenges {
    /// Nothing to prove.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows a certificate, given in PEM with its key, for a host name or an address, in place of what was shown before.
    /// What makes it a proof makes it unusable for anything else, so it is not checked as those that are served are.
    ///
    /// # Errors
    /// No handshake can be made with it.
    pub fn show(&self, name: &str, cert_pem: &[u8], key_pem: &[u8]) -> Result<(), CertificateError> {
        let key = provider().key_provider.load_private_key(read_key(key_pem)?);
        let key = key.map_err(|cause| CertificateError::UnusableKey(cause.to_string()))?;
        let proof = Proof(Arc::new(CertifiedKey::new(read_chain(cert_pem)?, key)));
        let config = ServerConfig::builder_with_provider(Arc::clone(provider()))
            .with_safe_default_protocol_versions()
            .map_err(|cause| CertificateError::UnusableCertificate(cause.to_string()))?;
        let mut config = config.with_no_client_auth().with_cert_resolver(Arc::new(proof));
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        config.send_tls13_tickets = 0;
        self.table().insert(asked(name), Arc::new(config));
        Ok(())
    }

    /// Shows nothing for this name any more.
    pub fn hide(&self, name: &str) {
        self.table().remove(&asked(name));
    }

    pub(crate) fn find(&self, server_name: &str) -> Option<Arc<ServerConfig>> {
        self.table().get(normal(server_name).as_ref()).cloned()
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<ServerConfig>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one certificate of a handshake.
#[derive(Debug)]
struct Proof(Arc<CertifiedKey>);

impl ResolvesServerCert for Proof {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenges").field("names", &self.table().keys().collect::<Vec<_>>()).finish()
    }
}

/// The name in the hello of an authority that looks for the proof of `name` (RFC 8738 §6 for addresses).
fn asked(name: &str) -> Box<str> {
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa").into()
        }
        Ok(IpAddr::V6(address)) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|byte| [byte & 0xf, byte >> 4]);
            let labels = nibbles.map(|nibble| format!("{nibble:x}.")).collect::<String>();
            format!("{labels}ip6.arpa").into()
        }
        Err(_) => normal(name).into(),
    }
}

/// What such a hello offers, alone.
pub const PROTOCOL: &[u8] = b"acme-tls/1";

#[cfg(test)]
mod tests;
