//! Opening listening sockets.
//!
//! A wildcard IPv6 socket also takes IPv4 unless told otherwise, as operators expect of `:80`; on a
//! machine without IPv6 the same address becomes `0.0.0.0`. `SO_REUSEADDR` is always set, so that a
//! restart does not wait for the connections of the previous process.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use crate::address::BindAddress;

/// How to open a listening socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenOptions {
    /// Let several sockets, of this or another process of the same user, share the port
    /// (`SO_REUSEPORT`); the kernel spreads connections among them.
    pub reuse_port: bool,
    /// Connections the kernel may hold until they are accepted; it lowers this to its own limit.
    pub backlog: u16,
    /// Keep an IPv6 socket from taking IPv4 connections too.
    pub only_v6: bool,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self { reuse_port: false, backlog: u16::MAX, only_v6: false }
    }
}

/// Opens a TCP socket that listens on `address`.
///
/// # Errors
/// What the kernel or the resolver said; for a name with several addresses, the last failure.
pub fn listen_tcp(address: &BindAddress, options: ListenOptions) -> io::Result<TcpListener> {
    let socket = bind_first(address, options, Type::STREAM, Protocol::TCP)?;
    socket.listen(i32::from(options.backlog))?;
    Ok(socket.into())
}

/// Makes sure that no other socket listens on `address`. Nothing listens meanwhile: a client that came just then
/// would be accepted and dropped.
///
/// # Errors
/// As [`listen_tcp`].
pub fn probe_tcp(address: &BindAddress) -> io::Result<()> {
    bind_first(address, ListenOptions::default(), Type::STREAM, Protocol::TCP).map(drop)
}

/// Makes sure that no other socket is bound to `address`, as [`probe_tcp`] does.
///
/// # Errors
/// As [`listen_tcp`].
pub fn probe_udp(address: &BindAddress) -> io::Result<()> {
    bind_first(address, ListenOptions::default(), Type::DGRAM, Protocol::UDP).map(drop)
}

/// Opens a UDP socket bound to `address`. The backlog has no meaning here.
///
/// # Errors
/// As [`listen_tcp`].
pub fn bind_udp(address: &BindAddress, options: ListenOptions) -> io::Result<UdpSocket> {
    bind_first(address, options, Type::DGRAM, Protocol::UDP).map(Into::into)
}

fn bind_first(
    address: &BindAddress,
    options: ListenOptions,
    kind: Type,
    protocol: Protocol,
) -> io::Result<Socket> {
    let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host name has no address");
    for candidate in candidates(address)? {
        match bind(candidate, options, kind, protocol) {
            Ok(socket) => return Ok(socket),
            // The port being taken on one family must not silently become "listens on the other".
            Err(error) if matches!(address, BindAddress::Any { .. }) && !is_family_missing(&error) => {
                return Err(error);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn candidates(address: &BindAddress) -> io::Result<Vec<SocketAddr>> {
    match address {
        BindAddress::Any { port } => Ok(vec![
            SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), *port),
            SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), *port),
        ]),
        BindAddress::Exact(addr) => Ok(vec![*addr]),
        BindAddress::Named { host, port } => Ok((host.as_str(), *port).to_socket_addrs()?.collect()),
    }
}

/// Whether the kernel was built or started without IPv6, or the network namespace has none.
fn is_family_missing(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(Errno::from_io_error(error), Some(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL))
}

fn bind(addr: SocketAddr, options: ListenOptions, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    // On UDP this option would let two processes take the same port by accident.
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    }
    if options.reuse_port {
        socket.set_reuse_port(true)?;
    }
    if addr.is_ipv6() {
        socket.set_only_v6(options.only_v6)?;
    }
    socket.bind(&addr.into())?;
    Ok(socket)
}

#[cfg(test)]
mod tests;
