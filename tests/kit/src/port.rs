//! Ports for programs that must be told one.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// A port of 127.0.0.1 that nobody listens on, neither by TCP nor by UDP.
///
/// Ports come from below the range the kernel gives to outgoing connections and to listeners on
/// port zero, so that no other peer of a running test takes one between choosing and binding. Each
/// process starts at a place of its own.
///
/// # Panics
/// When no port of the range is free.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(process::id() % u32::from(SPAN)).unwrap_or_default();
    for _ in 0..SPAN {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + start.wrapping_mul(STRIDE).wrapping_add(step) % SPAN;
        let at = (Ipv4Addr::LOCALHOST, port);
        if TcpListener::bind(at).is_ok() && UdpSocket::bind(at).is_ok() {
            return port;
        }
    }
    panic!("no free port from {FIRST} to {}", FIRST + SPAN);
}

const FIRST: u16 = 20_000;
const SPAN: u16 = 12_000;
/// Processes started one after the other have neighbouring numbers; this puts them apart.
const STRIDE: u16 = 61;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_and_not_given_twice() {
        let (first, second) = (free_port(), free_port());
        assert_ne!(first, second);
        TcpListener::bind((Ipv4Addr::LOCALHOST, first)).unwrap();
    }
}
