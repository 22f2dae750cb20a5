//! A written set of TLS options, turned into what a server needs for handshakes.
//!
//! Owns the names Traefik uses for versions, suites and groups. Knows no host and no certificate. Invariant: a name
//! nobody knows is an error; a name that is known but does not exist here is left out and told, and leaving out
//! never leaves nothing.

mod suites;
mod versions;

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use windrose_config::dynamic_config::TlsOptions as Written;

pub(crate) use suites::{groups, suites};
pub(crate) use versions::{Versions, versions};

use crate::acceptor::Tickets;
use crate::client_auth::{ClientAuth, ClientAuthError, client_auth};
use crate::files::Files;
use crate::provider::{digest, provider};

/// A compiled set of TLS options.
#[derive(Debug)]
pub struct TlsOptions {
    id: OptionsId,
    name: Box<str>,
    unknown_names: UnknownNames,
    versions: Versions,
    /// Complete but for the certificates.
    base: ServerConfig,
}

/// What makes two option sets the same: their name and everything they contain, authorities by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OptionsId([u8; 32]);

impl OptionsId {
    /// Of hosts that are refused; no option set has it.
    pub const REFUSED: Self = Self([0; 32]);
}

/// What to do with a client that names a host without certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownNames {
    ServeDefault,
    Refuse,
}

/// Something written that has no effect here. The options are usable nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// The name is known, but what it stands for is too weak or too new to exist here.
    #[error("{field}: {name} is not available and is left out")]
    Unavailable {
        /// The option.
        field: &'static str,
        /// The name as written.
        name: String,
    },
    /// Only TLS 1.3 remains.
    #[error("cipherSuites names no available suite of TLS 1.2, so only TLS 1.3 is spoken")]
    Tls12WithoutSuite,
    /// Certificates in caFiles or rootCAs that cannot be authorities.
    #[error("{count} certificates in {field} cannot serve as authority and are left out")]
    IgnoredAuthorities {
        /// The option.
        field: &'static str,
        /// How many.
        count: usize,
    },
}

/// Why a set of options cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// A name nobody knows.
    #[error("{field}: unknown name {name:?}{}", versions::hint(field))]
    UnknownName {
        /// The option.
        field: &'static str,
        /// The name as written.
        name: String,
    },
    /// The choice excludes everything that is available.
    #[error("{field} leaves nothing that is available; TLS 1.2 and 1.3 with ECDHE and an AEAD cipher are")]
    NothingLeft {
        /// The option.
        field: &'static str,
    },
    /// A protocol name cannot be sent.
    #[error("alpnProtocols: {0:?} is not a name of 1 to 255 bytes")]
    Protocol(String),
    /// Client authentication.
    #[error("clientAuth cannot be set up")]
    ClientAuth(#[from] ClientAuthError),
    /// The TLS library refused the combination.
    #[error("the combination of options is refused ({0})")]
    Refused(String),
}

/// A result with what is worth telling.
#[derive(Debug)]
pub struct Compiled<T> {
    /// The result.
    pub value: T,
    /// What has no effect.
    pub warnings: Vec<Warning>,
}

