//! Many small writes made one.
//!
//! HTTP/2 writes and flushes frame by frame, and with TLS each flush is a record and a system call. Here a flush
//! sends nothing: whoever drives the connection calls [`Flusher::poll`] once it has nothing more to do, and what
//! all streams wrote meanwhile leaves together. Until then no more than [`ROUND`] bytes are read: a byte may stand for
//! a thousand once it is decoded, and what was decoded must find its tasks before there is more of it.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::h2::Frames;
use crate::{Io, buffer};

/// A stream that holds back what is written, until its [`Flusher`] is polled or there is a lot of it.
pub struct Gathered(Rc<RefCell<Inner>>);

/// Sends what a [`Gathered`] holds back.
pub struct Flusher(Rc<RefCell<Inner>>);

struct Inner {
    io: Io,
    out: Vec<u8>,
    sent: usize,
    /// What the other side has taken so far.
    taken: u64,
    /// Whether something was turned away since the last flush.
    refused: bool,
    /// What was read in this round.
    read: usize,
    frames: Option<Frames>,
}

impl Gathered {
    /// Holds back what is written to `io`.
    #[must_use]
    pub fn new(io: Io) -> (Self, Flusher) {
        Self::following(io, None)
    }

    /// The same, and follows the frames that are read.
    #[must_use]
    pub fn counting(io: Io, frames: Frames) -> (Self, Flusher) {
        Self::following(io, Some(frames))
    }

    fn following(io: Io, frames: Option<Frames>) -> (Self, Flusher) {
        let (out, sent, taken, refused, read) = (Vec::new(), 0, 0, false, 0);
        let inner = Rc::new(RefCell::new(Inner { io, out, sent, taken, refused, read, frames }));
        (Self(Rc::clone(&inner)), Flusher(inner))
    }
}

impl Flusher {
    /// How many SETTINGS have been read, where frames are followed.
    #[must_use]
    pub fn settings(&self) -> u64 {
        self.0.borrow().frames.as_ref().map_or(0, Frames::settings)
    }

    /// Sends everything; an error shows itself to whoever reads or writes next.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.0.borrow_mut();
        inner.read = 0;
        if ready!(inner.poll_send(cx)).is_ok() {
            let _ = Pin::new(&mut inner.io).poll_flush(cx);
        }
        Poll::Ready(())
    }

    /// The same, and what it says of the other side: whether everything has left that was to be written.
    pub fn flush(&self, cx: &mut Context<'_>) -> Flushed {
        let is_sent = self.poll(cx).is_ready();
        let mut inner = self.0.borrow_mut();
        let refused = std::mem::take(&mut inner.refused);
        if is_sent && refused {
            // There is room after all for what was turned away.
            cx.waker().wake_by_ref();
        }
        Flushed { is_whole: is_sent && !refused, taken: inner.taken }
    }
}

/// How far a connection has come with writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flushed {
    /// Whether nothing waits any more, here or before it.
    pub is_whole: bool,
    /// The bytes that the other side has taken since the connection began.
    pub taken: u64,
}

impl Inner {
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.out.get(self.sent..).filter(|rest| !rest.is_empty()) {
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += written;
            self.taken += written as u64;
        }
        self.sent = 0;
        // An idle connection holds no buffer.
        buffer::give_small(std::mem::take(&mut self.out));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gathered {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(data)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let inner = &mut *self.0.borrow_mut();
        if inner.out.len() >= FULL {
            inner.refused = true;
            ready!(inner.poll_send(cx))?;
            inner.refused = false;
        }
        if inner.out.capacity() == 0 {
            inner.out = buffer::take_small();
        }
        let mut taken = 0;
        for slice in slices {
            let len = slice.len().min((FULL * 2).saturating_sub(inner.out.len()));
            inner.out.extend_from_slice(slice.get(..len).unwrap_or_default());
            taken += len;
            if len < slice.len() {
                break;
            }
        }
        Poll::Ready(Ok(taken))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let inner = &mut *self.0.borrow_mut();
        ready!(inner.poll_send(cx))?;
        Pin::new(&mut inner.io).poll_shutdown(cx)
    }
}

impl AsyncRead for Gathered {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let inner = &mut *self.0.borrow_mut();
        if inner.read >= ROUND {
            // There is more, but the others come first.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut inner.io).poll_read(cx, buf))?;
        let fresh = buf.filled().get(before..).unwrap_or_default();
        inner.read += fresh.len();
        if let Some(frames) = &mut inner.frames {
            frames.see(fresh);
        }
        Poll::Ready(Ok(()))
    }
}

/// A frame of the usual size.
const ROUND: usize = 16 * 1024;
/// About one TLS record.
const FULL: usize = 16 * 1024;
