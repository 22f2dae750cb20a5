//! What clients of the helper are told.

use std::io;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Refusal;
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

    pub(super) fn closing(mut self) -> Self {
        self.fields.push_str("Connection: close\r\n");
        self
    }

    pub(super) fn without_body(mut self, is_head: bool) -> Self {
        self.has_body = !is_head;
        self
    }

    pub(super) async fn write(self, stream: &mut TcpStream) -> io::Result<()> {
        let Self { status, fields, body, has_body } = self;
        let shown = if has_body { body.as_str() } else { "" };
        let text = format!(
            "HTTP/1.1 {status} {}\r\n{fields}Content-Length: {}\r\n\r\n{shown}",
            reason(status),
            body.len()
        );
        stream.write_all(text.as_bytes()).await
    }

    fn of(status: u16, value: &Value) -> Self {
        let fields = "Content-Type: application/json\r\n".to_owned();
        Self { status, fields, body: value.to_string(), has_body: true }
    }
}

/// The head of an answer that goes on.
pub(super) async fn begin_stream(stream: &mut TcpStream) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await
}

/// One line of it.
pub(super) async fn piece(stream: &mut TcpStream, value: &Value) -> io::Result<()> {
    let line = format!("{value}\n");
    let chunk = format!("{:x}\r\n{line}\r\n", line.len());
    stream.write_all(chunk.as_bytes()).await
}

/// Its end.
pub(super) async fn end_stream(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"0\r\n\r\n").await
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
