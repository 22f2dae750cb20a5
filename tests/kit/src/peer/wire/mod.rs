//! A connection as bytes.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::within::{DEADLINE, soon};

mod socket;

pub use socket::Socket;

/// One end of a TCP connection, plain or in TLS, that a test reads from and writes to.
///
/// What was read and not yet taken stays in a buffer, so reading one message never swallows the
/// beginning of the next.
#[derive(Debug)]
pub struct Wire {
    who: &'static str,
    socket: Socket,
    buffer: Vec<u8>,
}

impl Wire {
    /// Wraps a socket; `who` is how messages call this end.
    pub fn new(who: &'static str, socket: impl Into<Socket>) -> Self {
        Self { who, socket: socket.into(), buffer: Vec::new() }
    }

    /// Connects to `addr`.
    ///
    /// # Panics
    /// When nobody accepts there.
    pub async fn connect(addr: SocketAddr) -> Self {
        let connected = soon(format!("a connection to {addr}"), TcpStream::connect(addr)).await;
        let stream = connected.unwrap_or_else(|error| panic!("cannot connect to {addr}: {error}"));
        stream.set_nodelay(true).unwrap();
        Self::new("client", stream)
    }

    /// The socket and what was read from it but not taken.
    #[must_use]
    pub fn into_parts(self) -> (Socket, Vec<u8>) {
        (self.socket, self.buffer)
    }

