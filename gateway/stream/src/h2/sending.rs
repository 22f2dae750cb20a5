//! A body on its way into an HTTP/2 stream, towards either side.
//!
//! Nothing is read of it while the window is shut or the connection has enough to write; small pieces that come
//! together leave together.

use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use h2::{Reason, SendStream};
use windrose_http::body::{BodyError, Broken, Frame};
use windrose_http::trailers::Rules;
use windrose_http::{Blame, Body, Trailers};

use super::backlog::{Piece, Share};
use super::to_map;

/// A body on its way into a stream.
pub struct Sending {
    stream: SendStream<Piece>,
    share: Share,
    /// What was read of the body and is next.
    next: Option<Waiting>,
    /// Small pieces that are joined while more of them come.
    joined: BytesMut,
    behind: Option<Last>,
    rules: Option<Box<Rules>>,
    /// What the head keeps in memory until the first piece behind it is written.
    owed: usize,
    handed: u64,
    stuck: Option<u64>,
}

/// How sending ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// All of the body was handed over.
    Whole,
    /// The other side takes no more.
    Refused,
    /// The body broke; the stream still has to be told.
    Broken(BodyError),
}

struct Waiting {
    data: Bytes,
    /// Whether it lives in a buffer of its own, or keeps one that it was read into.
    is_own: bool,
}

enum Last {
    End,
    Trailers(Box<Trailers>),
    Broken(BodyError),
    Piece(Bytes),
}

impl Sending {
    /// Sends into `stream`; of trailers only what `rules` allow.
    #[must_use]
    pub fn new(stream: SendStream<Piece>, share: Share, rules: Option<Box<Rules>>) -> Self {
        let (next, joined, behind) = (None, BytesMut::new(), None);
        Self { stream, share, next, joined, behind, rules, owed: 0, handed: 0, stuck: None }
    }

    /// The same behind a head of `owed` bytes, which is written with the first piece.
    #[must_use]
    pub const fn owing(mut self, owed: usize) -> Self {
        self.owed = owed;
        self
    }

    /// The bytes of the body that were handed over so far.
    #[must_use]
    pub const fn handed(&self) -> u64 {
        self.handed
    }

    /// Ends the stream with an error.
    pub fn reset(&mut self, reason: Reason) {
        self.stream.send_reset(reason);
    }

    /// Whether it is the other side that nothing more is sent: its window is shut, or it does not read. The number
    /// changes when it takes something after all.
    #[must_use]
    pub const fn stuck(&self) -> Option<u64> {
        self.stuck
    }

