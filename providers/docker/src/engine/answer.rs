//! One connection: questions are written, answers read, the body in pieces.

use std::io;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::process::Child;
use windrose_wire::chunked::{Decoder, Step};
use windrose_wire::head::{FieldSpan, Version, find_end, parse_response};

use super::error::EngineError;
use super::question::Question;

/// What carries bytes to an engine and back.
pub(super) trait Socket: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Socket for T {}

/// A connection to an engine.
pub(super) struct Connection {
    socket: Box<dyn Socket>,
    /// The command that carries it, which ends with it.
    child: Option<Child>,
    read: Vec<u8>,
    body: Body,
    is_kept: bool,
}

/// What is still to come of a body.
enum Body {
    /// Nothing.
    Done,
    Length(u64),
    Chunked(Decoder),
    Trailers,
    /// All until the connection ends.
    UntilEnd,
}

impl Connection {
    pub(super) fn new(socket: Box<dyn Socket>, child: Option<Child>) -> Self {
        Self { socket, child, read: Vec::new(), body: Body::Done, is_kept: true }
    }

    /// Whether another question may follow.
    pub(super) fn may_be_kept(&self) -> bool {
        self.is_kept && self.read.is_empty() && matches!(self.body, Body::Done)
    }

    pub(super) async fn send(&mut self, head: &[u8]) -> Result<(), EngineError> {
        let written = async {
            self.socket.write_all(head).await?;
            self.socket.flush().await
        };
        match written.await {
            Ok(()) => Ok(()),
            Err(error) => Err(EngineError::Broken(self.last_words().await, error)),
        }
    }

    /// Reads the head of an answer, and everything of one that says no.
    pub(super) async fn begin(&mut self, question: &Question) -> Result<(), EngineError> {
        let status = loop {
            let status = self.head().await?;
            // Interim answers come before the one that counts.
            if status >= 200 {
                break status;
            }
        };
        if status < 300 {
            return Ok(());
        }
        let mut body = Vec::new();
        while body.len() < LONGEST_COMPLAINT && self.more(&mut body).await? {}
        let message = match serde_json::from_slice::<Complaint>(&body) {
            Ok(Complaint { message }) => message,
            Err(_) => String::from_utf8_lossy(&body).trim().chars().take(200).collect(),
        };
        Err(EngineError::Refused { path: question.path.clone(), status, message })
    }

