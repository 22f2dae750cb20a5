//! TLS towards servers: what a transport writes, turned into settings for connections.
//!
//! Owns trust (system, given authorities, none), the certificates shown, and the sessions that can be resumed. Knows
//! no socket. Invariant: settings that cannot be honoured are an error, never a weaker handshake.

mod identity;
mod options;
mod verify;

use std::fmt;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::CryptoProvider;
use rustls_pki_types::ServerName;
use windrose_config::dynamic_config::PeerCertSan;

pub use options::{ClientTlsOptions, Offer};

use crate::authorities::{self, AuthorityError};
use crate::certificate::{Certificate, CertificateError, read_certificate};
use crate::files::Files;
use crate::options::{Compiled, OptionsError, Versions, Warning, groups, suites, versions};
use crate::provider::{digest, provider};
use identity::Shown;
use verify::{Name, PeerName, ServerVerifier, Trust};

/// The compiled TLS settings of a transport. Its sessions live as long as it does.
#[derive(Clone)]
pub struct ClientTls {
    id: ClientTlsId,
    server_name: Option<ServerName<'static>>,
    preferred: Arc<ClientConfig>,
    http1: Arc<ClientConfig>,
}

/// What makes two settings the same: everything they contain, files by content. Connections may be shared exactly
/// between equal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientTlsId([u8; 32]);

/// Why a transport's TLS settings cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClientTlsError {
    /// Neither a DNS name nor an address.
    #[error("serverName {0:?} is neither a host name nor an address")]
    ServerName(String),
    /// A smallest version alone. traefik: an error too.
    #[error("minVersion is set without maxVersion; set both")]
    MinVersionAlone,
    /// Versions or suites.
    #[error("the TLS options cannot be used")]
    Options(#[from] OptionsError),
    /// One of the authorities.
    #[error("rootCAs cannot be used")]
    Authorities(#[from] AuthorityError),
    /// One of the certificates to show.
    #[error("client certificate number {position} cannot be used")]
    Certificate {
        /// Which entry, counted from 1.
        position: usize,
        /// Why.
        #[source]
        source: CertificateError,
    },
    /// An entry of peerCertSANs.
    #[error("peerCertSANs: unknown type {0:?}; use DNSName or URI")]
    PeerNameKind(String),
    /// An entry of peerCertSANs without value.
    #[error("peerCertSANs: an entry of type {0} has no value")]
    PeerNameEmpty(String),
    /// SPIFFE identities need a source of them.
    #[error(
        "spiffe needs a workload API, and none is connected; remove spiffe or use rootCAs with peerCertURI"
    )]
    Spiffe,
}

/// A host that TLS cannot name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a host name nor an address; set serverName on the transport")]
pub struct InvalidHost(pub String);

