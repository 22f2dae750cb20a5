//! Looks at the first bytes of a connection and hands it to the protocol they belong to.

pub(super) mod hello;

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use bytes::BytesMut;
use windrose_http::Conn;
use windrose_http::exchange::Duplex;
use windrose_stream::{Io, Socket, buffer};
use windrose_wire::client_hello::{ClientHello, Outcome, Scan, ServerName};

use super::http::Gate;
use super::{h1, h2};
use crate::worker::{Deadline, SlotGuard};

/// Gives a client its time for the first words.
pub(super) fn await_words(gate: &Gate, slot: &SlotGuard) {
    let limit = gate.options.read_timeout.or(gate.options.idle_timeout);
    slot.set_deadline(limit.map_or(Deadline::None, Deadline::In));
}

/// Serves a connection that was just accepted, and that is for HTTP if it is for anything.
pub async fn serve(gate: Gate, conn: Conn, mut socket: Socket, slot: SlotGuard) {
    await_words(&gate, &slot);
    let mut read = BytesMut::new();
    let mut scan = Scan::default();
    loop {
        if !read_more(&mut socket, &mut read, &slot).await {
            return;
        }
        if read.first() == Some(&HANDSHAKE) {
            match scan.advance(&read) {
                Outcome::NeedMore => continue,
                Outcome::Hello(ClientHello { server_name: ServerName::Unusable(name), .. }) => {
                    return Box::pin(hello::refuse_name(gate, conn, socket, name)).await;
                }
                Outcome::Hello(hello) => {
                    return Box::pin(hello::accept(gate, conn, socket, read, hello, slot)).await;
                }
                Outcome::Invalid(defect) => return Box::pin(hello::refuse(conn, socket, defect)).await,
                Outcome::NotTls => return,
            }
        }
        match is_http2(&read) {
            None => {}
            Some(true) => {
                return Box::pin(h2::serve(gate, Rc::new(conn), Io::Plain(socket), read, slot)).await;
            }
            Some(false) => return h1::serve(gate, Rc::new(conn), Io::Plain(socket), read, slot).await,
        }
    }
}

/// Serves a connection of HTTP without TLS, of which something was read before.
pub(super) async fn plain(gate: Gate, conn: Conn, mut socket: Socket, mut read: BytesMut, slot: SlotGuard) {
    loop {
        match is_http2(&read) {
            None => {}
            Some(true) => {
                return Box::pin(h2::serve(gate, Rc::new(conn), Io::Plain(socket), read, slot)).await;
            }
            Some(false) => return h1::serve(gate, Rc::new(conn), Io::Plain(socket), read, slot).await,
        }
        if !read_more(&mut socket, &mut read, &slot).await {
            return;
        }
    }
}

/// Whether the bytes begin an HTTP/2 connection (RFC 9113 §3.4); `None` when it cannot be told yet.
fn is_http2(read: &[u8]) -> Option<bool> {
    let len = read.len().min(PREFACE.len());
    let same = read.get(..len) == PREFACE.get(..len);
    if same && len < PREFACE.len() { None } else { Some(same) }
}

/// Reads once; says whether there is anything to go on with.
pub(super) async fn read_more(socket: &mut Socket, read: &mut BytesMut, slot: &SlotGuard) -> bool {
    poll_fn(|cx| {
        slot.watch(cx);
        if slot.is_late() {
            return Poll::Ready(false);
        }
        if slot.is_closing() {
            slot.hurry();
        }
        if read.is_empty() {
            match socket.poll_readable(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                Poll::Ready(Ok(())) => {}
            }
        }
        buffer::make_room(read);
        let polled = socket.poll_read_into(cx, read);
        if polled.is_pending() && read.is_empty() {
            // A stream that was just accepted is thought ready until a read finds nothing.
            buffer::give(std::mem::take(read));
        }
        polled.map(|read| matches!(read, Ok(1..)))
    })
    .await
}

/// Waits for `future`, but not beyond the connection's deadline.
pub(super) async fn until_late<F: Future>(slot: &SlotGuard, future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    poll_fn(|cx| {
        slot.watch(cx);
        if slot.is_late() {
            return Poll::Ready(None);
        }
        if slot.is_closing() {
            slot.hurry();
        }
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

pub(super) const HANDSHAKE: u8 = 0x16;
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
