//! A request that a server has, until the end of its answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use windrose_http::body::{BodyError, Frame, Stream};
use windrose_http::exchange::Duplex;
use windrose_http::{Body, Failure, Reply};

use super::servers::{Server, State};
use crate::pool::Local;

/// A request that was sent to a server, for as long as whoever sent it waits for the answer. Small: every connection has
/// room for one.
pub(super) struct Flight<'a> {
    seat: Seat<&'a Arc<State>>,
    /// When it was sent, where somebody wants to know.
    sent: u64,
}

/// A request that a server has. Dropping it says that it has one less.
struct Seat<S: AsRef<State>>(S);

impl<'a> Flight<'a> {
    /// A request to this server, where its service has to know of it.
    pub(super) fn new(server: &'a Server) -> Option<Self> {
        let state = server.state.as_ref()?;
        state.enter();
        Some(Self { seat: Seat(state), sent: state.clock() })
    }

    /// The answer is there: it is judged, and the request stays counted for as long as it is on its way.
    #[inline]
    pub(super) fn land(flight: Option<Self>, answer: Result<Reply, Failure>, local: &Local) -> Reply {
        match flight {
            None => answer.unwrap_or_else(Failure::reply),
            Some(flight) => flight.end(answer, local),
        }
    }

    fn end(self, answer: Result<Reply, Failure>, local: &Local) -> Reply {
        let state = self.seat.0;
        state.time(self.sent, answer.is_ok());
        let mut reply = answer.unwrap_or_else(Failure::reply);
        state.judge(&reply, local);
        if !state.is_counted() {
            return reply;
        }
        let seat = |state: &Arc<State>| {
            state.enter();
            Seat(Arc::clone(state))
        };
        if let Some(inner) = reply.upgrade.take() {
            reply.upgrade = Some(Box::new(Tunnel { inner, _seat: seat(state) }));
        } else if matches!(reply.body, Body::Stream(_)) {
            let body = std::mem::take(&mut reply.body);
            reply.body = Body::Stream(Box::new(Download { body, seat: Some(seat(state)) }));
        }
        reply
    }
}

impl<S: AsRef<State>> Drop for Seat<S> {
    fn drop(&mut self) {
        self.0.as_ref().leave();
    }
}

struct Download {
    body: Body,
    seat: Option<Seat<Arc<State>>>,
}

impl Stream for Download {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let frame = ready!(self.body.poll_frame(cx));
        if !matches!(frame, Some(Ok(Frame::Data(_)))) {
            self.seat = None;
        }
        Poll::Ready(frame)
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.body.settle(cx);
    }
}

/// A connection that changed its protocol.
struct Tunnel {
    inner: Box<dyn Duplex>,
    _seat: Seat<Arc<State>>,
}

impl AsyncRead for Tunnel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

impl Duplex for Tunnel {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.poll_readable(cx)
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.inner.settle(cx);
    }
}
