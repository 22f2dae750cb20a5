//! One connection to a server: its stream, its buffers, and reading a head from it.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Buf, BytesMut};
use windrose_http::Headers;
use windrose_stream::{Io, Outgoing, buffer};
use windrose_wire::head::{self as wire, FieldSpan, ResponseHead};

use super::LARGEST_HEAD;

/// One connection to a server.
pub(crate) struct Client {
    pub(super) io: Io,
    pub(super) read: BytesMut,
    /// How far `read` was searched for the end of a head.
    searched: usize,
    pub(super) out: Outgoing,
    pub(super) spans: Vec<FieldSpan>,
    pub(super) is_used: bool,
    /// When it has been idle too long.
    pub(crate) expires: Instant,
}

impl Client {
    pub(crate) fn new(io: Io) -> Box<Self> {
        Box::new(Self {
            io,
            read: BytesMut::new(),
            searched: 0,
            out: Outgoing::default(),
            spans: Vec::new(),
            is_used: false,
            expires: Instant::now(),
        })
    }

    /// Whether nothing happened on it while it was idle.
    pub(crate) fn is_fit(&mut self) -> bool {
        !self.io.has_news()
    }

    /// Gives its buffer back; says whether it may be used again.
    pub(crate) fn rest(&mut self) -> bool {
        if !self.read.is_empty() || !self.out.is_empty() {
            return false;
        }
        self.is_used = true;
        buffer::give(std::mem::take(&mut self.read));
        true
    }

    /// Reads more; an error also at the end of the stream.
    pub(super) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(self.poll_read(cx))? {
            0 => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Reads more; zero at the end of the stream, which for TLS is one that the server announced.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        buffer::make_room(&mut self.read);
        self.io.poll_read_into(cx, &mut self.read)
    }

    pub(super) fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        headers: &mut Headers,
    ) -> Poll<Result<ResponseHead, HeadError>> {
        loop {
            if let Some(end) = wire::find_end(&self.read, self.searched).map_err(|_| HeadError::Malformed)? {
                self.searched = 0;
                let head = self.read.get(..end).unwrap_or_default();
                let parsed = wire::parse_response(head, &mut self.spans).map_err(|_| HeadError::Malformed)?;
                headers.load(head, &mut self.spans);
                self.read.advance(end);
                return Poll::Ready(Ok(parsed));
            }
            self.searched = self.read.len();
            if self.searched > LARGEST_HEAD {
                return Poll::Ready(Err(HeadError::Malformed));
            }
            if ready!(self.poll_more(cx)).is_err() {
                return Poll::Ready(Err(if self.searched == 0 {
                    HeadError::Closed
                } else {
                    HeadError::Malformed
                }));
            }
        }
    }
}

pub(super) enum HeadError {
    /// The server said nothing.
    Closed,
    /// The server said something that is not HTTP, or not to the end.
    Malformed,
}
