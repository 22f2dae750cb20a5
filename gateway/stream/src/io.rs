//! A byte stream on one worker, with or without TLS of either side.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use tokio_rustls::{client, server};
use windrose_http::exchange::Duplex;

use crate::{Ahead, Socket};

/// A byte stream.
pub enum Io {
    /// The carrier's own bytes.
    Plain(Socket),
    /// TLS we accepted.
    Server(Box<server::TlsStream<Ahead<Socket>>>),
    /// TLS we started.
    Client(Box<client::TlsStream<Socket>>),
}

macro_rules! each {
    ($self:expr, $io:ident => $body:expr) => {
        match $self {
            Io::Plain($io) => $body,
            Io::Server($io) => $body,
            Io::Client($io) => $body,
        }
    };
}

impl Io {
    /// A stream that gives `read` before anything new.
    #[must_use]
    pub fn ahead(read: BytesMut, io: Self) -> Self {
        if read.is_empty() { io } else { Self::other(Ahead::new(read, io)) }
    }

    /// A stream of somebody else's making.
    #[must_use]
    pub fn other(duplex: impl Duplex + 'static) -> Self {
        Self::Plain(Socket::Other(Box::new(duplex)))
    }

    /// Whether the peer has sent or closed while nobody was waiting for it. Costs no system call while nothing
    /// happened.
    pub fn has_news(&mut self) -> bool {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        match self {
            Self::Plain(io) => is_readable(Pin::new(io), &mut cx),
            Self::Server(io) => is_readable(Pin::new(io.get_mut().0), &mut cx),
            Self::Client(io) => is_readable(Pin::new(io.get_mut().0), &mut cx),
        }
    }

    /// Reads into `buffer`, which has room; `Ok(0)` at the end.
    pub fn poll_read_into(&mut self, cx: &mut Context<'_>, buffer: &mut BytesMut) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(io) => io.poll_read_into(cx, buffer),
            Self::Server(io) => tokio_util::io::poll_read_buf(Pin::new(io), cx, buffer),
            Self::Client(io) => tokio_util::io::poll_read_buf(Pin::new(io), cx, buffer),
        }
    }

    /// Whether the peer has closed or reset the connection, though nobody reads it. Costs no system call.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.readiness(Interest::READABLE).is_some_and(|ready| ready.is_read_closed())
    }

    /// Whether the connection carries nothing in either direction any more, though nobody uses it. Costs no system
    /// call.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.readiness(Interest::WRITABLE).is_some_and(|ready| ready.is_write_closed())
    }

    fn readiness(&self, interest: Interest) -> Option<Ready> {
        match self {
            Self::Plain(socket) => socket.readiness(interest),
            Self::Server(tls) => tls.get_ref().0.get_ref().readiness(interest),
            Self::Client(tls) => tls.get_ref().0.readiness(interest),
        }
    }

    /// Whether several slices go out in one system call.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(Socket::Tcp(_) | Socket::Unix(_)))
    }
}

fn is_readable(io: Pin<&mut (impl AsyncRead + ?Sized)>, cx: &mut Context<'_>) -> bool {
    // Whatever arrives while a connection is idle makes it unfit for use, so the byte may be lost. Reading is the
    // only way to know: after a read that filled its buffer the stream is thought ready until one finds nothing.
    let mut byte = [0];
    io.poll_read(cx, &mut ReadBuf::new(&mut byte)).is_ready()
}

impl Duplex for Io {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(io) => io.poll_readable(cx),
            // TLS may hold bytes that its carrier no longer has.
            Self::Server(_) | Self::Client(_) => Poll::Ready(Ok(())),
        }
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        if let Self::Plain(io) = self {
            io.settle(cx);
        }
    }
}

impl AsyncRead for Io {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), io => Pin::new(io).poll_read(cx, buf))
    }
}

impl AsyncWrite for Io {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), io => Pin::new(io).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), io => Pin::new(io).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.is_plain()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), io => Pin::new(io).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), io => Pin::new(io).poll_shutdown(cx))
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(socket) => socket.fmt(f),
            Self::Server(_) => f.write_str("Server"),
            Self::Client(_) => f.write_str("Client"),
        }
    }
}
