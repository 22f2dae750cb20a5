//! A stream that carries a WebSocket (RFC 8441): bytes both ways until both sides are done.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use h2::RecvStream;
use h2::server::SendResponse;
use http::{Response, StatusCode};
use windrose_http::course::End;
use windrose_http::exchange::Duplex;
use windrose_http::{Blame, Course, Exchange, Id, Reply};
use windrose_stream::Relay;
use windrose_stream::h2::{Backlog, ByteStream, Piece, Received, Share, to_map};

use crate::worker::{Deadline, SlotGuard};

/// Answers that the protocol is changed, which in HTTP/2 is an ordinary answer; nothing when the client has gone.
pub(super) fn open(
    mut respond: SendResponse<Piece>,
    receive: RecvStream,
    mut reply: Reply,
    backlog: &Rc<Backlog>,
) -> Option<ByteStream<()>> {
    reply.headers.take(Id::SEC_WEBSOCKET_ACCEPT);
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::OK;
    *response.headers_mut() =
        to_map(&reply.headers, |field| !field.id.is_framing() && !field.id.is_hop_by_hop());
    let send = respond.send_response(response, false).ok()?;
    let received = Received::new(receive, None, Blame::Client);
    Some(ByteStream::new(send, Share::new(backlog), received, ()))
}

/// The server's side of a tunnel, if both sides want one.
pub(super) fn agreed(reply: &mut Reply, ex: &Exchange) -> Option<Box<dyn Duplex>> {
    let is_agreed = reply.status == 101 && ex.offer.chosen().is_some();
    reply.upgrade.take().filter(|_| is_agreed)
}

/// Carries until there is nothing more to carry, and then ends the exchange.
pub(super) async fn run(
    client: Option<ByteStream<()>>,
    mut server: Box<dyn Duplex>,
    slot: &SlotGuard,
    mut course: Course,
) {
    slot.set_deadline(Deadline::None);
    slot.set_answer_deadline(Deadline::None);
    let mut relay = Relay::default();
    if let Some(mut client) = client {
        poll_fn(|cx| {
            slot.watch(cx);
            if slot.is_late() {
                return Poll::Ready(());
            }
            relay.poll(&mut client, &mut *server, cx).map(drop)
        })
        .await;
    }
    let carried = relay.carried();
    course.record.received = carried.up;
    course.record.sent = carried.down;
    course.end(End::Whole);
}
