//! Making connections to servers: addresses, the race between them, TLS.

mod race;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::ServerName;
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use windrose_http::Failure;
use windrose_stream::{Io, Socket};

use crate::endpoint::{Address, Endpoint, Scheme};
use crate::names::Names;

/// How connections to servers are made and kept: a compiled servers transport.
pub struct Connector {
    /// TLS towards servers, offering HTTP/2 where it is allowed.
    pub tls: Arc<rustls::ClientConfig>,
    /// The same, offering HTTP/1.1 only, for what HTTP/2 cannot carry.
    pub tls_http1: Arc<rustls::ClientConfig>,
    /// What the names of servers mean.
    pub names: Arc<Names>,
    /// The name to ask for and verify instead of the URL's host.
    pub server_name: Option<Box<str>>,
    /// How long connecting may take, TLS included.
    pub dial_timeout: Duration,
    /// How long the head of an answer may take.
    pub answer_timeout: Option<Duration>,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
    /// How many idle connections a worker keeps for each server.
    pub max_idle: usize,
    /// How long an HTTP/2 connection may be silent before it is asked whether it lives.
    pub read_idle_timeout: Option<Duration>,
    /// How long it has to say so.
    pub ping_timeout: Duration,
    /// How many idle connections of HTTP/1 a worker keeps for all servers that are reached so.
    pub max_idle_of_all: Option<usize>,
    /// How long a server has to ask for a body that waits for that.
    pub continue_timeout: Duration,
}

/// What a new connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP/1.1
    Http1,
    /// HTTP/2
    Http2,
}

/// What the request at hand can travel by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Any version.
    Any,
    /// HTTP/1.1, as upgrades do.
    Http1,
}

/// Connects to a server.
///
/// # Errors
/// Nothing was sent: the request can be tried again elsewhere.
pub async fn connect(to: &Endpoint, needs: Needs) -> Result<(Io, Speaks), Failure> {
    let connector = &to.connector;
    tokio::time::timeout(connector.dial_timeout, dial(to, needs))
        .await
        .unwrap_or(Err(Failure::ConnectTimeout))
}

async fn dial(to: &Endpoint, needs: Needs) -> Result<(Io, Speaks), Failure> {
    let tcp = match &to.address {
        Address::Unix(path) => {
            let unix = UnixStream::connect(path).await.map_err(|error| refused(to, &error))?;
            let speaks = match to.scheme {
                Scheme::H2c if needs == Needs::Any => Speaks::Http2,
                _ => Speaks::Http1,
            };
            return Ok((Io::Plain(Socket::Unix(unix)), speaks));
        }
        Address::Socket(address) => dial_one(*address).await.map_err(|error| refused(to, &error))?,
        Address::Name(name, port) => {
            dial_any(&to.connector.names, name, *port, dial_one).await.map_err(|error| refused(to, &error))?
        }
    };
    match to.scheme {
        Scheme::Http => Ok((Io::Plain(Socket::Tcp(tcp)), Speaks::Http1)),
        Scheme::H2c if needs == Needs::Http1 => Ok((Io::Plain(Socket::Tcp(tcp)), Speaks::Http1)),
        Scheme::H2c => Ok((Io::Plain(Socket::Tcp(tcp)), Speaks::Http2)),
        Scheme::Https => handshake(to, needs, Socket::Tcp(tcp)).await,
    }
}

/// Connects to whichever address of a name answers first (RFC 8305). Both families are asked for at once: one that cannot
/// be resolved is only missing.
pub(crate) async fn dial_any<F: Future<Output = std::io::Result<TcpStream>>>(
    names: &Names,
    name: &str,
    port: u16,
    dial: impl Fn(SocketAddr) -> F,
) -> std::io::Result<TcpStream> {
    let found = names.addresses(name).await?;
    let found: Vec<SocketAddr> = found.iter().map(|address| SocketAddr::new(*address, port)).collect();
    let dialled = match found[..] {
        [only] => dial(only).await,
        _ => race::first(race::interleaved(found), race::STAGGER, dial).await,
    };
    if dialled.is_err() {
        // The server may have moved.
        names.doubt(name);
    }
    dialled
}

async fn dial_one(address: SocketAddr) -> std::io::Result<TcpStream> {
    let tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    windrose_sys::notice_loss(&tcp, SILENCE, PROBE_INTERVAL, PROBES)?;
    Ok(tcp)
}

async fn handshake(to: &Endpoint, needs: Needs, socket: Socket) -> Result<(Io, Speaks), Failure> {
    let connector = &to.connector;
    let config = if needs == Needs::Http1 { &connector.tls_http1 } else { &connector.tls };
    let name = connector.server_name.as_deref().unwrap_or(&to.tls_name);
    let name = ServerName::try_from(name.to_owned()).map_err(|_| Failure::Handshake)?;
    let tls = TlsConnector::from(Arc::clone(config)).connect(name, socket).await.map_err(|error| {
        tracing::debug!(server = %to.url, %error, "TLS handshake with the server failed");
        Failure::Handshake
    })?;
    let speaks = match tls.get_ref().1.alpn_protocol() {
        Some(b"h2") => Speaks::Http2,
        _ => Speaks::Http1,
    };
    if needs == Needs::Any {
        to.learn(speaks);
    }
    Ok((Io::Client(Box::new(tls)), speaks))
}

fn refused(to: &Endpoint, error: &std::io::Error) -> Failure {
    tracing::debug!(server = %to.url, %error, "connecting to the server failed");
    if error.kind() == std::io::ErrorKind::TimedOut { Failure::ConnectTimeout } else { Failure::Connect }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("server_name", &self.server_name)
            .field("dial_timeout", &self.dial_timeout)
            .field("max_idle", &self.max_idle)
            .finish_non_exhaustive()
    }
}

// A host that vanished is noticed as soon as by Traefik: its dialer's 30 s of silence, then Go's nine probes 15 s apart.
const SILENCE: Duration = Duration::from_secs(30);
const PROBE_INTERVAL: Duration = Duration::from_secs(15);
const PROBES: u32 = 9;

#[cfg(test)]
mod tests;
