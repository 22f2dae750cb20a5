//! TLS for peers: certificates made on the spot, and both sides of the handshake.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::wire::{Socket, Wire};
use crate::within::soon;

mod authority;

pub use authority::{Authority, Identity};

/// What a client of a test wants of TLS.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientOptions<'a> {
    /// Whose certificates to believe; anyone's when none.
    pub trust: Option<&'a Authority>,
    /// The certificate to show when asked.
    pub identity: Option<&'a Identity>,
    /// The protocols to offer, best first.
    pub alpn: &'a [&'a str],
    /// Which versions to speak.
    pub versions: Versions,
    /// Whether to tell the server which name is wanted.
    pub server_name: ServerNameUse,
}

/// Which versions of TLS a client speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// 1.2 alone.
    Only12,
    /// 1.3 alone.
    Only13,
}

/// Whether a client sends the server name extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerNameUse {
    /// As usual.
    #[default]
    Sent,
    /// The server must choose without it.
    Withheld,
}

/// The client side of the handshake. Sessions are resumed as long as one connector is used.
#[derive(Clone, Debug)]
pub struct Connector {
    config: Arc<ClientConfig>,
}

impl Connector {
    /// Prepares handshakes.
    ///
    /// # Panics
    /// When the identity is not usable.
    #[must_use]
    pub fn new(options: ClientOptions<'_>) -> Self {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&versions(options.versions))
            .unwrap();
        let builder = match options.trust {
            Some(authority) => builder.with_root_certificates(authority.roots()),
            None => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone)),
        };
        let mut config = match options.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder.with_client_auth_cert(identity.chain(), identity.key()).unwrap(),
        };
        config.alpn_protocols = protocols(options.alpn);
        config.enable_sni = options.server_name == ServerNameUse::Sent;
        Self { config: Arc::new(config) }
    }

    /// Connects to `addr` and asks for `name`.
    ///
    /// # Panics
    /// When the handshake fails.
    pub async fn connect(&self, addr: SocketAddr, name: &str) -> Wire {
        let connected = self.try_connect(addr, name).await;
        connected.unwrap_or_else(|error| panic!("TLS with {addr} for {name}: {error}"))
    }

    /// Connects to `addr` and asks for `name`, expecting that it may fail. With TLS 1.3 a server that
    /// refuses the client's certificate is heard only at the first read.
    ///
    /// # Errors
    /// What the handshake said.
    ///
    /// # Panics
    /// When `name` is no server name or nobody accepts at `addr`.
    pub async fn try_connect(&self, addr: SocketAddr, name: &str) -> io::Result<Wire> {
        self.try_over(Wire::connect(addr).await, name).await
    }

    /// Starts TLS on a connection that is already there, after a PROXY header for instance.
    ///
    /// # Errors
    /// What the handshake said.
    ///
    /// # Panics
    /// When `name` is no server name, or bytes were read and not taken.
    pub async fn try_over(&self, wire: Wire, name: &str) -> io::Result<Wire> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let (Socket::Plain(stream), rest) = wire.into_parts() else { panic!("TLS in TLS is not spoken") };
        assert!(rest.is_empty(), "bytes came before the handshake: {:?}", String::from_utf8_lossy(&rest));
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let stream = soon("the TLS handshake", connector.connect(name, stream)).await?;
        Ok(Wire::new("client", TlsStream::from(stream)))
    }
}

/// What a backend of a test wants of TLS.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerOptions<'a> {
    /// The protocols to accept, best first.
    pub alpn: &'a [&'a str],
    /// Whose certificates clients must show; none are asked for when none.
    pub clients: Option<&'a Authority>,
}

/// The server side of the handshake.
#[derive(Clone)]
pub struct Acceptor {
    acceptor: TlsAcceptor,
}

impl Acceptor {
    /// Prepares handshakes in the name of `identity`.
    ///
    /// # Panics
    /// When the identity is not usable.
    #[must_use]
    pub fn new(identity: &Identity, options: ServerOptions<'_>) -> Self {
        let builder =
            ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
        let builder = match options.clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let roots = Arc::new(authority.roots());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider()).build();
                builder.with_client_cert_verifier(verifier.unwrap())
            }
        };
        let mut config = builder.with_single_cert(identity.chain(), identity.key()).unwrap();
        config.alpn_protocols = protocols(options.alpn);
        Self { acceptor: Arc::new(config).into() }
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<Wire> {
        let stream = soon("the TLS handshake", self.acceptor.accept(stream)).await?;
        Ok(Wire::new("backend", TlsStream::from(stream)))
    }

    /// Answers a handshake on a connection that is already there, as some protocols have it.
    ///
    /// # Errors
    /// What the handshake said.
    ///
    /// # Panics
    /// When bytes were read and not taken.
    pub async fn over(&self, wire: Wire) -> io::Result<Wire> {
        let (Socket::Plain(stream), rest) = wire.into_parts() else { panic!("TLS in TLS is not spoken") };
        assert!(rest.is_empty(), "bytes came before the handshake: {:?}", String::from_utf8_lossy(&rest));
        self.accept(stream).await
    }
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn versions(versions: Versions) -> Vec<&'static SupportedProtocolVersion> {
    match versions {
        Versions::Both => rustls::DEFAULT_VERSIONS.to_vec(),
        Versions::Only12 => vec![&rustls::version::TLS12],
        Versions::Only13 => vec![&rustls::version::TLS13],
    }
}

fn protocols(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| name.as_bytes().to_vec()).collect()
}

/// Believes every certificate, but only from an owner of its key.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
