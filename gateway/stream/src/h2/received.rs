//! A body that comes by HTTP/2, from either side.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use h2::RecvStream;
use windrose_http::body::{BodyError, Broken, Frame};
use windrose_http::{Blame, Headers, Trailers};

use super::sending::JOINED;

/// A body that comes by HTTP/2. The window has a piece back when the next one is asked for, so that no more is under
/// way than whoever sends it on has room for. Small pieces that wait are joined: each costs the library hundreds of bytes.
pub struct Received {
    stream: RecvStream,
    /// What has come and waits, small pieces at the end joined; the window does not have it back.
    settled: VecDeque<Bytes>,
    joined: BytesMut,
    /// The bytes of the last piece that was taken.
    taken: usize,
    left: Option<u64>,
    has_data: bool,
    from: Blame,
}

impl Received {
    /// The body of `stream`, of which `left` bytes were announced; `from` is to blame if it breaks.
    #[must_use]
    pub fn new(stream: RecvStream, left: Option<u64>, from: Blame) -> Self {
        let (settled, joined) = (VecDeque::new(), BytesMut::new());
        Self { stream, settled, joined, taken: 0, left, has_data: true, from }
    }

    /// Whether only trailers, if anything, are still to come.
    #[must_use]
    pub const fn is_read(&self) -> bool {
        !self.has_data
    }

    /// The bytes still to come, when known.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        self.left
    }

    /// The next piece; `None` after the last.
    pub fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let closed = BodyError { blame: self.from, reason: Broken::Closed };
        let _ = self.stream.flow_control().release_capacity(std::mem::take(&mut self.taken));
        self.finish_joined();
        if let Some(data) = self.settled.pop_front() {
            return Poll::Ready(Some(Ok(self.give(data))));
        }
        while self.has_data {
            match ready!(self.stream.poll_data(cx)) {
                Some(Ok(data)) => {
                    if !data.is_empty() {
                        return Poll::Ready(Some(Ok(self.give(data))));
                    }
                }
                Some(Err(_)) => return Poll::Ready(Some(Err(closed))),
                None => self.has_data = false,
            }
        }
        match ready!(self.stream.poll_trailers(cx)) {
            Ok(Some(map)) => {
                let mut fields = Headers::new();
                for (name, value) in &map {
                    fields.receive(name.as_str(), value.as_bytes());
                }
                Poll::Ready(Trailers::new(fields).map(|trailers| Ok(Frame::Trailers(Box::new(trailers)))))
            }
            Ok(None) => Poll::Ready(None),
            Err(_) => Poll::Ready(Some(Err(closed))),
        }
    }

    /// Joins what has come, while nobody has room for it.
    pub fn settle(&mut self, cx: &mut Context<'_>) {
        // An error is met again by whoever asks for the next piece.
        while self.has_data
            && let Poll::Ready(Some(Ok(data))) = self.stream.poll_data(cx)
        {
            if data.len() < JOINED {
                self.joined.extend_from_slice(&data);
                if self.joined.len() >= JOINED {
                    self.finish_joined();
                }
            } else {
                self.finish_joined();
                self.settled.push_back(data);
            }
        }
    }

    fn finish_joined(&mut self) {
        if !self.joined.is_empty() {
            self.settled.push_back(std::mem::take(&mut self.joined).freeze());
        }
    }

    fn give(&mut self, data: Bytes) -> Frame {
        self.taken = data.len();
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(data.len() as u64);
        }
        Frame::Data(data)
    }
}
