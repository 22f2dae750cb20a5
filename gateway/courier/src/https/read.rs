//! Reading an answer to its end.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use windrose_wire::chunked::{Decoder, Step};
use windrose_wire::head::{find_end, parse_response};

use super::HttpError;
use super::connect::Carrier;

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// 200 and so on, never an interim one.
    pub status: u16,
    /// Names in lower case.
    pub fields: Vec<(String, String)>,
    /// Without coding.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first field of this name, which is in lower case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All fields of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is one of 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text for people: its beginning, on one line.
    #[must_use]
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars().take(SHOWN).collect()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Where a body ends.
enum Framing {
    Chunked(Decoder),
    /// So many bytes are still to come.
    Length(usize),
    Close,
    Ended,
}

/// An answer whose body is read as it comes, for as long as it takes.
pub struct Streaming {
    /// The answer, without its body.
    pub head: Answer,
    input: Input<Box<dyn Carrier>>,
    framing: Framing,
}

impl Streaming {
    /// Reads the head within its limit.
    pub(super) async fn begin(
        mut input: Input<Box<dyn Carrier>>,
        limit: Duration,
    ) -> Result<Self, HttpError> {
        let head = input.head_within(limit).await?;
        let framing = if matches!(head.status, 204 | 304) { Framing::Ended } else { input.framing(&head)? };
        Ok(Self { head, input, framing })
    }

    /// The next piece of the body; nothing at its end. Dropping the future loses nothing.
    ///
    /// # Errors
    /// The connection ended too early, or sends what is no body.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        loop {
            let Self { input, framing, .. } = self;
            match framing {
                Framing::Ended | Framing::Length(0) => return Ok(None),
                Framing::Chunked(decoder) => {
                    match decoder.step(&input.bytes).map_err(|_| input.malformed())? {
                        Step::More { skip } => {
                            input.bytes.drain(..skip);
                            input.must().await?;
                        }
                        Step::Data { skip, len } => {
                            return Ok(Some(input.bytes.drain(..skip + len).skip(skip).collect()));
                        }
                        Step::Trailers { .. } => *framing = Framing::Ended,
                    }
                }
                _ if !input.bytes.is_empty() => {
                    let mut piece = std::mem::take(&mut input.bytes);
                    if let Framing::Length(left) = framing {
                        piece.truncate(*left);
                        *left -= piece.len();
                    }
                    return Ok(Some(piece));
                }
                Framing::Length(_) => input.must().await?,
                Framing::Close => {
                    if !input.more().await? {
                        *framing = Framing::Ended;
                    }
                }
            }
        }
    }
}

impl Streaming {
    /// The answer with what is left of its body.
    pub(super) async fn rest(mut self) -> Result<Answer, HttpError> {
        let mut body = Vec::new();
        while let Some(piece) = self.next().await? {
            body.extend(piece);
            if body.len() > self.input.largest {
                return Err(self.input.too_large());
            }
        }
        Ok(Answer { body, ..self.head })
    }
}

impl std::fmt::Debug for Streaming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streaming").field("head", &self.head).finish_non_exhaustive()
    }
}

/// What has arrived and was not used yet.
pub(super) struct Input<R> {
    io: R,
    host: String,
    bytes: Vec<u8>,
    /// More bytes than these are an error.
    largest: usize,
}

impl<R: AsyncRead + Unpin> Input<R> {
    pub(super) fn new(io: R, host: &str, largest: usize) -> Self {
        Self { io, host: host.to_owned(), bytes: Vec::new(), largest }
    }

    fn too_large(&self) -> HttpError {
        HttpError::TooLarge(self.host.clone(), self.largest)
    }

    /// Reads once; `false` at the end.
    async fn more(&mut self) -> Result<bool, HttpError> {
        if self.bytes.len() > self.largest {
            return Err(self.too_large());
        }
        match self.io.read_buf(&mut self.bytes).await {
            Ok(read) => Ok(read > 0),
            Err(error) => Err(HttpError::Broken(self.host.clone(), error)),
        }
    }

