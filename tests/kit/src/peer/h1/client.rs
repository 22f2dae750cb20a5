//! A client that sends what it is told and reads responses.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

use super::message::{self, Message};
use crate::peer::tls::Connector;
use crate::peer::wire::Wire;

/// A client connection. Everything a [`Wire`] can do, and reading responses.
#[derive(Debug)]
pub struct Client {
    wire: Wire,
}

impl Client {
    /// Connects to `addr`.
    ///
    /// # Panics
    /// When nobody accepts there.
    pub async fn connect(addr: SocketAddr) -> Self {
        Self::over(Wire::connect(addr).await)
    }

    /// Connects to `addr` with TLS, asking for `name`.
    ///
    /// # Panics
    /// When the handshake fails.
    pub async fn connect_tls(addr: SocketAddr, connector: &Connector, name: &str) -> Self {
        Self::over(connector.connect(addr, name).await)
    }

    /// Speaks over a connection that is already there.
    #[must_use]
    pub fn over(wire: Wire) -> Self {
        Self { wire }
    }

    /// The connection, for what is not HTTP any more.
    #[must_use]
    pub fn into_wire(self) -> Wire {
        self.wire
    }

    /// Sends a GET for `target` at `host` and reads the response.
    ///
    /// # Panics
    /// As [`Client::read_response`].
    pub async fn get(&mut self, host: &str, target: &str) -> Message {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        self.read_response().await
    }

    /// Reads a response with its body. An interim response (1xx) is one of its own.
    ///
    /// # Panics
    /// When something else comes, or the end.
    pub async fn read_response(&mut self) -> Message {
        self.read_response_to("GET").await
    }

    /// Reads the response to a request of `method`; that to HEAD has no body.
    ///
    /// # Panics
    /// As [`Client::read_response`].
    pub async fn read_response_to(&mut self, method: &str) -> Message {
        let mut response = self.read_response_head().await;
        let framing = response.response_framing(method);
        response.read_body(&mut self.wire, framing).await;
        response
    }

    /// Reads the head of a response and leaves its body.
    ///
    /// # Panics
    /// As [`Client::read_response`].
    pub async fn read_response_head(&mut self) -> Message {
        let head = message::read_head(&mut self.wire).await;
        assert!(head.start.starts_with("HTTP/1."), "not a response: {:?}", head.start);
        head
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

impl Deref for Client {
    type Target = Wire;

    fn deref(&self) -> &Wire {
        &self.wire
    }
}

impl DerefMut for Client {
    fn deref_mut(&mut self) -> &mut Wire {
        &mut self.wire
    }
}
