//! Bytes on their way out: a buffer of small pieces, and one large piece that is not copied.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

use crate::{Io, buffer};

/// Bytes on their way out.
#[derive(Debug, Default)]
pub struct Outgoing {
    buffer: Vec<u8>,
    sent: usize,
    large: Bytes,
    after: &'static [u8],
}

impl Outgoing {
    /// Whether everything has been handed to the system.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sent == self.buffer.len() && self.large.is_empty() && self.after.is_empty()
    }

    /// Where heads, chunk sizes and small pieces are written, in order. The room is the worker's and goes back
    /// to it when everything was sent.
    pub fn room(&mut self) -> &mut Vec<u8> {
        if self.buffer.capacity() == 0 {
            self.buffer = buffer::take_small();
        }
        &mut self.buffer
    }

    /// Adds a piece of a body; `after` ends a chunk. Only when empty may a large piece be added.
    pub fn push(&mut self, data: Bytes, after: &'static [u8]) {
        if data.len() <= COPIED {
            let room = self.room();
            room.extend_from_slice(&data);
            room.extend_from_slice(after);
        } else {
            self.large = data;
            self.after = after;
        }
    }

    /// Whether a further piece would have to wait.
    #[must_use]
    pub fn is_full(&self) -> bool {
        !self.large.is_empty() || self.buffer.len() - self.sent > COPIED
    }

    /// Sends everything.
    ///
    /// # Errors
    /// The stream broke.
    pub fn poll_flush(&mut self, io: &mut Io, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.is_empty() {
            let head = self.buffer.get(self.sent..).unwrap_or_default();
            let written = if self.large.is_empty() && self.after.is_empty() {
                ready!(Pin::new(&mut *io).poll_write(cx, head))?
            } else {
                let slices = [IoSlice::new(head), IoSlice::new(&self.large), IoSlice::new(self.after)];
                let skip = slices.iter().take_while(|slice| slice.is_empty()).count();
                ready!(Pin::new(&mut *io).poll_write_vectored(cx, slices.get(skip..).unwrap_or_default()))?
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        buffer::give_small(std::mem::take(&mut self.buffer));
        self.sent = 0;
        if io.is_plain() { Poll::Ready(Ok(())) } else { Pin::new(io).poll_flush(cx) }
    }

    fn advance(&mut self, written: usize) {
        let head = written.min(self.buffer.len() - self.sent);
        self.sent += head;
        let data = (written - head).min(self.large.len());
        self.large.advance(data);
        self.after = self.after.get(written - head - data..).unwrap_or_default();
    }
}

/// Up to here copying costs less than a second slice.
const COPIED: usize = 8 * 1024;
