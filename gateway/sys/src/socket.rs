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
    }
}
