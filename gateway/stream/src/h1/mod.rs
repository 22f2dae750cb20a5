//! What is left of a body on an HTTP/1 connection, in either direction.
//!
//! The only reader of bodies: server and client ask it for the next piece of what they have read, so that both take
//! the same bytes for the same body. Pure: whoever asks reads from the connection. Invariant: nothing behind the body
//! is taken.

mod trailers;

use bytes::{Buf, BytesMut};
use windrose_http::body::Frame;
use windrose_http::framing::Framing;
use windrose_wire::chunked::{Decoder, Step as Coded};
use windrose_wire::head::FieldSpan;

/// What is left of a body.
#[derive(Debug)]
pub enum Rest {
    /// So many bytes; none are the end.
    Length(u64),
    /// Chunks.
    Chunks(Decoder),
    /// The fields behind the last chunk.
    Trailers,
    /// Everything until the connection ends.
    UntilClose,
}

/// What came of looking for the next piece.
#[derive(Debug)]
pub enum Step {
    /// The next piece.
    Frame(Frame),
    /// There is none.
    End,
    /// More must be read to tell.
    More,
}

/// The coding of a body is wrong, so nobody knows where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body's coding is wrong")]
pub struct Malformed;

impl Rest {
    /// The whole of a body.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        match framing {
            Framing::None => Self::Length(0),
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunks(Decoder::default()),
            Framing::UntilClose => Self::UntilClose,
        }
    }

    /// Whether nothing is left, so that the next message may follow.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Length(0))
    }

    /// The bytes still to come, when known.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        if let Self::Length(left) = self { Some(*left) } else { None }
    }

    /// Takes the next piece out of what was read. `spans` is room for the fields of trailers.
    ///
    /// # Errors
    /// The coding is wrong; asking again does not help.
    pub fn step(&mut self, read: &mut BytesMut, spans: &mut Vec<FieldSpan>) -> Result<Step, Malformed> {
        loop {
            match self {
                Self::Length(0) => return Ok(Step::End),
                Self::Length(_) | Self::UntilClose if read.is_empty() => return Ok(Step::More),
                Self::Length(left) => {
                    let len = usize::try_from(*left).unwrap_or(usize::MAX).min(read.len());
                    *left -= len as u64;
                    return Ok(Step::Frame(Frame::Data(read.split_to(len).freeze())));
                }
                Self::UntilClose => return Ok(Step::Frame(Frame::Data(read.split().freeze()))),
                Self::Chunks(decoder) => match decoder.step(read).map_err(|_| Malformed)? {
                    Coded::More { skip } => {
                        read.advance(skip);
                        return Ok(Step::More);
                    }
                    Coded::Data { skip, len } => {
                        read.advance(skip);
                        return Ok(Step::Frame(Frame::Data(read.split_to(len).freeze())));
                    }
                    Coded::Trailers { skip } => {
                        read.advance(skip);
                        *self = Self::Trailers;
                    }
                },
                Self::Trailers => {
                    let Some(end) = trailers::end(read)? else { return Ok(Step::More) };
                    let section = read.split_to(end);
                    *self = Self::Length(0);
                    return Ok(trailers::read(&section, spans)?.map_or(Step::End, Step::Frame));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
