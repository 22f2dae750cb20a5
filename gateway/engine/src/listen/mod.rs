//! Listening sockets and the loops that accept from them.
//!
//! Every worker has a socket of its own for each listener, and the kernel spreads connections over them.

mod quic;
mod tcp;
mod udp;

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;

use windrose_sys::{BindAddress, Inherited, ListenOptions};

use crate::entry::{EntryOptions, Kind};
use crate::serve::quic::Seat;

pub(crate) use quic::receive as receive_quic;
pub(crate) use tcp::{Owner, accept};
pub(crate) use udp::receive;

/// An entry point that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("entry point {entry}: cannot listen on {address}{}: {}", explain_kind(*.kind), explain(.source))]
pub struct BindError {
    /// The entry point.
    pub entry: Arc<str>,
    /// What it should listen for.
    pub kind: Kind,
    /// Its address.
    pub address: BindAddress,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

const fn explain_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Tcp | Kind::Udp => "",
        Kind::Quic => " (UDP, for http3)",
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use by another program".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "not permitted; ports below 1024 need CAP_NET_BIND_SERVICE".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Whether other programs may listen on the same port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// A port in use is an error.
    Exclusive,
    /// As the operator asked for with `reusePort`.
    Shared,
}

/// A socket that listens.
pub(crate) enum Bound {
    /// For connections.
    Tcp(TcpListener),
    /// For connections, and of the service manager, who keeps it open when we close it.
    Passed(TcpListener),
    /// For datagrams.
    Udp(UdpSocket),
    /// For QUIC.
    Quic(Box<Seat>),
}

impl Bound {
    /// Where it listens.
    #[must_use]
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(socket) | Self::Passed(socket) => socket.local_addr().ok(),
            Self::Udp(socket) => socket.local_addr().ok(),
            Self::Quic(seat) => seat.socket.local_addr().ok(),
        }
    }
}

/// Opens a listener for `workers` workers: gives the sockets of each. It is one, unless the service manager has opened
/// several of this name.
///
/// # Errors
/// The address cannot be listened on.
pub(crate) fn bind(
    options: &EntryOptions,
    kind: Kind,
    address: &BindAddress,
    sharing: Sharing,
    workers: usize,
    inherited: &mut Inherited,
) -> Result<Vec<Vec<Bound>>, BindError> {
    let name = &options.name;
    let opened = match kind {
        Kind::Tcp => bind_tcp(name, address, sharing, workers, inherited),
        Kind::Udp => bind_udp(name, address, sharing, workers, inherited),
        Kind::Quic => quic::bind(options, address, sharing, workers, inherited),
    };
    opened.map_err(|source| BindError { entry: Arc::clone(name), kind, address: address.clone(), source })
}

fn bind_tcp(
    name: &str,
    address: &BindAddress,
    sharing: Sharing,
    workers: usize,
    inherited: &mut Inherited,
) -> io::Result<Vec<Vec<Bound>>> {
    let passed = inherited.take_tcp(name)?;
    if !passed.is_empty() {
        let clone = |socket: &TcpListener| socket.try_clone().map(Bound::Passed);
        let clones = || passed.iter().map(clone).collect::<io::Result<Vec<_>>>();
        let mut sockets = (1..workers).map(|_| clones()).collect::<io::Result<Vec<_>>>()?;
        sockets.push(passed.into_iter().map(Bound::Passed).collect());
        return Ok(sockets);
    }
    if sharing == Sharing::Exclusive {
        // Sockets that share a port among our workers would share it with a stranger as well.
        windrose_sys::probe_tcp(address)?;
    }
    let options = ListenOptions { reuse_port: true, ..ListenOptions::default() };
    let first = windrose_sys::listen_tcp(address, options)?;
    let same = same(address, first.local_addr()?);
    let mut sockets = vec![vec![Bound::Tcp(first)]];
    for _ in 1..workers {
        sockets.push(vec![Bound::Tcp(windrose_sys::listen_tcp(&same, options)?)]);
    }
    Ok(sockets)
}

/// The sockets share the port, and the kernel gives each of them the datagrams of the same clients. One that was passed
/// is a single one, and belongs to one worker, so that a client stays with its worker there, too.
fn bind_udp(
    name: &str,
    address: &BindAddress,
    sharing: Sharing,
    workers: usize,
    inherited: &mut Inherited,
) -> io::Result<Vec<Vec<Bound>>> {
    let mut sockets: Vec<Vec<Bound>> = (0..workers).map(|_| Vec::new()).collect();
    let passed = inherited.take_udp(name)?;
    if !passed.is_empty() {
        for (worker, socket) in passed.into_iter().enumerate() {
            if let Some(sockets) = sockets.get_mut(worker % workers.max(1)) {
                sockets.push(Bound::Udp(socket));
            }
        }
        return Ok(sockets);
    }
    if sharing == Sharing::Exclusive {
        windrose_sys::probe_udp(address)?;
    }
    let options = ListenOptions { reuse_port: true, ..ListenOptions::default() };
    let mut same = address.clone();
    for sockets in &mut sockets {
        let socket = windrose_sys::bind_udp(&same, options)?;
        same = self::same(&same, socket.local_addr()?);
        sockets.push(Bound::Udp(socket));
    }
    Ok(sockets)
}

/// Where further sockets listen: port 0 is chosen once, by the first one.
fn same(address: &BindAddress, chosen: SocketAddr) -> BindAddress {
    if address.port() == 0 { BindAddress::from(chosen) } else { address.clone() }
}
