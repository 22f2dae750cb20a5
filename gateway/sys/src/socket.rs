//! Options of connections, for any type that owns a socket.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{SockFilter, SockRef, TcpKeepalive};

/// Has the kernel probe the peer after `idle` of silence, and again at the same interval.
///
/// # Errors
/// What the kernel said, as when `socket` is not TCP.
pub fn keep_alive(socket: &impl AsFd, idle: Duration) -> io::Result<()> {
    // The kernel counts whole seconds and refuses zero.
    let idle = idle.max(Duration::from_secs(1));
    SockRef::from(socket).set_tcp_keepalive(&TcpKeepalive::new().with_time(idle).with_interval(idle))
}

/// Has the kernel probe the peer after `idle` of silence and then every `interval`, and give the connection up when
/// `probes` in a row stay without an answer, or when what was sent is not taken for that long.
///
/// # Errors
/// What the kernel said, as when `socket` is not TCP.
pub fn notice_loss(socket: &impl AsFd, idle: Duration, interval: Duration, probes: u32) -> io::Result<()> {
    let socket = SockRef::from(socket);
    let probing = TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(probes);
    socket.set_tcp_keepalive(&probing)?;
    socket.set_tcp_user_timeout(Some(idle + interval * probes))
}

/// Sends small segments at once instead of gathering them (`TCP_NODELAY`).
///
/// # Errors
/// What the kernel said, as when `socket` is not TCP.
pub fn no_delay(socket: &impl AsFd) -> io::Result<()> {
    SockRef::from(socket).set_tcp_nodelay(true)
}

/// Has the kernel begin no more connections at a listening socket. Those whose handshake is under way come to its end
/// and can be accepted; whoever asks for a new one hears nothing and asks again a second later, when the socket is closed
/// or somebody else's. Closing alone would reset what came in between the last look and the end.
///
/// # Errors
/// What the kernel said, as when `listener` is not TCP.
pub fn refuse_new(listener: &impl AsFd) -> io::Result<()> {
    // The byte of a TCP header that has the flags: what begins a connection is dropped, all else passes.
    let load = SockFilter::new(0x30, 0, 0, 13);
    let begins = SockFilter::new(0x45, 0, 1, 0x02);
    let (drop, pass) = (SockFilter::new(0x06, 0, 0, 0), SockFilter::new(0x06, 0, 0, u32::MAX));
    SockRef::from(listener).attach_filter(&[load, begins, drop, pass])
}

/// Has the kernel give datagrams of one sender, which follow each other and have the same size, as one that says so. Only
/// who asks for the size of each may read from `socket` then.
///
/// # Errors
/// What the kernel said, as when it cannot do that, or `socket` is not UDP.
pub fn join_datagrams(socket: &impl AsFd) -> io::Result<()> {
    Ok(setsockopt(socket, sockopt::UdpGroSegment, &true)?)
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn options_reach_the_kernel() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        no_delay(&stream).unwrap();
        keep_alive(&stream, Duration::from_millis(10)).unwrap();

        let socket = SockRef::from(&stream);
        assert!(stream.nodelay().unwrap());
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(1));
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(1));

        notice_loss(&stream, Duration::from_secs(30), Duration::from_secs(15), 9).unwrap();
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(30));
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(15));
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 9);
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(165)));
    }

    #[test]
    fn a_socket_that_refuses_new_connections_keeps_those_it_has() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = TcpStream::connect(address).unwrap();
        refuse_new(&listener).unwrap();
        let refused = TcpStream::connect_timeout(&address, Duration::from_millis(50)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::TimedOut, "it is neither taken nor reset");
        let (mut accepted, _) = listener.accept().unwrap();
        waiting.write_all(b"still").unwrap();
        let mut said = [0; 5];
        accepted.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"still");
        drop(listener);
        let refused = TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
}
