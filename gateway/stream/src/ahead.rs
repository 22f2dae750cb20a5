//! A carrier whose first bytes were read before anyone knew whose they are.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use windrose_http::exchange::Duplex;

use crate::buffer;

/// Gives what was read ahead before anything new. The buffer goes back to the worker as soon as it is empty.
#[derive(Debug)]
pub struct Ahead<T> {
    read: BytesMut,
    rest: T,
}

impl<T> Ahead<T> {
    /// Gives `read` before anything new from `rest`.
    #[must_use]
    pub const fn new(read: BytesMut, rest: T) -> Self {
        Self { read, rest }
    }

    /// What is read when nothing is left of what was read ahead.
    #[must_use]
    pub const fn get_ref(&self) -> &T {
        &self.rest
    }
}

impl<T: Duplex> Duplex for Ahead<T> {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.read.is_empty() { self.rest.poll_readable(cx) } else { Poll::Ready(Ok(())) }
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.rest.settle(cx);
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Ahead<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.rest).poll_read(cx, buf);
        }
        let len = self.read.len().min(buf.remaining());
        let part = self.read.split_to(len);
        buf.put_slice(&part);
        if self.read.is_empty() {
            drop(part);
            buffer::give(std::mem::take(&mut self.read));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Ahead<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.rest).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.rest).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.rest.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.rest).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.rest).poll_shutdown(cx)
    }
}