    async fn must(&mut self) -> Result<(), HttpError> {
        if self.more().await? {
            return Ok(());
        }
        Err(HttpError::Broken(self.host.clone(), std::io::ErrorKind::UnexpectedEof.into()))
    }

    fn malformed(&self) -> HttpError {
        HttpError::Malformed(self.host.clone())
    }

    /// The head of the final answer; interim ones are passed over.
    pub(super) async fn head(&mut self) -> Result<Answer, HttpError> {
        loop {
            let end = loop {
                match find_end(&self.bytes, 0).map_err(|_| self.malformed())? {
                    Some(end) => break end,
                    None => self.must().await?,
                }
            };
            let head: Vec<u8> = self.bytes.drain(..end).collect();
            let mut spans = Vec::new();
            let parsed = parse_response(&head, &mut spans).map_err(|_| self.malformed())?;
            if parsed.status < 200 {
                continue;
            }
            let text = |from: u32, len: u32| {
                let (from, len) = (from as usize, len as usize);
                String::from_utf8_lossy(head.get(from..from + len).unwrap_or_default()).into_owned()
            };
            let fields = spans.iter().map(|span| {
                let name = text(span.name, u32::from(span.name_len)).to_ascii_lowercase();
                (name, text(span.value, span.value_len))
            });
            return Ok(Answer { status: parsed.status, fields: fields.collect(), body: Vec::new() });
        }
    }

    /// The head, within its own limit.
    async fn head_within(&mut self, limit: Duration) -> Result<Answer, HttpError> {
        let host = self.host.clone();
        let head = tokio::time::timeout(limit, self.head()).await;
        head.unwrap_or(Err(HttpError::Late(host)))
    }

    /// Where the body ends.
    fn framing(&self, answer: &Answer) -> Result<Framing, HttpError> {
        let mut codings = answer.all("transfer-encoding");
        if codings.any(|value| value.trim().eq_ignore_ascii_case("chunked")) {
            return Ok(Framing::Chunked(Decoder::default()));
        }
        match answer.field("content-length") {
            Some(length) => length.trim().parse().map(Framing::Length).map_err(|_| self.malformed()),
            None => Ok(Framing::Close),
        }
    }

    async fn chunked(&mut self) -> Result<Vec<u8>, HttpError> {
        let mut decoder = Decoder::default();
        let mut body = Vec::new();
        loop {
            match decoder.step(&self.bytes).map_err(|_| self.malformed())? {
                Step::More { skip } => {
                    self.bytes.drain(..skip);
                    self.must().await?;
                }
                Step::Data { skip, len } => {
                    body.extend(self.bytes.drain(..skip + len).skip(skip));
                    if body.len() > self.largest {
                        return Err(self.too_large());
                    }
                }
                // What trailers say is of no use here, and the connection is not used again.
                Step::Trailers { .. } => return Ok(body),
            }
        }
    }
}

/// Reads the head within its own limit, and then the body.
pub(super) async fn answer<R: AsyncRead + Unpin>(
    mut input: Input<R>,
    head: Duration,
    has_body: bool,
) -> Result<Answer, HttpError> {
    let mut answer = input.head_within(head).await?;
    if !has_body || matches!(answer.status, 204 | 304) {
        return Ok(answer);
    }
    match input.framing(&answer)? {
        Framing::Chunked(_) => {
            answer.body = input.chunked().await?;
            return Ok(answer);
        }
        Framing::Length(length) => {
            if length > input.largest {
                return Err(input.too_large());
            }
            while input.bytes.len() < length {
                input.must().await?;
            }
            input.bytes.truncate(length);
        }
        Framing::Close | Framing::Ended => while input.more().await? {},
    }
    answer.body = input.bytes;
    Ok(answer)
}

/// How much of an answer is quoted in an error.
const SHOWN: usize = 300;
