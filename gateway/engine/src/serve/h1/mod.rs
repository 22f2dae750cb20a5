//! HTTP/1 towards a client.
//!
//! One task for each connection: read a head, answer, write, again. The stream, its buffers and the state of
//! the body being received live in a [`Link`] that the task shares with the body and with the sender of
//! interim answers; each borrows it for one poll.

mod body;
mod line;
mod link;
mod reply;
mod tunnel;

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use windrose_http::course::End;
use windrose_http::framing::{self, Framing};
use windrose_http::{Body, Conn, Course, Exchange, Failure, Id, Method, Protocol, Reply};
use windrose_stream::Io;
use windrose_wire::head::{RequestHead, Version};

use self::body::RequestBody;
use self::link::{Link, NoHead};
use self::reply::Ending;
use super::http::{Gate, begin, expectation, handle};
use crate::worker::{Deadline, Phase, SlotGuard, Speaks};

/// Serves a connection to its end; `read` is what was read of it before.
pub async fn serve(gate: Gate, conn: Rc<Conn>, io: Io, read: BytesMut, slot: SlotGuard) {
    let born = Instant::now();
    slot.speaks(Speaks::Http1);
    let link = Rc::new(Link::new(io, read, slot));
    let mut ex = Exchange::new(conn);
    ex.interim = Some(Rc::clone(&link) as Rc<dyn windrose_http::exchange::Interim>);
    let mut served = 0_u64;
    link.await_head(gate.options.read_timeout.or(gate.options.idle_timeout), &gate.options);
    loop {
        let parsed = match poll_fn(|cx| link.poll_head(cx, &gate.options, &mut ex)).await {
            Ok(parsed) => parsed,
            Err(NoHead::Closed) => break,
            Err(NoHead::Failed(failure)) => {
                let _ = link.refuse(failure).await;
                break;
            }
        };
        served += 1;
        ex.started = Instant::now();
        let too_old = gate.options.max_age.is_some_and(|age| born.elapsed() >= age);
        let too_many = gate.options.max_requests.is_some_and(|most| served >= most);
        let keeps = !too_old && !too_many && wants_keep_alive(&parsed, &ex);
        let reply = match receive(&link, &parsed, &mut ex, &gate) {
            Ok(None) => match answer(&link, &gate, &mut ex).await {
                Some(reply) => {
                    Course::answered(&mut ex, &reply);
                    reply
                }
                None => {
                    Course::tell(&mut ex, |watch, ex| watch.left(ex));
                    ex.course.record.received = link.received();
                    break;
                }
            },
            Ok(Some(reply)) => reply,
            Err(failure) => {
                let _ = link.refuse(failure).await;
                break;
            }
        };
        ex.body = Body::Empty;
        // What follows a CONNECT is not for us, whatever we answered.
        let keeps = keeps && ex.method != Method::Connect;
        if !respond(&link, &gate, &mut ex, reply, keeps).await {
            break;
        }
        ex.reset();
    }
    link.close().await;
}

/// Answers, unless the client goes away meanwhile.
async fn answer(link: &Rc<Link>, gate: &Gate, ex: &mut Exchange) -> Option<Reply> {
    if let Some(limit) = gate.options.write_timeout {
        link.slot.set_answer_deadline(Deadline::In(limit));
    }
    begin(gate, ex);
    let mut handled = pin!(handle(gate, ex));
    poll_fn(|cx| {
        link.begin_turn();
        if let Poll::Ready(reply) = handled.as_mut().poll(cx) {
            return Poll::Ready(Some(reply));
        }
        if link.poll_gone(cx).is_ready() {
            return Poll::Ready(None);
        }
        if link.is_stuck() {
            return Poll::Ready(Some(Failure::AnswerTimeout.reply()));
        }
        Poll::Pending
    })
    .await
}

/// Takes over what the head says; gives the reply to requests that are answered here.
fn receive(
    link: &Rc<Link>,
    head: &RequestHead,
    ex: &mut Exchange,
    gate: &Gate,
) -> Result<Option<Reply>, Failure> {
    ex.protocol = if head.version == Version::Http10 { Protocol::Http10 } else { Protocol::Http11 };
    link.take_request_line(head, ex, &gate.options)?;
    let framing = framing::of_request(head.version, &ex.headers).map_err(|_| Failure::BadRequest)?;
    match expectation(ex) {
        Some(true) => {
            ex.headers.take(Id::EXPECT);
            ex.expects_continue = head.version == Version::Http11;
        }
        Some(false) => {
            // Nobody knows whether a body still comes, so the connection ends after the answer.
            link.expect_body(framing, true);
            return Ok(Some(Reply::empty(417)));
        }
        None => {}
    }
    ex.body = match framing {
        Framing::None | Framing::UntilClose | Framing::Length(0) => {
            ex.expects_continue = false;
            link.slot.set_deadline(Deadline::None);
            Body::Empty
        }
        framing => {
            link.expect_body(framing, ex.expects_continue);
            Body::Stream(Box::new(RequestBody::new(Rc::clone(link), framing)))
        }
    };
    match ex.method {
        Method::Connect => Ok(Some(Failure::ConnectMethod.reply())),
        Method::Options if ex.target.as_str().is_empty() => Ok(Some(Reply::empty(200))),
        _ => Ok(None),
    }
}

fn wants_keep_alive(head: &RequestHead, ex: &Exchange) -> bool {
    match head.version {
        Version::Http11 => !ex.headers.has_token(Id::CONNECTION, "close"),
        Version::Http10 => ex.headers.has_token(Id::CONNECTION, "keep-alive"),
    }
}

/// Writes a reply; says whether the connection can take another request.
async fn respond(link: &Rc<Link>, gate: &Gate, ex: &mut Exchange, mut reply: Reply, keeps: bool) -> bool {
    if reply.status == 101
        && let Some(server) = reply.upgrade.take()
        && let Some(to) = ex.offer.chosen()
    {
        // On the heap, so that connections without a tunnel need not have room for it.
        let carried = Box::pin(link.tunnel(reply, to, server)).await;
        ex.course.record.received = carried.up;
        ex.course.record.sent = carried.down;
        ex.course.end(End::Whole);
        return false;
    }
    let body_left = link.is_receiving();
    let drains = body_left && keeps && link.can_drain();
    // Its end is the only end that HTTP/1.0 knows for an answer of unknown length.
    let ends_answer = ex.protocol == Protocol::Http10 && reply.body.length().is_none();
    let keeps = keeps && !ends_answer && (!body_left || drains) && !link.slot.is_closing();
    let ending = if keeps { Ending::KeepAlive } else { Ending::Close };
    let written = link.write(&mut reply, ex, ending).await;
    ex.course.record.received = link.received();
    ex.course.record.sent = written.sent;
    ex.course.end(written.end);
    if written.end != End::Whole {
        return false;
    }
    ex.spare = reply.headers;
    ex.spare.clear();
    ex.spare.shrink(KEPT_HEAD);
    if !keeps {
        if body_left {
            link.linger().await;
        }
        return false;
    }
    if drains && link.drain().await.is_err() {
        link.linger().await;
        return false;
    }
    link.slot.set_phase(Phase::Idle);
    link.slot.set_answer_deadline(Deadline::None);
    link.await_head(gate.options.idle_timeout, &gate.options);
    true
}

type IoResult = io::Result<()>;

const KEPT_HEAD: usize = 4096;
const LINGER: Duration = Duration::from_millis(500);
