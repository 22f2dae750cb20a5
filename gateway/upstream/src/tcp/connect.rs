//! Making connections to servers of TCP.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::ServerName;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use windrose_stream::{Io, Socket};
use windrose_wire::proxy_protocol::{self, Ends, Version};

use super::{Encryption, Server};
use crate::HostPort;
use crate::connect::dial_any;
use crate::names::Names;

/// How connections to servers are made and ended: a compiled servers transport of TCP.
pub struct Connector {
    /// TLS towards servers that speak it.
    pub tls: Arc<rustls::ClientConfig>,
    /// What the names of servers mean.
    pub names: Arc<Names>,
    /// The name to ask for and verify instead of the address's host.
    pub server_name: Option<Box<str>>,
    /// How long connecting may take, TLS included.
    pub dial_timeout: Duration,
    /// Silence after which a connection is probed; `None` for never.
    pub keep_alive: Option<Duration>,
    /// How long a connection goes on when one direction has ended; `None` as long as the other wants.
    pub termination_delay: Option<Duration>,
    /// Whether servers are told whose connection it is.
    pub proxy: Option<Version>,
}

/// Why there is no connection. Nothing of the client's was sent.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server does not take it.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// It took too long.
    #[error("connecting takes too long")]
    TimedOut,
    /// The server cannot be named in a handshake.
    #[error("{0:?} is no name for a handshake")]
    Name(String),
    /// The handshake failed.
    #[error("the handshake failed")]
    Handshake(#[source] io::Error),
}

/// Connects to a server, on behalf of a connection between these ends, if it is on somebody's.
///
/// # Errors
/// Nothing but a PROXY header was sent.
pub async fn connect(to: &Server, ends: Option<Ends>) -> Result<Io, ConnectError> {
    tokio::time::timeout(to.connector.dial_timeout, dial(to, &to.address, ends))
        .await
        .unwrap_or(Err(ConnectError::TimedOut))
}

/// The same, to another port of the server perhaps.
pub(super) async fn dial(to: &Server, address: &HostPort, ends: Option<Ends>) -> Result<Io, ConnectError> {
    let connector = &*to.connector;
    let dial_one = |address| dial_one(address, connector.keep_alive);
    let tcp = match address {
        HostPort::Socket(address) => dial_one(*address).await,
        HostPort::Name(name, port) => dial_any(&connector.names, name, *port, dial_one).await,
    };
    let mut tcp = tcp.map_err(ConnectError::Connect)?;
    if let (Some(version), Some(ends)) = (connector.proxy, ends) {
        let mut header = Vec::new();
        proxy_protocol::encode(version, ends, &mut header);
        tcp.write_all(&header).await.map_err(ConnectError::Connect)?;
    }
    let socket = Socket::Tcp(tcp);
    if to.encryption == Encryption::Nothing {
        return Ok(Io::Plain(socket));
    }
    let name = connector.server_name.as_deref().map_or_else(|| address.host(), str::to_owned);
    let name = ServerName::try_from(name.clone()).map_err(|_| ConnectError::Name(name))?;
    let tls = TlsConnector::from(Arc::clone(&connector.tls)).connect(name, socket).await;
    Ok(Io::Client(Box::new(tls.map_err(ConnectError::Handshake)?)))
}

async fn dial_one(address: SocketAddr, keep_alive: Option<Duration>) -> io::Result<TcpStream> {
    let tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    if let Some(silence) = keep_alive {
        let silence = silence.max(Duration::from_secs(1));
        windrose_sys::notice_loss(&tcp, silence, silence, PROBES)?;
    }
    Ok(tcp)
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("server_name", &self.server_name)
            .field("dial_timeout", &self.dial_timeout)
            .field("termination_delay", &self.termination_delay)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

/// As many as Go's dialer has sent before it gives a peer up.
const PROBES: u32 = 9;