    /// The socket, for what TLS agreed on.
    #[must_use]
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The address of this end.
    ///
    /// # Panics
    /// When the connection was never there.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.socket.tcp().local_addr().unwrap()
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// When the other end does not take them.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let who = self.who;
        self.try_send(bytes).await.unwrap_or_else(|error| panic!("{who}: cannot send: {error}"));
    }

    /// Sends bytes as they are, to an end that may be gone.
    ///
    /// # Errors
    /// What the socket said.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let what = format!("{}: room to send", self.who);
        let socket = &mut self.socket;
        soon(what, async move {
            socket.write_all(bytes.as_ref()).await?;
            socket.flush().await
        })
        .await
    }

    /// Reads up to and with the first `mark`.
    ///
    /// # Panics
    /// When the connection ends before it.
    pub async fn read_until(&mut self, mark: impl AsRef<[u8]>) -> Vec<u8> {
        let mark = mark.as_ref();
        loop {
            let found = self.buffer.windows(mark.len()).position(|window| window == mark);
            if let Some(start) = found {
                return self.buffer.drain(..start + mark.len()).collect();
            }
            self.more(&format!("{:?}", String::from_utf8_lossy(mark))).await;
        }
    }

    /// Reads exactly `count` bytes.
    ///
    /// # Panics
    /// When the connection ends before that.
    pub async fn read_exact(&mut self, count: usize) -> Vec<u8> {
        while self.buffer.len() < count {
            self.more(&format!("{count} bytes")).await;
        }
        self.buffer.drain(..count).collect()
    }

    /// Reads as many bytes as `expected` has and compares.
    ///
    /// # Panics
    /// When other bytes come, or the end.
    pub async fn expect(&mut self, expected: impl AsRef<[u8]>) {
        let expected = expected.as_ref();
        let found = self.read_exact(expected.len()).await;
        let (found, expected) = (String::from_utf8_lossy(&found), String::from_utf8_lossy(expected));
        assert_eq!(found, expected, "{}: unexpected bytes", self.who);
    }

    /// Reads until the other end closes.
    ///
    /// # Panics
    /// When the connection is reset.
    pub async fn read_to_end(&mut self) -> Vec<u8> {
        while self.fill("the end of the connection").await.unwrap_or_else(|error| self.cut(&error)) > 0 {}
        std::mem::take(&mut self.buffer)
    }

    /// Reads until the other end goes, whichever way.
    pub async fn read_rest(&mut self) -> Vec<u8> {
        while self.fill("the end of the connection").await.is_ok_and(|count| count > 0) {}
        std::mem::take(&mut self.buffer)
    }

    /// Sends bytes until the other end has taken none for a while, at most `limit`; returns how many it took.
    ///
    /// # Panics
    /// When the other end goes away.
    pub async fn send_until_stuck(&mut self, limit: usize) -> usize {
        let piece = vec![b'x'; 64 << 10];
        let mut sent = 0;
        while sent < limit {
            let part = &piece[..piece.len().min(limit - sent)];
            match timeout(STUCK, self.socket.write(part)).await {
                Ok(count) => sent += count.unwrap_or_else(|error| self.cut(&error)),
                Err(_) => break,
            }
        }
        sent
    }

    /// Expects the other end to close without another byte.
    ///
    /// # Panics
    /// When bytes come, or a reset.
    pub async fn expect_close(&mut self) {
        let rest = self.read_to_end().await;
        assert!(rest.is_empty(), "{}: expected the end, got {:?}", self.who, String::from_utf8_lossy(&rest));
    }

    /// Expects the other end to reset the connection, after any bytes.
    ///
    /// # Panics
    /// When it closes in order.
    pub async fn expect_reset(&mut self) {
        loop {
            match self.fill("a reset").await {
                Ok(0) => panic!("{}: expected a reset, the connection was closed in order", self.who),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return,
                Err(error) => panic!("{}: expected a reset, got: {error}", self.who),
            }
        }
    }

    /// Expects the other end to go, whichever way, without another byte.
    ///
    /// # Panics
    /// When bytes come.
    pub async fn expect_gone(&mut self) {
        while self.fill("the end of the connection").await.is_ok_and(|count| count > 0) {}
        assert!(self.buffer.is_empty(), "{}: expected the end, got {}", self.who, self.seen());
    }

    /// Waits, without a deadline, for a byte or for the end, and tells which it was. A connection
    /// that breaks while nothing is on its way has ended too.
    pub(super) async fn ends_before_a_byte(&mut self) -> bool {
        self.buffer.is_empty() && matches!(self.socket.read_buf(&mut self.buffer).await, Ok(0) | Err(_))
    }

    /// Sends nothing more; reading goes on.
    ///
    /// # Panics
    /// When the connection is gone already.
    pub async fn half_close(&mut self) {
        soon("the end of sending", self.socket.shutdown()).await.unwrap();
    }

    /// Closes in order.
    pub async fn close(mut self) {
        // The other end may have gone first, which is as good.
        let _gone = soon("the end of sending", self.socket.shutdown()).await;
    }

    /// Resets the connection: the other end sees an error, not an end.
    ///
    /// # Panics
    /// When the socket does not allow it.
    pub fn reset(self) {
        self.socket.tcp().set_zero_linger().unwrap();
    }

    async fn more(&mut self, awaited: &str) {
        let count = self.fill(awaited).await.unwrap_or_else(|error| self.cut(&error));
        assert!(
            count > 0,
            "{}: expected {awaited}, but the connection ended after {}",
            self.who,
            self.seen()
        );
    }

    async fn fill(&mut self, awaited: &str) -> io::Result<usize> {
        match timeout(DEADLINE, self.socket.read_buf(&mut self.buffer)).await {
            Ok(read) => read,
            Err(_) => {
                panic!("{}: {awaited} did not come within {DEADLINE:?}, after {}", self.who, self.seen())
            }
        }
    }

    fn cut(&self, error: &io::Error) -> usize {
        panic!("{}: the connection broke ({error}) after {}", self.who, self.seen())
    }

    /// What is in the buffer, short enough for a message.
    fn seen(&self) -> String {
        let shown = &self.buffer[..self.buffer.len().min(SHOWN)];
        let more = if shown.len() < self.buffer.len() { "…" } else { "" };
        format!("{:?}{more} ({} bytes)", String::from_utf8_lossy(shown), self.buffer.len())
    }
}

const SHOWN: usize = 1000;
/// A peer that reads takes something within this time, however busy the machine.
const STUCK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