    async fn head(&mut self) -> Result<u16, EngineError> {
        let mut searched = 0;
        let end = loop {
            match find_end(&self.read, searched).map_err(|_| EngineError::Malformed)? {
                Some(end) => break end,
                None if self.read.len() > LONGEST_HEAD => return Err(EngineError::Malformed),
                None => searched = self.read.len(),
            }
            if self.fill().await? == 0 {
                return Err(EngineError::Ended(self.last_words().await));
            }
        };
        let head: Vec<u8> = self.read.drain(..end).collect();
        let mut fields = Vec::new();
        let parsed = parse_response(&head, &mut fields).map_err(|_| EngineError::Malformed)?;
        if parsed.status < 200 {
            return Ok(parsed.status);
        }
        let value = |name: &str| field(&head, &fields, name);
        self.is_kept = parsed.version == Version::Http11
            && !value("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        self.body = match (value("transfer-encoding"), value("content-length")) {
            _ if matches!(parsed.status, 204 | 304) => Body::Done,
            (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => Body::Chunked(Decoder::default()),
            (Some(_), _) => return Err(EngineError::Malformed),
            (None, Some(length)) => match length.parse() {
                Ok(0) => Body::Done,
                Ok(length) => Body::Length(length),
                Err(_) => return Err(EngineError::Malformed),
            },
            (None, None) => Body::UntilEnd,
        };
        Ok(parsed.status)
    }

    /// Adds some of the body to `out`; false when there is no more of it. Dropping the future loses nothing.
    pub(super) async fn more(&mut self, out: &mut Vec<u8>) -> Result<bool, EngineError> {
        loop {
            match self.take(out)? {
                Taken::Some => return Ok(true),
                Taken::Done => return Ok(false),
                Taken::None => {}
            }
            if self.fill().await? == 0 {
                if matches!(self.body, Body::UntilEnd) {
                    (self.body, self.is_kept) = (Body::Done, false);
                    return Ok(false);
                }
                return Err(EngineError::Ended(self.last_words().await));
            }
        }
    }

    /// Takes what of the body was read.
    fn take(&mut self, out: &mut Vec<u8>) -> Result<Taken, EngineError> {
        let before = out.len();
        loop {
            match &mut self.body {
                Body::Done => return Ok(if out.len() > before { Taken::Some } else { Taken::Done }),
                Body::UntilEnd => out.append(&mut self.read),
                Body::Length(left) => {
                    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(self.read.len());
                    out.extend(self.read.drain(..length));
                    *left -= length as u64;
                    if *left == 0 {
                        self.body = Body::Done;
                        continue;
                    }
                }
                Body::Chunked(decoder) => {
                    match decoder.step(&self.read).map_err(|_| EngineError::Malformed)? {
                        Step::More { skip } => drop(self.read.drain(..skip)),
                        Step::Data { skip, len } => {
                            out.extend(self.read.drain(..skip + len).skip(skip));
                            continue;
                        }
                        Step::Trailers { skip } => {
                            self.read.drain(..skip);
                            self.body = Body::Trailers;
                            continue;
                        }
                    }
                }
                Body::Trailers => match self.read.windows(2).position(|pair| pair == b"\r\n") {
                    Some(end) => {
                        self.read.drain(..end + 2);
                        if end == 0 {
                            self.body = Body::Done;
                        }
                        continue;
                    }
                    None if self.read.len() > LONGEST_HEAD => return Err(EngineError::Malformed),
                    None => {}
                },
            }
            return Ok(if out.len() > before { Taken::Some } else { Taken::None });
        }
    }

    async fn fill(&mut self) -> Result<usize, EngineError> {
        // A vector offers what room it has, which may be a few bytes.
        self.read.reserve(PIECE);
        match self.socket.read_buf(&mut self.read).await {
            Ok(length) => Ok(length),
            // What a peer of TLS does that ends without saying so.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Err(error) => Err(EngineError::Broken(self.last_words().await, error)),
        }
    }

    /// What the command that carries the connection complains of.
    async fn last_words(&mut self) -> String {
        let Some(mut errors) = self.child.take().and_then(|mut child| child.stderr.take()) else {
            return String::new();
        };
        let mut text = Vec::new();
        let mut limited = (&mut errors).take(LONGEST_COMPLAINT as u64);
        let _ = tokio::time::timeout(PATIENCE, limited.read_to_end(&mut text)).await;
        let text = String::from_utf8_lossy(&text);
        let text = text.trim();
        if text.is_empty() { String::new() } else { format!(": ssh says: {text}") }
    }
}

enum Taken {
    Some,
    None,
    Done,
}

#[derive(Deserialize)]
struct Complaint {
    message: String,
}

fn field<'h>(head: &'h [u8], fields: &[FieldSpan], name: &str) -> Option<&'h str> {
    let at = |start: u32, length: usize| {
        let start = usize::try_from(start).ok()?;
        std::str::from_utf8(head.get(start..start + length)?).ok()
    };
    let is_it = |field: &&FieldSpan| {
        at(field.name, usize::from(field.name_len)).is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    let field = fields.iter().find(is_it)?;
    at(field.value, usize::try_from(field.value_len).ok()?)
}

/// How much is read at once.
const PIECE: usize = 16 << 10;
const LONGEST_HEAD: usize = 64 << 10;
const LONGEST_COMPLAINT: usize = 4 << 10;
/// How long a command may take to say why it ended.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);
