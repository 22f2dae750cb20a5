//! Reading HTTP/1 messages from a stream, byte for byte and without cleaning anything.
//!
//! Owns the buffer of a connection. Must not repair: what is not a message is reported as [`Fault::Garbage`] with the
//! bytes seen, a body that ends early is marked as cut.

use std::io::{self, Read};

/// A message as it was on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Request line or status line.
    pub start: String,
    /// Fields in order, values without surrounding blanks.
    pub headers: Vec<(String, String)>,
    /// Body with its framing taken away.
    pub body: Vec<u8>,
    /// Fields after a chunked body.
    pub trailers: Vec<(String, String)>,
    /// How the body ended.
    pub end: End,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum End {
    /// As its framing announced.
    #[default]
    Complete,
    /// With the connection, which is how it was framed.
    WithConnection,
    /// Too early, or with broken chunks.
    Cut,
}

/// Why there is no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection ended before the first byte.
    Closed,
    /// Nothing, or not enough, came in time.
    Silence,
    /// The bytes are not a message.
    Garbage(Vec<u8>),
}

/// Which body rules apply to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request: no length means no body.
    Request,
    /// An answer to a request of this sort: no length means until the end.
    Answer {
        /// The request was HEAD, so the answer has no body whatever its fields say.
        to_head: bool,
    },
}

/// A stream with what was read from it but not yet used.
#[derive(Debug)]
pub struct Wire<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: Read> Wire<S> {
    /// Starts reading a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The stream itself, for writing and settings.
    pub fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Reads the head of the next message.
    ///
    /// # Errors
    /// A [`Fault`] when there is none.
    pub fn head(&mut self) -> Result<Message, Fault> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                return parse_head(&head);
            }
            match self.more() {
                Ok(true) => {}
                Ok(false) if self.buffer.is_empty() => return Err(Fault::Closed),
                Ok(false) => return Err(Fault::Garbage(std::mem::take(&mut self.buffer))),
                Err(error) if is_timeout(&error) => return Err(Fault::Silence),
                Err(_) if self.buffer.is_empty() => return Err(Fault::Closed),
                Err(_) => return Err(Fault::Garbage(std::mem::take(&mut self.buffer))),
            }
        }
    }

    /// Reads the body that belongs to a head, and the trailers.
    pub fn body(&mut self, message: &mut Message, kind: Kind) {
        let status = message.status();
        let bodiless = match kind {
            Kind::Request => false,
            Kind::Answer { to_head } => to_head || matches!(status, Some(100..=199 | 204 | 304)),
        };
        if bodiless {
            return;
        }
        if message.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            message.end = if self.chunks(message).is_some() { End::Complete } else { End::Cut };
        } else if let Some(length) = message.header("content-length") {
            let length = length.parse().unwrap_or(0);
            message.body = self.up_to(length);
            message.end = if message.body.len() == length { End::Complete } else { End::Cut };
        } else if kind != Kind::Request {
            message.body = self.up_to(usize::MAX);
            message.end = End::WithConnection;
        }
    }

    /// Takes whatever comes next; nothing when the stream is over.
    pub fn some(&mut self) -> Vec<u8> {
        if self.buffer.is_empty() && self.more().is_err() {
            return Vec::new();
        }
        std::mem::take(&mut self.buffer)
    }

    /// Reads so many bytes, or fewer if the stream ends or falls silent.
    pub fn up_to(&mut self, length: usize) -> Vec<u8> {
        while self.buffer.len() < length && matches!(self.more(), Ok(true)) {}
        let length = length.min(self.buffer.len());
        self.buffer.drain(..length).collect()
    }

    fn chunks(&mut self, message: &mut Message) -> Option<()> {
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).ok()?;
            if size == 0 {
                break;
            }
            let data = self.up_to(size);
            let whole = data.len() == size;
            message.body.extend(data);
            if !whole || !self.line()?.is_empty() {
                return None;
            }
        }
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Some(());
            }
            message.trailers.push(field(&line)?);
        }
    }

    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
                return Some(crate::text::show(line.get(..end)?));
            }
            if !matches!(self.more(), Ok(true)) {
                return None;
            }
        }
    }

    fn more(&mut self) -> io::Result<bool> {
        let mut piece = [0; 65_536];
        let count = self.stream.read(&mut piece)?;
        self.buffer.extend_from_slice(piece.get(..count).unwrap_or_default());
        Ok(count > 0)
    }
}

impl Message {
    /// The first value of a field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The status of an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.start.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()
    }
}

/// True if the error says that time ran out.
#[must_use]
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn parse_head(head: &[u8]) -> Result<Message, Fault> {
    let garbage = || Fault::Garbage(head.to_vec());
    let mut rest = head;
    let mut lines = Vec::new();
    while let Some(end) = find(rest, b"\r\n").filter(|end| *end > 0) {
        lines.push(crate::text::show(rest.get(..end).unwrap_or_default()));
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    let mut lines = lines.into_iter();
    let start = lines.next().filter(|start| start.contains("HTTP/")).ok_or_else(garbage)?;
    let headers = lines.map(|line| field(&line)).collect::<Option<_>>().ok_or_else(garbage)?;
    Ok(Message { start, headers, ..Message::default() })
}

fn field(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.to_owned(), value.trim().to_owned()))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests;
