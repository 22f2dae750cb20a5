//! What carries bytes both ways.

use std::io;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, Empty};
use tokio::net::{TcpStream, UnixStream};

/// What carries bytes both ways: an accepted or opened connection, a tunnel, or one that changed its protocol.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin {
    /// Waits until there may be something to read, without a buffer. Ready at once where that cannot be told; then
    /// only a read can.
    ///
    /// # Errors
    /// The connection broke.
    fn poll_readable(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Called in place of a read while nobody has room for what would be read: makes small what has come meanwhile. Who
    /// holds nothing that could be smaller has nothing to do.
    fn settle(&mut self, _cx: &mut Context<'_>) {}
}

impl Duplex for TcpStream {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_read_ready(cx)
    }
}

impl Duplex for UnixStream {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_read_ready(cx)
    }
}

impl Duplex for DuplexStream {}

impl Duplex for Empty {}

impl<T: Duplex + ?Sized> Duplex for Box<T> {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        (**self).poll_readable(cx)
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        (**self).settle(cx);
    }
}
