//! A body that comes by HTTP/2, from either side.

use std::task::{Context, Poll, ready};

use h2::RecvStream;
use windrose_http::body::{BodyError, Broken, Frame};
use windrose_http::{Blame, Headers, Trailers};

/// A body that comes by HTTP/2: its window is given back as its bytes are taken, so that no more is under way
/// than whoever sends it on has room for.
pub struct Received {
    stream: RecvStream,
    left: Option<u64>,
    has_data: bool,
    from: Blame,
}

impl Received {
    /// The body of `stream`, of which `left` bytes were announced; `from` is to blame if it breaks.
    #[must_use]
    pub const fn new(stream: RecvStream, left: Option<u64>, from: Blame) -> Self {
        Self { stream, left, has_data: true, from }
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
        while self.has_data {
            match ready!(self.stream.poll_data(cx)) {
                Some(Ok(data)) => {
                    let _ = self.stream.flow_control().release_capacity(data.len());
                    if let Some(left) = &mut self.left {
                        *left = left.saturating_sub(data.len() as u64);
                    }
                    if !data.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::Data(data))));
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
}
