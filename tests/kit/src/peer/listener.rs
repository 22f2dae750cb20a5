//! A listening port, with or without TLS.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;

use super::tls::Acceptor;
use super::wire::Wire;

/// Accepts connections and counts them.
#[derive(Debug)]
pub(super) struct Listener {
    listener: TcpListener,
    addr: SocketAddr,
    acceptor: Option<Acceptor>,
    accepted: AtomicUsize,
}

impl Listener {
    pub(super) async fn bind(acceptor: Option<Acceptor>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        Self { listener, addr, acceptor, accepted: AtomicUsize::new(0) }
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(super) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// The scheme that fits, for the URL of a server.
    pub(super) fn url(&self, plain: &str) -> String {
        let scheme = if self.acceptor.is_some() { "https" } else { plain };
        format!("{scheme}://{}", self.addr)
    }

    /// The next connection, when a client comes and its handshake succeeds. Clients whose handshake
    /// fails are passed over: a health check may connect and leave.
    pub(super) async fn accept(&self) -> Wire {
        loop {
            let (stream, _) = self.listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            self.accepted.fetch_add(1, Ordering::Relaxed);
            match &self.acceptor {
                None => return Wire::new("backend", stream),
                Some(acceptor) => {
                    if let Ok(wire) = acceptor.accept(stream).await {
                        return wire;
                    }
                }
            }
        }
    }
}
