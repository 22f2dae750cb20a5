//! What clients of the helper are told.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Refusal;
use super::connections::{Doing, What};
use crate::engine::EngineError;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    fields: String,
    body: String,
    has_body: bool,
}

impl Answer {
    pub(super) fn json(value: &Value) -> Self {
        Self::of(200, value)
    }

    /// The answer to a ping; clients of Docker read the version in it.
    pub(super) fn pong(version: &str) -> Self {
        let fields = format!("Content-Type: text/plain\r\nApi-Version: {version}\r\n");
        Self { status: 200, fields, body: "OK".to_owned(), has_body: true }
    }

    pub(super) fn refusal(refusal: &Refusal) -> Self {
        Self::of(refusal.status(), &json!({"message": refusal.to_string()}))
    }

    /// What the engine says no to; or that there is no engine.
    pub(super) fn failure(error: &EngineError) -> Self {
        match error {
            EngineError::Refused { status, message, .. } => Self::of(*status, &json!({"message": message})),
            other => {
                tracing::error!(error = %other, "the engine gives no answer");
                Self::of(502, &json!({"message": other.to_string()}))
            }
        }
    }

    /// There is no room, for this time.
    pub(super) fn busy() -> Self {
        Self::of(503, &json!({"message": "too much is asked at once, ask again"}))
    }

    /// How long its body is.
    pub(super) fn len(&self) -> usize {
        self.body.len()
    }

    pub(super) fn closing(mut self) -> Self {
        self.fields.push_str("Connection: close\r\n");
        self
    }

    pub(super) fn without_body(mut self, is_head: bool) -> Self {
        self.has_body = !is_head;
        self
    }

    /// Writes it. A client that does not read for some seconds, or not all of it in a minute, gets no more.
    pub(super) async fn write(self, stream: &mut TcpStream, doing: &Doing) -> io::Result<()> {
        let Self { status, fields, body, has_body } = self;
        let (reason, length) = (reason(status), body.len());
        let mut head = format!("HTTP/1.1 {status} {reason}\r\n{fields}Content-Length: {length}\r\n\r\n");
        let mut rest = if has_body { body.as_bytes() } else { b"" };
        let whole = async {
            if rest.len() <= PIECE {
                head.push_str(std::str::from_utf8(rest).unwrap_or_default());
                rest = b"";
            }
            doing.is(What::Writing);
            taken(stream.write_all(head.as_bytes())).await?;
            for piece in rest.chunks(PIECE) {
                doing.is(What::Writing);
                taken(stream.write_all(piece)).await?;
            }
            Ok(())
        };
        timeout(LONGEST, whole).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    fn of(status: u16, value: &Value) -> Self {
        let fields = "Content-Type: application/json\r\n".to_owned();
        Self { status, fields, body: value.to_string(), has_body: true }
    }
}

/// What a client takes in time.
async fn taken(write: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    timeout(PATIENCE, write).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The head of an answer that goes on.
pub(super) async fn begin_stream(stream: &mut TcpStream) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    taken(stream.write_all(head.as_bytes())).await
}

/// One line of it.
pub(super) async fn piece(stream: &mut TcpStream, value: &Value) -> io::Result<()> {
    let line = format!("{value}\n");
    let chunk = format!("{:x}\r\n{line}\r\n", line.len());
    taken(stream.write_all(chunk.as_bytes())).await
}

/// Its end.
pub(super) async fn end_stream(stream: &mut TcpStream) -> io::Result<()> {
    taken(stream.write_all(b"0\r\n\r\n")).await
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}

/// How much is written at once.
const PIECE: usize = 64 << 10;
/// How long a client may take for a piece.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it may take for an answer.
const LONGEST: Duration = Duration::from_secs(60);
