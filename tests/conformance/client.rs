//! A client that sends bytes and keeps what comes back.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use windrose_kit::{DEADLINE, soon};

/// All that came back on a connection.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) bytes: Vec<u8>,
    /// Whether the gateway closed before the client gave up.
    pub(crate) closed: bool,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) closes: bool,
    pub(crate) body: Vec<u8>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}, closed: {}", String::from_utf8_lossy(&self.bytes), self.closed)
    }
}

/// Sends `bytes` on a connection of its own and reads to the end. A gateway that waits for more is told, after a
/// while, that nothing more comes.
pub(crate) async fn exchange(addr: SocketAddr, bytes: &[u8]) -> Seen {
    exchange_parts(addr, &[bytes]).await
}

/// The same, in several writes that the system must not join.
pub(crate) async fn exchange_parts(addr: SocketAddr, parts: &[&[u8]]) -> Seen {
    let mut stream = connect(addr).await;
    let mut seen = Seen::default();
    for part in parts {
        // The gateway may have said no to an earlier part.
        if stream.write_all(part).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    if read_on(&mut stream, &mut seen.bytes, PATIENCE).await {
        seen.closed = true;
    } else {
        let _gone = stream.shutdown().await;
        let ended = read_on(&mut stream, &mut seen.bytes, DEADLINE).await;
        assert!(ended, "the connection was not closed after {seen:?}");
    }
    seen
}

/// Connects without delay of small writes.
pub(crate) async fn connect(addr: SocketAddr) -> TcpStream {
    let stream = soon("a connection", TcpStream::connect(addr)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads until the other end closes, or is silent for `patience`; says whether it closed.
pub(crate) async fn read_on(stream: &mut TcpStream, seen: &mut Vec<u8>, patience: Duration) -> bool {
    loop {
        match timeout(patience, stream.read_buf(seen)).await {
            Ok(Ok(0) | Err(_)) => return true,
            Ok(Ok(_)) => {}
            Err(_) => return false,
        }
    }
}

impl Seen {
    /// The answers, interim ones left out. An alert to what begins as TLS does is none.
    pub(crate) fn responses(&self) -> Vec<Response> {
        if matches!(self.bytes[..], [21, 3, 3, 0, 2, 2, _]) {
            return Vec::new();
        }
        let mut rest = &self.bytes[..];
        let mut found = Vec::new();
        while let Some((response, after)) = take_response(rest) {
            rest = after;
            if response.status >= 200 {
                found.push(response);
            }
        }
        assert!(rest.is_empty() || rest.len() < self.bytes.len() || !self.closed, "not an answer: {self:?}");
        found
    }

    pub(crate) fn statuses(&self) -> Vec<u16> {
        self.responses().iter().map(|response| response.status).collect()
    }
}

/// An answer of a known length, or of all that is left when it closes.
fn take_response(bytes: &[u8]) -> Option<(Response, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let status = head.strip_prefix("http/1.1 ")?.get(..3)?.parse().ok()?;
    let field = |name: &str| head.split("\r\n").find_map(|line| line.strip_prefix(name)).map(str::trim);
    let closes = field("connection:") == Some("close");
    let rest = &bytes[end..];
    let length = match field("content-length:") {
        Some(length) => length.parse::<usize>().ok()?.min(rest.len()),
        None if matches!(status, 100..200 | 204 | 304) => 0,
        None => rest.len(),
    };
    Some((Response { status, closes, body: rest[..length].to_vec() }, &rest[length..]))
}

/// How long a gateway may think before it is taken to wait for more.
const PATIENCE: Duration = Duration::from_millis(300);
