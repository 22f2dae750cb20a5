//! Connections: straight to the server, with or without TLS.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};
use windrose_tls::ClientTls;

use super::HttpError;

/// Anything that carries bytes both ways.
pub trait Carrier: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Carrier for T {}

/// Connects to `host` (a name or an address without brackets), for protocols other than HTTP. TLS is spoken where settings
/// for it are given.
///
/// # Errors
/// Nobody answers there, or not as TLS is meant to.
pub async fn dial(host: &str, port: u16, tls: Option<&ClientTls>) -> Result<Box<dyn Carrier>, HttpError> {
    let tcp = TcpStream::connect((host, port)).await;
    let tcp = tcp.map_err(|error| HttpError::Connect(format!("{host}:{port}"), error))?;
    tcp.set_nodelay(true).map_err(|error| HttpError::Connect(host.to_owned(), error))?;
    let Some(tls) = tls else { return Ok(Box::new(tcp)) };
    let name = tls.server_name(host).map_err(|_| HttpError::Url(host.to_owned()))?;
    let connector = TlsConnector::from(Arc::clone(tls.config()));
    let stream = connector.connect(name, tcp).await;
    Ok(Box::new(stream.map_err(|error| HttpError::Handshake(host.to_owned(), error))?))
}

/// Connects to the first address of the host that answers.
pub(crate) async fn tcp(url: &Url) -> Result<TcpStream, HttpError> {
    let port = url.port_or_known_default().unwrap_or(443);
    let host = url.host_str().unwrap_or_default().to_owned();
    let connected = match url.host() {
        Some(Host::Ipv4(address)) => TcpStream::connect((address, port)).await,
        Some(Host::Ipv6(address)) => TcpStream::connect((address, port)).await,
        Some(Host::Domain(name)) => TcpStream::connect((name, port)).await,
        None => Err(io::Error::from(io::ErrorKind::InvalidInput)),
    };
    let tcp = connected.map_err(|error| HttpError::Connect(host.clone(), error))?;
    tcp.set_nodelay(true).map_err(|error| HttpError::Connect(host, error))?;
    Ok(tcp)
}

/// Speaks TLS, and HTTP/2 within it or nothing.
pub(crate) async fn tls_http2(
    tls: &ClientTls,
    url: &Url,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, HttpError> {
    let host = url.host_str().unwrap_or_default();
    let name = tls.server_name(host).map_err(|_| HttpError::Url(url.to_string()))?;
    let failed = |error| HttpError::Handshake(host.to_owned(), error);
    let stream = TlsConnector::from(Arc::clone(tls.config())).connect(name, tcp).await.map_err(failed)?;
    match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => Ok(stream),
        _ => Err(failed(io::Error::other("the server does not speak HTTP/2"))),
    }
}

/// Speaks TLS, as HTTP/1.1 only.
pub(super) async fn tls(
    tls: &ClientTls,
    url: &Url,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, HttpError> {
    let host = url.host_str().unwrap_or_default();
    let name = tls.server_name(host).map_err(|_| HttpError::Url(url.to_string()))?;
    let connector = TlsConnector::from(Arc::clone(tls.http1_config()));
    connector.connect(name, tcp).await.map_err(|error| HttpError::Handshake(host.to_owned(), error))
}
