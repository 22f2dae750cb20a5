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

use crate::acceptor::Fixed;
use crate::certificate::{Certificate, CertificateError};
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

    /// Shows `certificate` for a host name or an address, in place of what was shown before.
    ///
    /// # Errors
    /// No handshake can be made with it.
    pub fn show(&self, name: &str, certificate: Certificate) -> Result<(), CertificateError> {
        let config = ServerConfig::builder_with_provider(Arc::clone(provider()))
            .with_safe_default_protocol_versions()
            .map_err(|cause| CertificateError::UnusableCertificate(cause.to_string()))?;
        let mut config =
            config.with_no_client_auth().with_cert_resolver(Arc::new(Fixed(Arc::new(certificate))));
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
