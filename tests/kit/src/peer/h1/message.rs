//! A request or a response, and how it is read from a connection.

use crate::peer::wire::Wire;

/// A request or a response as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The first line, without its end.
    pub start: String,
    /// The fields of the head in order, names as written.
    pub fields: Vec<(String, String)>,
    /// The body, out of its chunks.
    pub body: Vec<u8>,
    /// The fields after a chunked body.
    pub trailers: Vec<(String, String)>,
}

/// How the length of a body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Nothing,
    Length(usize),
    Chunks,
    UntilClose,
}

impl Message {
    /// Parses a head, blank line included.
    pub(super) fn parse_head(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split("\r\n");
        let start = lines.next().unwrap_or_default().to_owned();
        Self { start, fields: fields(lines), ..Self::default() }
    }

    /// The status of a response.
    ///
    /// # Panics
    /// When the first line is not that of a response.
    #[must_use]
    pub fn status(&self) -> u16 {
        let status = self.start.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("not the first line of a response: {:?}", self.start))
    }

    /// The method of a request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.start.split(' ').next().unwrap_or_default()
    }

    /// The target of a request, as sent.
    #[must_use]
    pub fn target(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    /// The value of the first field called `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        values(&self.fields, name).next()
    }

    /// The values of all fields called `name`, in any case.
    #[must_use]
    pub fn headers(&self, name: &str) -> Vec<&str> {
        values(&self.fields, name).collect()
    }

    /// The value of the first trailer called `name`, in any case.
    #[must_use]
    pub fn trailer(&self, name: &str) -> Option<&str> {
        values(&self.trailers, name).next()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What follows the head of a request.
    pub(super) fn request_framing(&self) -> Framing {
        self.declared().unwrap_or(Framing::Nothing)
    }

    /// What follows the head of a response to `method`.
    pub(super) fn response_framing(&self, method: &str) -> Framing {
        match self.status() {
            100..200 | 204 | 304 => Framing::Nothing,
            _ if method == "HEAD" => Framing::Nothing,
            200..300 if method == "CONNECT" => Framing::Nothing,
            _ => self.declared().unwrap_or(Framing::UntilClose),
        }
    }

    fn declared(&self) -> Option<Framing> {
        let coding = self.header("transfer-encoding");
        if coding.is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked")) {
            return Some(Framing::Chunks);
        }
        let length = self.header("content-length")?;
        let length = length.parse().unwrap_or_else(|_| panic!("not a content-length: {length:?}"));
        Some(Framing::Length(length))
    }

    /// Reads the body that follows the head.
    pub(super) async fn read_body(&mut self, wire: &mut Wire, framing: Framing) {
        match framing {
            Framing::Nothing => {}
            Framing::Length(length) => self.body = wire.read_exact(length).await,
            Framing::UntilClose => self.body = wire.read_to_end().await,
            Framing::Chunks => {
                while let Some(chunk) = read_chunk(wire).await {
                    self.body.extend(chunk);
                }
                self.trailers = read_trailers(wire).await;
            }
        }
    }
}

/// Reads a head.
pub(super) async fn read_head(wire: &mut Wire) -> Message {
    Message::parse_head(&wire.read_until("\r\n\r\n").await)
}

/// Reads a chunk; nothing at the last one, before the trailers.
pub(super) async fn read_chunk(wire: &mut Wire) -> Option<Vec<u8>> {
    let line = wire.read_until("\r\n").await;
    let line = String::from_utf8_lossy(&line).into_owned();
    let digits = line.trim_end().split(';').next().unwrap_or_default();
    let length =
        usize::from_str_radix(digits, 16).unwrap_or_else(|_| panic!("not the size of a chunk: {line:?}"));
    if length == 0 {
        return None;
    }
    let chunk = wire.read_exact(length).await;
    wire.expect("\r\n").await;
    Some(chunk)
}

/// Reads the trailers and the end of a chunked body.
pub(super) async fn read_trailers(wire: &mut Wire) -> Vec<(String, String)> {
    let mut text = String::new();
    loop {
        let line = wire.read_until("\r\n").await;
        if line == b"\r\n" {
            return fields(text.split("\r\n"));
        }
        text.push_str(&String::from_utf8_lossy(&line));
    }
}

fn fields<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let field = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("not a field: {line:?}"));
        (name.to_owned(), value.trim().to_owned())
    };
    lines.filter(|line| !line.is_empty()).map(field).collect()
}

fn values<'a>(fields: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