impl ClientTls {
    /// Compiles a transport's settings.
    ///
    /// # Errors
    /// A setting cannot be honoured.
    pub fn compile(
        written: &ClientTlsOptions<'_>,
        files: &dyn Files,
    ) -> Result<Compiled<Self>, ClientTlsError> {
        if written.spiffe {
            return Err(ClientTlsError::Spiffe);
        }
        if !written.min_version.is_empty() && written.max_version.is_empty() {
            return Err(ClientTlsError::MinVersionAlone);
        }
        let mut warnings = Vec::new();
        let versions = versions(written.min_version, written.max_version, &mut warnings)?;
        let (cipher_suites, versions) = suites(&written.cipher_suites, versions, &mut warnings)?;
        let kx_groups = groups(&[], &mut warnings)?;
        let crypto = CryptoProvider { cipher_suites, kx_groups, ..CryptoProvider::clone(provider()) };
        let server_name = match written.server_name {
            "" => None,
            name => Some(parse_host(name).map_err(|InvalidHost(name)| ClientTlsError::ServerName(name))?),
        };
        let trust = Material::trust(written, files, &mut warnings)?;
        let id = identity(written, versions, &crypto, &trust);
        let resolver: Arc<dyn ResolvesClientCert> = Arc::new(Shown::new(trust.shown));
        let mut preferred = ClientConfig::builder_with_provider(Arc::new(crypto))
            .with_protocol_versions(versions.list())
            .map_err(|cause| OptionsError::Refused(cause.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(trust.verifier))
            .with_client_cert_resolver(resolver);
        preferred.resumption = Resumption::in_memory_sessions(SESSIONS);
        let mut http1 = preferred.clone();
        preferred.alpn_protocols = written.offer.protocols();
        http1.alpn_protocols = written.offer.without_http2().protocols();
        let value = Self { id, server_name, preferred: Arc::new(preferred), http1: Arc::new(http1) };
        Ok(Compiled { value, warnings })
    }

    /// The identity of these settings.
    pub fn id(&self) -> ClientTlsId {
        self.id
    }

    /// Settings for a connection that offers what the transport asks for.
    pub fn config(&self) -> &Arc<ClientConfig> {
        &self.preferred
    }

    /// The same without HTTP/2, for requests that only HTTP/1.1 can carry, such as WebSocket upgrades.
    pub fn http1_config(&self) -> &Arc<ClientConfig> {
        &self.http1
    }

    /// The name to ask for and to verify: the transport's own, else the host of the URL (a DNS name or an address,
    /// with or without brackets, without port).
    ///
    /// # Errors
    /// The transport has no name of its own and the host is no possible name.
    pub fn server_name(&self, host: &str) -> Result<ServerName<'static>, InvalidHost> {
        self.server_name.clone().map_or_else(|| parse_host(host), Ok)
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What was read: whom to trust and whom to be.
struct Material {
    verifier: ServerVerifier,
    /// Authorities in the written order, as the verifier's identity.
    authorities: Vec<Vec<u8>>,
    shown: Vec<Arc<Certificate>>,
}

impl Material {
    fn trust(
        written: &ClientTlsOptions<'_>,
        files: &dyn Files,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self, ClientTlsError> {
        let given = authorities::read(files, written.root_cas.iter().copied())?;
        if given.ignored > 0 {
            warnings.push(Warning::IgnoredAuthorities { field: "rootCAs", count: given.ignored });
        }
        let trust = match (written.root_cas.is_empty(), written.system_too) {
            (true, _) => Trust::System,
            (false, false) => Trust::Given(given.trusted),
            (false, true) => Trust::Given(Arc::new(given.trusted.with(authorities::system()))),
        };
        let peer_uri = match written.peer_cert_uri {
            "" => None,
            uri => Some(PeerName::Uri(uri.into())),
        };
        let verifier = ServerVerifier {
            trust,
            name: if written.insecure_skip_verify { Name::Any } else { Name::Expected },
            required: peer_uri,
            one_of: written.peer_cert_sans.iter().map(peer_name).collect::<Result<_, _>>()?,
        };
        let mut shown = Vec::new();
        for ((cert, key), position) in written.certificates.iter().zip(1..) {
            let certificate = read_certificate(files, cert, key)
                .map_err(|source| ClientTlsError::Certificate { position, source })?;
            shown.push(Arc::new(certificate));
        }
        let authorities = given.certificates.iter().map(|authority| authority.to_vec()).collect();
        Ok(Self { verifier, authorities, shown })
    }
}

fn peer_name(written: &PeerCertSan) -> Result<PeerName, ClientTlsError> {
    match (&*written.kind, &*written.value) {
        ("DNSName" | "URI", "") => Err(ClientTlsError::PeerNameEmpty(written.kind.to_string())),
        ("DNSName", name) => Ok(PeerName::Dns(name.to_ascii_lowercase().into())),
        ("URI", uri) => Ok(PeerName::Uri(uri.into())),
        (kind, _) => Err(ClientTlsError::PeerNameKind(kind.to_owned())),
    }
}

fn parse_host(host: &str) -> Result<ServerName<'static>, InvalidHost> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(bare).map(|name| name.to_owned()).map_err(|_| InvalidHost(host.to_owned()))
}

fn identity(
    written: &ClientTlsOptions<'_>,
    versions: Versions,
    crypto: &CryptoProvider,
    material: &Material,
) -> ClientTlsId {
    let choices = [
        written.server_name.to_owned(),
        format!("{versions:?} {:?}", written.offer),
        format!("{:?}", crypto.cipher_suites.iter().map(|suite| suite.suite()).collect::<Vec<_>>()),
        format!("{} {} {:?}", written.insecure_skip_verify, written.system_too, written.peer_cert_uri),
        format!("{:?}", material.verifier.one_of),
        format!("{:?}", material.shown.iter().map(|shown| shown.chain().len()).collect::<Vec<_>>()),
    ];
    // A chain stands for its key: no certificate is made for two keys.
    let shown = material.shown.iter().flat_map(|shown| shown.chain()).map(AsRef::as_ref);
    let authorities = material.authorities.iter().map(Vec::as_slice);
    ClientTlsId(digest(choices.iter().map(String::as_bytes).chain(shown).chain(authorities)))
}

/// How many servers' sessions a transport remembers.
const SESSIONS: usize = 256;

#[cfg(test)]
mod tests;
