//! Options of connections, for any type that owns a socket.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

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

#[cfg(test)]
mod tests {
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
}
