//! From the name in a client hello to everything a handshake needs.
//!
//! An acceptor belongs to one entry point and one generation of the configuration. It owns the mapping host →
//! option set and binds option sets to a certificate store. Invariant: hosts are found here by the same function,
//! in the same normal form, for handshakes and for requests, so a request can be held against what its connection
//! negotiated.

mod resolver;
mod tickets;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::ServerConfig;

pub use tickets::Tickets;

use crate::certificate::Certificate;
use crate::challenges::{Challenges, PROTOCOL};
use crate::names::NameTable;
use crate::options::{OptionsId, TlsOptions, UnknownNames};
use crate::store::CertStore;
use resolver::{ByName, Fixed};

/// Which options a host gets.
#[derive(Debug, Clone)]
pub enum HostOptions {
    /// These.
    Use(Arc<TlsOptions>),
    /// None: its options are missing or broken, and nothing laxer may take their place.
    Refuse,
}

/// Chooses the server side of a handshake.
#[derive(Debug)]
pub struct Acceptor {
    store: Arc<CertStore>,
    hosts: NameTable<Policy>,
    default: Policy,
    challenges: Option<Arc<Challenges>>,
}

/// A handshake that must not happen. Send [`Refused::alert`], then close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The options ask for a known name, and no certificate has it.
    #[error("no certificate for this server name, and sniStrict is set")]
    UnknownName,
    /// The client asks for something that no host is called, and the TLS stack ends every such handshake.
    #[error("the server name in the client hello is none that a host can have")]
    UnusableName,
    /// The options of this host are missing or broken.
    #[error("the TLS options of this host are missing or broken")]
    BrokenOptions,
    /// The client speaks QUIC, and the options of this host leave no TLS 1.3.
    #[error("QUIC needs TLS 1.3, which the TLS options of this host leave out")]
    NoTls13,
}

impl Refused {
    /// The fatal alert as a plaintext TLS record.
    pub const fn alert(self) -> [u8; 7] {
        [ALERT_RECORD, 3, 3, 0, 2, FATAL, self.description()]
    }

    /// The number of the alert.
    pub const fn description(self) -> u8 {
        match self {
            Self::UnknownName | Self::UnusableName => UNRECOGNIZED_NAME,
            Self::BrokenOptions => HANDSHAKE_FAILURE,
            Self::NoTls13 => PROTOCOL_VERSION,
        }
    }
}

#[derive(Debug, Clone)]
enum Policy {
    Serve(Arc<Bound>),
    Refuse,
}

/// An option set with its certificates.
#[derive(Debug)]
struct Bound {
    options: Arc<TlsOptions>,
    config: Arc<ServerConfig>,
    /// For QUIC, which not every set allows.
    quic: Option<Arc<ServerConfig>>,
}

impl Acceptor {
    /// Binds options to hosts. A host is a name or `*.name` for one label more; of two equal ones the first stays.
    /// Hosts not listed get `default`.
    pub fn new(
        store: Arc<CertStore>,
        default: HostOptions,
        hosts: impl IntoIterator<Item = (String, HostOptions)>,
    ) -> Self {
        let mut bound = HashMap::new();
        let mut policy = |options| match options {
            HostOptions::Use(options) => Policy::Serve(bind(&store, options, &mut bound)),
            HostOptions::Refuse => Policy::Refuse,
        };
        let default = policy(default);
        let mut table = NameTable::default();
        for (host, options) in hosts {
            table.insert_first(&host, policy(options));
        }
        Self { store, hosts: table, default, challenges: None }
    }

    /// The same, which shows authorities that ask for one the proof in `challenges`.
    #[must_use]
    pub fn proving(self, challenges: Arc<Challenges>) -> Self {
        Self { challenges: Some(challenges), ..self }
    }

