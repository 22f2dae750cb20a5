//! Services of UDP: where an entry point's datagrams go. Every session has one server.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::UdpSocket;

use crate::HostPort;
use crate::balance::Turns;

/// A compiled service.
pub struct Upstream {
    /// Its qualified name.
    pub name: Arc<str>,
    /// What it does.
    pub kind: Kind,
}

/// What a service does with a session.
pub enum Kind {
    /// Sends it to one of several servers.
    LoadBalancer {
        /// The servers.
        servers: Arc<[HostPort]>,
        /// Whose turn it is.
        turns: Turns,
    },
    /// Sends it to one of several services.
    Weighted {
        /// The services; those of weight 0 are never chosen.
        services: Arc<[Arc<Upstream>]>,
        /// Whose turn it is.
        turns: Turns,
    },
}

impl Upstream {
    /// Whose turn it is; then it is the next one's.
    #[must_use]
    pub fn pick(&self) -> Option<&HostPort> {
        match &self.kind {
            Kind::LoadBalancer { servers, turns } => servers.get(turns.next()?),
            Kind::Weighted { services, turns } => services.get(turns.next()?)?.pick(),
        }
    }
}

impl Kind {
    /// Whose turn it is.
    #[must_use]
    pub const fn turns(&self) -> &Turns {
        match self {
            Self::LoadBalancer { turns, .. } | Self::Weighted { turns, .. } => turns,
        }
    }
}

/// A socket of one session, which takes datagrams of its server only.
///
/// # Errors
/// The server's name has no address, or the system refuses.
pub async fn connect(server: &HostPort) -> io::Result<UdpSocket> {
    let address = match server {
        HostPort::Socket(address) => *address,
        HostPort::Name(name, port) => {
            let mut found = tokio::net::lookup_host((&**name, *port)).await?;
            found.next().ok_or(io::ErrorKind::AddrNotAvailable)?
        }
    };
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    Ok(socket)
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("name", &self.name).finish_non_exhaustive()
    }
}
