//! One stream as a connection that carries bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use h2::SendStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use windrose_http::body::Frame;
use windrose_http::exchange::Duplex;

use super::{Piece, Received, Share};

/// One stream as a connection that carries bytes. The window has back what was read; what waits is kept small. What its
/// owner has to hold as long, such as its place among others, is `K`.
pub struct ByteStream<K> {
    send: SendStream<Piece>,
    share: Share,
    received: Received,
    read: Bytes,
    _kept: K,
}

impl<K> ByteStream<K> {
    /// Both directions of a stream.
    #[must_use]
    pub const fn new(send: SendStream<Piece>, share: Share, received: Received, kept: K) -> Self {
        Self { send, share, received, read: Bytes::new(), _kept: kept }
    }
}

impl<K: Unpin> AsyncRead for ByteStream<K> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.read.is_empty() {
            match ready!(self.received.poll_frame(cx)) {
                Some(Ok(Frame::Data(data))) => self.read = data,
                Some(Ok(Frame::Trailers(_))) | None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
            }
        }
        let len = self.read.len().min(buf.remaining());
        buf.put_slice(self.read.get(..len).unwrap_or_default());
        self.read.advance(len);
        Poll::Ready(Ok(()))
    }
}

impl<K: Unpin> AsyncWrite for ByteStream<K> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.share.poll_room(cx));
        self.send.reserve_capacity(data.len().min(LARGEST_PIECE));
        while self.send.capacity() == 0 {
            match ready!(self.send.poll_capacity(cx)) {
                Some(granted) => granted.map_err(io::Error::other)?,
                None => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            };
        }
        let part = data.get(..self.send.capacity().min(LARGEST_PIECE)).unwrap_or(data);
        let piece = self.share.piece(Bytes::copy_from_slice(part), part.len(), false);
        self.send.send_data(piece, false).map_err(io::Error::other)?;
        Poll::Ready(Ok(part.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let end = self.share.piece(Bytes::new(), 0, true);
        Poll::Ready(self.send.send_data(end, true).map_err(io::Error::other))
    }
}

impl<K: Unpin> Duplex for ByteStream<K> {
    fn settle(&mut self, cx: &mut Context<'_>) {
        self.received.settle(cx);
    }
}

const LARGEST_PIECE: usize = 16 * 1024;
