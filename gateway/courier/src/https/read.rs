//! Reading an answer to its end.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use windrose_wire::chunked::{Decoder, Step};
use windrose_wire::head::{find_end, parse_response};

use super::{Follow, HttpError, LARGEST};

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

/// What has arrived and was not used yet.
struct Input<'a, R> {
    io: &'a mut R,
    host: &'a str,
    bytes: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Input<'_, R> {
    /// Reads once; `false` at the end.
    async fn more(&mut self) -> Result<bool, HttpError> {
        if self.bytes.len() > LARGEST {
            return Err(HttpError::TooLarge(self.host.to_owned()));
        }
        match self.io.read_buf(&mut self.bytes).await {
            Ok(read) => Ok(read > 0),
            Err(error) => Err(HttpError::Broken(self.host.to_owned(), error)),
        }
    }

    async fn must(&mut self) -> Result<(), HttpError> {
        if self.more().await? {
            return Ok(());
        }
        Err(HttpError::Broken(self.host.to_owned(), std::io::ErrorKind::UnexpectedEof.into()))
    }

    fn malformed(&self) -> HttpError {
        HttpError::Malformed(self.host.to_owned())
    }

    /// The head of the final answer; interim ones are passed over.
    async fn head(&mut self) -> Result<Answer, HttpError> {
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

    /// The answer with its body, which is read to its end.
    async fn body(mut self, mut answer: Answer) -> Result<Answer, HttpError> {
        if is_chunked(&answer) {
            answer.body = self.chunked().await?;
            return Ok(answer);
        }
        match answer.field("content-length") {
            Some(length) => {
                let length: usize = length.trim().parse().map_err(|_| self.malformed())?;
                if length > LARGEST {
                    return Err(HttpError::TooLarge(self.host.to_owned()));
                }
                while self.bytes.len() < length {
                    self.must().await?;
                }
                self.bytes.truncate(length);
            }
            None => while self.more().await? {},
        }
        answer.body = self.bytes;
        Ok(answer)
    }

    async fn chunked(&mut self) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        let mut is_too_large = false;
        let each = &mut |piece: &[u8]| {
            body.extend_from_slice(piece);
            is_too_large = body.len() > LARGEST;
            if is_too_large { Follow::Enough } else { Follow::On }
        };
        self.pieces(each).await?;
        if is_too_large { Err(HttpError::TooLarge(self.host.to_owned())) } else { Ok(body) }
    }

    /// Hands on the pieces of a chunked body.
    async fn pieces(&mut self, each: &mut (dyn FnMut(&[u8]) -> Follow + Send)) -> Result<(), HttpError> {
        let mut decoder = Decoder::default();
        loop {
            match decoder.step(&self.bytes).map_err(|_| self.malformed())? {
                Step::More { skip } => {
                    self.bytes.drain(..skip);
                    self.must().await?;
                }
                Step::Data { skip, len } => {
                    let go = each(self.bytes.get(skip..skip + len).unwrap_or_default());
                    self.bytes.drain(..skip + len);
                    if go == Follow::Enough {
                        return Ok(());
                    }
                }
                // What trailers say is of no use here, and the connection is not used again.
                Step::Trailers { .. } => return Ok(()),
            }
        }
    }
}

/// Reads the head within its own limit, and then the body.
pub(super) async fn answer<R: AsyncRead + Unpin>(
    io: &mut R,
    host: &str,
    head: Duration,
    has_body: bool,
) -> Result<Answer, HttpError> {
    let mut input = Input { io, host, bytes: Vec::new() };
    let head = tokio::time::timeout(head, input.head()).await;
    let answer = head.unwrap_or_else(|_| Err(HttpError::Late(host.to_owned())))?;
    if !has_body || matches!(answer.status, 204 | 304) {
        return Ok(answer);
    }
    input.body(answer).await
}

/// Reads the head within its limit; of an answer with status 200 the body is handed on as it comes, without limits.
pub(super) async fn follow<R: AsyncRead + Unpin>(
    io: &mut R,
    host: &str,
    head: Duration,
    each: &mut (dyn FnMut(&[u8]) -> Follow + Send),
) -> Result<Answer, HttpError> {
    let mut input = Input { io, host, bytes: Vec::new() };
    let late = || HttpError::Late(host.to_owned());
    let answer = tokio::time::timeout(head, input.head()).await.unwrap_or_else(|_| Err(late()))?;
    if answer.status != 200 {
        let rest = tokio::time::timeout(head, input.body(answer)).await;
        return rest.unwrap_or_else(|_| Err(late()));
    }
    if is_chunked(&answer) {
        input.pieces(each).await?;
        return Ok(answer);
    }
    loop {
        let piece = std::mem::take(&mut input.bytes);
        let is_enough = !piece.is_empty() && each(&piece) == Follow::Enough;
        if is_enough || !input.more().await? {
            return Ok(answer);
        }
    }
}

fn is_chunked(answer: &Answer) -> bool {
    answer.all("transfer-encoding").any(|value| value.trim().eq_ignore_ascii_case("chunked"))
}

/// How much of an answer is quoted in an error.
const SHOWN: usize = 300;