impl TlsOptions {
    /// Compiles what was written under `name`, the name with its provider. Equal names and contents share their
    /// session tickets through `tickets`.
    ///
    /// # Errors
    /// The options cannot be used; hosts that refer to them must be refused.
    pub fn compile(
        name: &str,
        written: &Written,
        files: &dyn Files,
        tickets: &Tickets,
    ) -> Result<Compiled<Arc<Self>>, OptionsError> {
        let mut warnings = Vec::new();
        let versions = versions(&written.min_version, &written.max_version, &mut warnings)?;
        let names: Vec<&str> = written.cipher_suites.iter().map(|name| &*name.value).collect();
        let (cipher_suites, versions) = suites(&names, versions, &mut warnings)?;
        let names: Vec<&str> = written.curve_preferences.iter().map(|name| &*name.value).collect();
        let kx_groups = groups(&names, &mut warnings)?;
        let alpn = protocols(&written.alpn_protocols)?;
        let auth = client_auth(files, &written.client_auth)?;
        if auth.ignored_authorities > 0 {
            let count = auth.ignored_authorities;
            warnings.push(Warning::IgnoredAuthorities { field: "caFiles", count });
        }
        let crypto = CryptoProvider { cipher_suites, kx_groups, ..CryptoProvider::clone(provider()) };
        let id = identity(name, written, versions, &crypto, &auth);
        let refused = |cause: rustls::Error| OptionsError::Refused(cause.to_string());
        let mut base = ServerConfig::builder_with_provider(Arc::new(crypto))
            .with_protocol_versions(versions.list())
            .map_err(refused)?
            .with_client_cert_verifier(auth.verifier)
            .with_cert_resolver(Arc::new(NoCertificate));
        base.alpn_protocols = alpn;
        base.session_storage = Arc::new(NoServerSessionStorage {});
        if written.disable_session_tickets {
            base.send_tls13_tickets = 0;
        } else {
            base.ticketer = tickets.for_options(id).map_err(refused)?;
        }
        let unknown_names =
            if written.sni_strict { UnknownNames::Refuse } else { UnknownNames::ServeDefault };
        Ok(Compiled {
            value: Arc::new(Self { id, name: name.into(), unknown_names, versions, base }),
            warnings,
        })
    }

    /// The name it was written under, with its provider.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The identity of this set.
    pub fn id(&self) -> OptionsId {
        self.id
    }

    pub(crate) fn unknown_names(&self) -> UnknownNames {
        self.unknown_names
    }

    /// The same handshake within QUIC, where the protocol is always HTTP/3; `None` when the set has no TLS 1.3, without
    /// which there is no QUIC.
    pub(crate) fn quic_config(&self, config: &ServerConfig) -> Option<ServerConfig> {
        self.versions.has_13().then(|| {
            let mut config = config.clone();
            config.alpn_protocols = vec![HTTP3.to_vec()];
            // RFC 9001 §4.6: what comes early could come again, and from somebody else.
            config.max_early_data_size = 0;
            config
        })
    }

    /// The set with a source of certificates. Cheap: everything else is shared, tickets among it.
    pub(crate) fn server_config(&self, certificates: Arc<dyn ResolvesServerCert>) -> ServerConfig {
        let mut config = self.base.clone();
        config.cert_resolver = certificates;
        config
    }
}

/// The name of HTTP/3 in a handshake (RFC 9114 §3.1).
const HTTP3: &[u8] = b"h3";

/// Stands where an acceptor puts its store.
#[derive(Debug)]
struct NoCertificate;

impl ResolvesServerCert for NoCertificate {
    fn resolve(&self, _hello: rustls::server::ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        None
    }
}

fn protocols(written: &[Arc<str>]) -> Result<Vec<Vec<u8>>, OptionsError> {
    written
        .iter()
        .map(|name| match name.len() {
            1..=255 => Ok(name.as_bytes().to_vec()),
            _ => Err(OptionsError::Protocol(name.to_string())),
        })
        .collect()
}

fn identity(
    name: &str,
    written: &Written,
    versions: Versions,
    crypto: &CryptoProvider,
    auth: &ClientAuth,
) -> OptionsId {
    let choices = [
        format!("{versions:?}"),
        format!("{:?}", crypto.cipher_suites.iter().map(|suite| suite.suite()).collect::<Vec<_>>()),
        format!("{:?}", crypto.kx_groups.iter().map(|group| group.name()).collect::<Vec<_>>()),
        format!("{:?}", written.alpn_protocols),
        format!("{:?} {} {}", auth.mode, written.sni_strict, written.disable_session_tickets),
    ];
    let choices = std::iter::once(name).chain(choices.iter().map(String::as_str)).map(str::as_bytes);
    OptionsId(digest(choices.chain(auth.authorities.iter().map(AsRef::as_ref))))
}

#[cfg(test)]
mod tests;