    /// Sends what can be sent.
    pub fn poll(&mut self, body: &mut Body, cx: &mut Context<'_>) -> Poll<Sent> {
        for _ in 0..TURN {
            if self.next.is_some() {
                let is_last = self.behind.is_none() && body.is_empty();
                let Poll::Ready(handed) = self.poll_next(cx, is_last) else {
                    body.settle(cx);
                    return Poll::Pending;
                };
                match handed {
                    Ok(true) => return Poll::Ready(Sent::Whole),
                    Ok(false) => continue,
                    Err(_) => return Poll::Ready(Sent::Refused),
                }
            }
            match self.behind.take() {
                Some(Last::Piece(data)) => {
                    self.put(data, false);
                    continue;
                }
                Some(last) => return Poll::Ready(self.finish(last)),
                None => {}
            }
            // A stream that was reset is not worth reading the rest of a body for.
            if self.stream.poll_reset(cx).is_ready() {
                return Poll::Ready(Sent::Refused);
            }
            match body.poll_frame(cx) {
                Poll::Ready(Some(Ok(Frame::Data(data)))) => self.take(data, body.is_empty()),
                Poll::Ready(Some(Ok(Frame::Trailers(trailers)))) => self.end(Last::Trailers(trailers)),
                Poll::Ready(Some(Err(error))) => self.end(Last::Broken(error)),
                Poll::Ready(None) => self.end(Last::End),
                Poll::Pending if self.joined.is_empty() => {
                    self.stuck = None;
                    return Poll::Pending;
                }
                Poll::Pending => self.flush(),
            }
        }
        // A body of very small pieces must not keep the others waiting.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes a piece over: one worth a frame as it is, a small one joined with those before it.
    fn take(&mut self, data: Bytes, is_last: bool) {
        if self.joined.is_empty() && (is_last || data.len() >= JOINED) {
            self.put(data, false);
        } else if data.len() < JOINED {
            self.joined.extend_from_slice(&data);
            if self.joined.len() >= BUFFER || is_last {
                self.flush();
            }
        } else {
            self.flush();
            self.behind = Some(Last::Piece(data));
        }
    }

    fn end(&mut self, last: Last) {
        if !self.joined.is_empty() {
            self.flush();
        }
        self.behind = Some(last);
    }

    fn flush(&mut self) {
        let joined = std::mem::take(&mut self.joined).freeze();
        self.put(joined, true);
    }

    fn put(&mut self, data: Bytes, is_own: bool) {
        self.stream.reserve_capacity(data.len());
        self.next = Some(Waiting { data, is_own });
    }

    /// Hands over as much of the next piece as window and backlog allow; says whether the stream has ended with it.
    fn poll_next(&mut self, cx: &mut Context<'_>, is_last: bool) -> Poll<Result<bool, h2::Error>> {
        let Some(mut next) = self.next.take() else { return Poll::Ready(Ok(false)) };
        if self.share.poll_room(cx).is_pending() {
            self.next = Some(next);
            self.stuck = Some(self.handed.wrapping_add(self.share.written()));
            return self.poll_gone(cx);
        }
        let mut capacity = self.stream.capacity();
        if capacity == 0 {
            match self.stream.poll_capacity(cx) {
                Poll::Pending => {
                    self.next = Some(next);
                    self.stuck = Some(self.handed);
                    return self.poll_gone(cx);
                }
                Poll::Ready(None) => return Poll::Ready(Err(h2::Error::from(Reason::CANCEL))),
                Poll::Ready(Some(granted)) => capacity = granted?,
            }
        }
        self.stuck = None;
        let len = capacity.min(next.data.len()).min(BUFFER);
        let part = next.data.split_to(len);
        self.handed += len as u64;
        let ends = is_last && next.data.is_empty();
        let cost = if next.is_own { len } else { len.max(BUFFER) } + std::mem::take(&mut self.owed);
        if !next.data.is_empty() {
            self.next = Some(next);
        }
        self.stream.send_data(self.share.piece(part, cost, ends), ends)?;
        Poll::Ready(Ok(ends))
    }

    /// Without this a reset would go unseen while nothing can be sent.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, h2::Error>> {
        match ready!(self.stream.poll_reset(cx)) {
            Ok(reason) => Poll::Ready(Err(reason.into())),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn finish(&mut self, last: Last) -> Sent {
        match last {
            Last::Broken(error) => return Sent::Broken(error),
            Last::Trailers(trailers) => match trailers.judged(self.rules.as_deref()) {
                // The other side must not take the message for complete.
                Err(_) => return Sent::Broken(REFUSED),
                Ok(fields) if fields.is_empty() => self.send_end(),
                Ok(fields) => drop(self.stream.send_trailers(to_map(&fields, |_| true))),
            },
            Last::End | Last::Piece(_) => self.send_end(),
        }
        Sent::Whole
    }

    /// Ends the stream in good order.
    pub fn send_end(&mut self) {
        let end = self.share.piece(Bytes::new(), self.owed, true);
        let _ = self.stream.send_data(end, true);
    }

    /// The stream itself, for bytes that are no body.
    #[must_use]
    pub fn into_parts(self) -> (SendStream<Piece>, Share) {
        (self.stream, self.share)
    }
}

/// Trailers that the entry point refuses.
const REFUSED: BodyError = BodyError { blame: Blame::Client, reason: Broken::Malformed };
/// What a piece keeps in memory at least, unless it was copied: the buffer it was read into. Also the largest one.
pub(super) const BUFFER: usize = crate::buffer::SIZE;
/// Below this a piece is joined with its neighbours.
pub(super) const JOINED: usize = 4 * 1024;
/// Pieces that are read in one turn.
const TURN: usize = 512;
