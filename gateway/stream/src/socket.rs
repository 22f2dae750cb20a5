//! What carries bytes before any protocol is spoken on it: accepted, opened, or brought by somebody.

use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use tokio::net::{TcpStream, UnixStream};
use windrose_http::exchange::Duplex;

/// A carrier of bytes. The two of the system are told apart so that their calls need no table; whatever else carries
/// bytes (a tunnel, a pipe of a test) comes boxed, and everything above works with it alike.
pub enum Socket {
    /// TCP.
    Tcp(TcpStream),
    /// A Unix socket.
    Unix(UnixStream),
    /// Anything else.
    Other(Box<dyn Duplex>),
}

macro_rules! each {
    ($self:expr, $socket:ident => $body:expr) => {
        match $self {
            Socket::Tcp($socket) => $body,
            Socket::Unix($socket) => $body,
            Socket::Other($socket) => $body,
        }
    };
}

impl Socket {
    /// Reads into `buffer`, which has room; `Ok(0)` at the end.
    pub fn poll_read_into(&mut self, cx: &mut Context<'_>, buffer: &mut BytesMut) -> Poll<io::Result<usize>> {
        each!(self, socket => tokio_util::io::poll_read_buf(Pin::new(socket), cx, buffer))
    }
}

impl Socket {
    /// What the system has said of the connection, without asking it again; nothing where there is no system behind it.
    pub(crate) fn readiness(&self, interest: Interest) -> Option<Ready> {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let polled = match self {
            Self::Tcp(tcp) => pin!(tcp.ready(interest)).poll(&mut cx),
            Self::Unix(unix) => pin!(unix.ready(interest)).poll(&mut cx),
            Self::Other(_) => return None,
        };
        match polled {
            Poll::Ready(Ok(ready)) => Some(ready),
            _ => None,
        }
    }
}

impl Duplex for Socket {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, socket => Duplex::poll_readable(socket, cx))
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        each!(self, socket => Duplex::settle(socket, cx));
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_read(cx, buf))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        each!(self, socket => socket.is_write_vectored())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_shutdown(cx))
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp(_) => "Tcp",
            Self::Unix(_) => "Unix",
            Self::Other(_) => "Other",
        })
    }
}
