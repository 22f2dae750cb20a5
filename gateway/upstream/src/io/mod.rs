//! A byte stream on one worker: plain, TLS of either side, Unix, or something that brought its own.
//!
//! Owns the one enum both sides of the gateway read and write, the buffers they read into, and [`Outgoing`],
//! which sends head and body in as few system calls as it can.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::{client, server};
use windrose_http::exchange::Duplex;

pub mod buffer;
mod gathered;
mod outgoing;

pub use gathered::{Flusher, Gathered};
pub use outgoing::Outgoing;

/// A byte stream.
pub enum Io {
    /// Plain TCP.
    Tcp(TcpStream),
    /// A Unix socket.
    Unix(UnixStream),
    /// TLS we accepted.
    Server(Box<server::TlsStream<Rewind>>),
    /// TLS we started.
    Client(Box<client::TlsStream<TcpStream>>),
    /// Anything else.
    Other(Box<dyn Duplex>),
}

macro_rules! each {
    ($self:expr, $io:ident => $body:expr) => {
        match $self {
            Io::Tcp($io) => $body,
            Io::Unix($io) => $body,
            Io::Server($io) => $body,
            Io::Client($io) => $body,
            Io::Other($io) => $body,
        }
    };
}

impl Io {
    /// Whether the peer has sent or closed while nobody was waiting for it. Costs no system call while nothing
    /// happened.
    pub fn has_news(&mut self) -> bool {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        match self {
            Self::Tcp(io) => is_readable(Pin::new(io), &mut cx),
            Self::Unix(io) => is_readable(Pin::new(io), &mut cx),
            Self::Server(io) => is_readable(Pin::new(io.get_mut().0), &mut cx),
            Self::Client(io) => is_readable(Pin::new(io.get_mut().0), &mut cx),
            Self::Other(io) => is_readable(Pin::new(io), &mut cx),
        }
    }

    /// Reads into `buffer`, which has room; `Ok(0)` at the end.
    pub fn poll_read_into(&mut self, cx: &mut Context<'_>, buffer: &mut BytesMut) -> Poll<io::Result<usize>> {
        each!(self, io => tokio_util::io::poll_read_buf(Pin::new(io), cx, buffer))
    }

    /// Waits until there may be something to read, without a buffer, where the stream can tell.
    pub fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(io) => io.poll_read_ready(cx),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Whether several slices go out in one system call.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        matches!(self, Self::Tcp(_) | Self::Unix(_))
    }
}

fn is_readable(io: Pin<&mut (impl AsyncRead + ?Sized)>, cx: &mut Context<'_>) -> bool {
    // Whatever arrives while a connection is idle makes it unfit for use, so the byte may be lost. Reading is the
    // only way to know: after a read that filled its buffer the stream is thought ready until one finds nothing.
    let mut byte = [0];
    io.poll_read(cx, &mut ReadBuf::new(&mut byte)).is_ready()
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
        f.write_str(match self {
            Self::Tcp(_) => "Tcp",
            Self::Unix(_) => "Unix",
            Self::Server(_) => "Server",
            Self::Client(_) => "Client",
            Self::Other(_) => "Other",
        })
    }
}

/// A TCP stream whose first bytes were looked at before anyone knew whose they are.
#[derive(Debug)]
pub struct Rewind {
    read: BytesMut,
    tcp: TcpStream,
}

impl Rewind {
    /// Gives `read` again before anything new from `tcp`.
    #[must_use]
    pub const fn new(read: BytesMut, tcp: TcpStream) -> Self {
        Self { read, tcp }
    }
}

impl AsyncRead for Rewind {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.tcp).poll_read(cx, buf);
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

impl AsyncWrite for Rewind {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// A stream with bytes that were read ahead of it.
pub struct Prefixed {
    read: BytesMut,
    io: Io,
}

impl Prefixed {
    /// Gives `read` before anything new from `io`.
    #[must_use]
    pub const fn new(read: BytesMut, io: Io) -> Self {
        Self { read, io }
    }
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buf);
        }
        let len = self.read.len().min(buf.remaining());
        buf.put_slice(&self.read.split_to(len));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
