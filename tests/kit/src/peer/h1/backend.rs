//! A backend whose every step the test says.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

use super::message::{self, Message};
use crate::peer::listener::Listener;
use crate::peer::tls::Acceptor;
use crate::peer::wire::Wire;
use crate::within::soon;

/// A port that accepts connections one at a time, when the test asks.
#[derive(Debug)]
pub struct Backend {
    listener: Listener,
}

/// A connection to a backend. Everything a [`Wire`] can do, and reading requests.
#[derive(Debug)]
pub struct Conn {
    wire: Wire,
}

impl Backend {
    /// Listens.
    ///
    /// # Panics
    /// When the system has no port left.
    pub async fn bind() -> Self {
        Self { listener: Listener::bind(None).await }
    }

    /// Listens and speaks TLS.
    ///
    /// # Panics
    /// When the system has no port left.
    pub async fn bind_tls(acceptor: Acceptor) -> Self {
        Self { listener: Listener::bind(Some(acceptor)).await }
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.listener.addr()
    }

    /// Where it listens, as the URL of a server.
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.url("http")
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.listener.accepted()
    }

    /// Waits for a connection.
    ///
    /// # Panics
    /// When none comes.
    pub async fn accept(&self) -> Conn {
        Conn { wire: soon("backend: a connection", self.listener.accept()).await }
    }

    /// Waits for a connection for as long as it takes.
    pub(super) async fn accept_sometime(&self) -> Conn {
        Conn { wire: self.listener.accept().await }
    }
}

impl Conn {
    /// Reads the head of a request and leaves its body.
    ///
    /// # Panics
    /// When the connection ends.
    pub async fn expect_head(&mut self) -> Message {
        message::read_head(&mut self.wire).await
    }

    /// Reads a request with its body.
    ///
    /// # Panics
    /// When the connection ends.
    pub async fn expect_request(&mut self) -> Message {
        let mut request = self.expect_head().await;
        let framing = request.request_framing();
        request.read_body(&mut self.wire, framing).await;
        request
    }

    /// Reads a request with its body; nothing when the client closes before it begins one. Unlike
    /// everything else it waits as long as the client does.
    ///
    /// # Panics
    /// When the connection ends within a request.
    pub async fn next_request(&mut self) -> Option<Message> {
        if self.wire.ends_before_a_byte().await {
            return None;
        }
        Some(self.expect_request().await)
    }

    /// Reads a chunk of a body; nothing at the last one, after which the trailers follow.
    ///
    /// # Panics
    /// When something else comes, or the end.
    pub async fn read_chunk(&mut self) -> Option<Vec<u8>> {
        message::read_chunk(&mut self.wire).await
    }

    /// Reads the fields after the last chunk.
    ///
    /// # Panics
    /// When something else comes, or the end.
    pub async fn read_trailers(&mut self) -> Vec<(String, String)> {
        message::read_trailers(&mut self.wire).await
    }

    /// Answers 200 with `body` and its length.
    ///
    /// # Panics
    /// When the client does not take it.
    pub async fn answer(&mut self, body: impl AsRef<[u8]>) {
        let body = body.as_ref();
        let mut reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        reply.extend(body);
        self.wire.send(reply).await;
    }

    /// The connection, for what is not HTTP any more.
    #[must_use]
    pub fn into_wire(self) -> Wire {
        self.wire
    }

    /// Closes in order.
    pub async fn close(self) {
        self.wire.close().await;
    }

    /// Resets the connection.
    ///
    /// # Panics
    /// As [`Wire::reset`].
    pub fn reset(self) {
        self.wire.reset();
    }
}

impl Deref for Conn {
    type Target = Wire;

    fn deref(&self) -> &Wire {
        &self.wire
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut Wire {
        &mut self.wire
    }
}