    /// The configuration for the handshake of an authority that looks for a proof, which is one that offers that
    /// protocol alone; `None` for every other. Nothing is to be said in the connection that comes of it.
    ///
    /// # Errors
    /// There is nothing to prove for this name.
    pub fn proof_for<'a>(
        &self,
        server_name: Option<&str>,
        mut offered: impl Iterator<Item = &'a [u8]>,
    ) -> Option<Result<Arc<ServerConfig>, Refused>> {
        let challenges = self.challenges.as_ref()?;
        if offered.next() != Some(PROTOCOL) || offered.next().is_some() {
            return None;
        }
        let found = server_name.and_then(|name| challenges.find(name));
        Some(found.ok_or(Refused::UnknownName))
    }

    /// The configuration for a handshake. `server_name` is the one in the client hello, in any spelling; `local` is
    /// the address the client connected to, which stands for the name when there is none.
    ///
    /// # Errors
    /// The handshake must be refused.
    pub fn config_for(
        &self,
        server_name: Option<&str>,
        local: Option<IpAddr>,
    ) -> Result<Arc<ServerConfig>, Refused> {
        self.config_of(server_name, local, |bound| Some(&bound.config))
    }

    /// The same for a handshake within QUIC.
    ///
    /// # Errors
    /// As [`Self::config_for`], and when the options of the host leave no TLS 1.3.
    pub fn quic_config_for(
        &self,
        server_name: Option<&str>,
        local: Option<IpAddr>,
    ) -> Result<Arc<ServerConfig>, Refused> {
        self.config_of(server_name, local, |bound| bound.quic.as_ref())
    }

    fn config_of(
        &self,
        server_name: Option<&str>,
        local: Option<IpAddr>,
        of: impl Fn(&Bound) -> Option<&Arc<ServerConfig>>,
    ) -> Result<Arc<ServerConfig>, Refused> {
        let Policy::Serve(bound) = self.policy(server_name.unwrap_or_default()) else {
            return Err(Refused::BrokenOptions);
        };
        let config = of(bound).ok_or(Refused::NoTls13)?;
        if let (None, Some(local)) = (server_name, local)
            && let Some(certificate) = self.store.find_address(local)
        {
            let mut config = ServerConfig::clone(config);
            config.cert_resolver = Arc::new(Fixed(Arc::clone(certificate)));
            return Ok(Arc::new(config));
        }
        let known = server_name.is_some_and(|name| self.store.find(name).is_some());
        match (known, bound.options.unknown_names()) {
            (false, UnknownNames::Refuse) => Err(Refused::UnknownName),
            _ => Ok(Arc::clone(config)),
        }
    }

    /// The identity of the options for a host, in any spelling but without port; the empty name stands for a client
    /// that sent none. A connection made for one name may carry a request for another only if the two identities
    /// are equal (else 421).
    pub fn options_id(&self, host: &str) -> OptionsId {
        match self.policy(host) {
            Policy::Serve(bound) => bound.options.id(),
            Policy::Refuse => OptionsId::REFUSED,
        }
    }

    /// The options for a host, in any spelling; `None` where its handshakes are refused.
    #[must_use]
    pub fn options(&self, host: &str) -> Option<&TlsOptions> {
        match self.policy(host) {
            Policy::Serve(bound) => Some(&bound.options),
            Policy::Refuse => None,
        }
    }

    /// The certificate for a handshake that is not refused, as [`Acceptor::config_for`] has it served; `None` where the
    /// one for everybody else could not be made.
    #[must_use]
    pub fn certificate(&self, server_name: Option<&str>, local: Option<IpAddr>) -> Option<&Arc<Certificate>> {
        let found = match server_name {
            Some(name) => self.store.find(name),
            None => local.and_then(|local| self.store.find_address(local)),
        };
        found.or_else(|| self.store.default_certificate().ok())
    }

    /// The certificates this acceptor serves.
    pub fn store(&self) -> &Arc<CertStore> {
        &self.store
    }

    fn policy(&self, host: &str) -> &Policy {
        self.hosts.find(host).unwrap_or(&self.default)
    }
}

/// One configuration per option set.
fn bind(
    store: &Arc<CertStore>,
    options: Arc<TlsOptions>,
    bound: &mut HashMap<OptionsId, Arc<Bound>>,
) -> Arc<Bound> {
    let entry = bound.entry(options.id()).or_insert_with(|| {
        let resolver = ByName { store: Arc::clone(store), unknown_names: options.unknown_names() };
        let config = Arc::new(options.server_config(Arc::new(resolver)));
        let quic = options.quic_config(&config).map(Arc::new);
        Arc::new(Bound { options, config, quic })
    });
    Arc::clone(entry)
}

const ALERT_RECORD: u8 = 21;
const FATAL: u8 = 2;
const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;
/// RFC 6066 §3.
const UNRECOGNIZED_NAME: u8 = 112;

#[cfg(test)]
mod tests;
