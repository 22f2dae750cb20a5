//! The bytes of a message, polled by whoever sends them on.
//!
//! A body is empty, whole in memory, or a stream. Back pressure is the poll itself: nothing is read before the
//! other side can take it, so memory stays flat whatever the length.

mod counted;

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};

use crate::failure::{Blame, Failure};
use crate::trailers::Trailers;

/// The bytes of a message.
#[derive(Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// All of them.
    Full(Bytes),
    /// They come piece by piece.
    Stream(Box<dyn Stream>),
}

/// A piece of a body.
#[derive(Debug)]
pub enum Frame {
    /// Some bytes, at least one.
    Data(Bytes),
    /// The trailer fields; nothing follows.
    Trailers(Box<Trailers>),
}

/// A body that comes piece by piece. Lives on one worker, so it need not be `Send`.
pub trait Stream {
    /// The next piece; `None` after the last. Not polled again after `None`, trailers or an error.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>>;

    /// The bytes still to come, when known.
    fn length(&self) -> Option<u64>;

    /// Called instead of asking for a piece while nobody has room for one: makes small what has come meanwhile. Who
    /// holds nothing that could be smaller has nothing to do.
    fn settle(&mut self, _cx: &mut Context<'_>) {}
}

/// A body ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("body ended early: {reason}")]
pub struct BodyError {
    /// Who broke it.
    pub blame: Blame,
    /// How.
    pub reason: Broken,
}

/// How a body broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The connection or stream was closed or reset.
    Closed,
    /// The coding or the length was wrong.
    Malformed,
    /// It took too long.
    TimedOut,
    /// It was longer than allowed.
    TooLarge,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Malformed => "malformed",
            Self::TimedOut => "timed out",
            Self::TooLarge => "too large",
        })
    }
}

impl Body {
    /// The bytes still to come, when known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Full(bytes) => Some(bytes.len() as u64),
            Self::Stream(stream) => stream.length(),
        }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Stream(_) => false,
        }
    }

    /// The next piece; `None` after the last.
    pub fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        match self {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Poll::Ready((!bytes.is_empty()).then_some(Ok(Frame::Data(bytes))))
            }
            Self::Stream(stream) => stream.poll_frame(cx),
        }
    }

    /// Makes small what has come, while nobody has room for it.
    pub fn settle(&mut self, cx: &mut Context<'_>) {
        if let Self::Stream(stream) = self {
            stream.settle(cx);
        }
    }

    /// Waits for the next piece.
    ///
    /// # Errors
    /// The body broke.
    pub async fn frame(&mut self) -> Option<Result<Frame, BodyError>> {
        poll_fn(|cx| self.poll_frame(cx)).await
    }

    /// Reads the whole body into memory, at most `limit` bytes; trailers are dropped. `from` is whoever sends it.
    ///
    /// # Errors
    /// The body broke, or is longer: then what was read is lost, and `from` is to blame.
    pub async fn collect(&mut self, limit: usize, from: Blame) -> Result<Bytes, BodyError> {
        match self.gather(limit).await? {
            Gathered::Whole(bytes) => Ok(bytes),
            Gathered::Longer => Err(BodyError { blame: from, reason: Broken::TooLarge }),
        }
    }

    /// Reads up to `limit` bytes. When the body is longer it becomes one that gives what was read first and
    /// then the rest, so nothing is lost.
    ///
    /// # Errors
    /// The body broke.
    pub async fn gather(&mut self, limit: usize) -> Result<Gathered, BodyError> {
        if let Self::Full(bytes) = self
            && bytes.len() <= limit
        {
            let bytes = std::mem::take(bytes);
            *self = Self::Empty;
            return Ok(Gathered::Whole(bytes));
        }
        let mut read = BytesMut::new();
        while let Some(frame) = self.frame().await {
            match frame? {
                Frame::Data(bytes) => read.extend_from_slice(&bytes),
                Frame::Trailers(_) => break,
            }
            if read.len() > limit {
                let rest = std::mem::take(self);
                *self = Self::Stream(Box::new(Rejoined { read: Some(read.freeze()), rest }));
                return Ok(Gathered::Longer);
            }
        }
        *self = Self::Empty;
        Ok(Gathered::Whole(read.freeze()))
    }
}

/// What [`Body::gather`] found.
#[derive(Debug)]
pub enum Gathered {
    /// The whole body; the body itself is empty now.
    Whole(Bytes),
    /// More than the limit; the body still gives all of it.
    Longer,
}

struct Rejoined {
    read: Option<Bytes>,
    rest: Body,
}

impl Stream for Rejoined {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        match self.read.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::Data(bytes)))),
            None => self.rest.poll_frame(cx),
        }
    }

    fn length(&self) -> Option<u64> {
        Some(self.rest.length()? + self.read.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.rest.settle(cx);
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Full(bytes) }
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::from(Bytes::from_static(text.as_bytes()))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Full(bytes) => f.debug_tuple("Full").field(&bytes.len()).finish(),
            Self::Stream(stream) => f.debug_tuple("Stream").field(&stream.length()).finish(),
        }
    }
}

/// The only way from a body that broke to a failure.
impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match (error.blame, error.reason) {
            (Blame::Client, Broken::Closed) => Self::ClientGone,
            (Blame::Client, Broken::Malformed) => Self::BadRequest,
            (Blame::Client, Broken::TimedOut) => Self::ClientTimeout,
            (Blame::Client, Broken::TooLarge) => Self::BodyTooLarge,
            (Blame::Upstream, Broken::Closed) => Self::Closed,
            (Blame::Upstream, Broken::TimedOut) => Self::AnswerTimeout,
            (Blame::Upstream, Broken::Malformed | Broken::TooLarge) => Self::BadAnswer,
            (Blame::Us, _) => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests;
