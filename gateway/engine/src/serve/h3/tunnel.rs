//! A stream that carries a WebSocket (RFC 9220): bytes both ways until both sides are done.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use windrose_http::exchange::Duplex;
use windrose_stream::{Carried, Relay};
use windrose_wire::h3::frame::write_data;

use super::code;
use super::receiver::{Piece, Receiver};
use super::sender::Sender;
use crate::worker::SlotGuard;

/// A stream and a server, each of which gets what the other sends.
pub(super) struct Tunnel {
    client: Client,
    server: Box<dyn Duplex>,
    relay: Relay,
}

/// The stream as something that carries bytes.
struct Client {
    receiver: Receiver,
    sender: Sender,
    read: Bytes,
}

impl Tunnel {
    pub(super) fn new(receiver: Receiver, sender: Sender, server: Box<dyn Duplex>) -> Self {
        Self { client: Client { receiver, sender, read: Bytes::new() }, server, relay: Relay::default() }
    }

    /// Carries until there is nothing more to carry; gives how many bytes the client sent and got.
    pub(super) async fn run(mut self, slot: &SlotGuard) -> Carried {
        let ended = poll_fn(|cx| {
            slot.watch(cx);
            if slot.is_late() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            // The answer's head goes out before anything is carried.
            let _ = self.client.sender.poll_flush(cx);
            self.relay.poll(&mut self.client, &mut *self.server, cx)
        });
        if ended.await.is_err() {
            self.client.sender.reset(code::REQUEST_CANCELLED);
        }
        self.relay.carried()
    }
}

impl AsyncRead for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.read.is_empty() {
            match ready!(self.receiver.poll(cx)) {
                Ok(Piece::Data(data)) => self.read = data,
                Ok(Piece::End) => return Poll::Ready(Ok(())),
                // RFC 9114 §4.4: nothing but bytes goes through a tunnel.
                Ok(Piece::Section(_)) | Err(_) => {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
            }
        }
        let len = self.read.len().min(buf.remaining());
        buf.put_slice(self.read.get(..len).unwrap_or_default());
        self.read.advance(len);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.sender.poll_flush(cx)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        ready!(self.sender.poll_room(cx));
        let part = data.get(..LARGEST).unwrap_or(data);
        let mut frame = Vec::with_capacity(part.len() + 16);
        write_data(&mut frame, part.len() as u64);
        frame.extend_from_slice(part);
        self.sender.push(frame);
        // What the stream does not take now it takes before the next bytes.
        let _ = self.sender.poll_flush(cx);
        Poll::Ready(Ok(part.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sender.poll_flush(cx).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.sender.poll_flush(cx)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.sender.finish();
        Poll::Ready(Ok(()))
    }
}

impl Duplex for Client {}

/// What one frame carries at most.
const LARGEST: usize = 16 * 1024;
