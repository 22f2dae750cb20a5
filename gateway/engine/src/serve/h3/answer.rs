//! One request, from its first frame to the last of its answer.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use quinn_proto::StreamId;
use windrose_http::course::End;
use windrose_http::exchange::Interim;
use windrose_http::trailers::Rules;
use windrose_http::{Body, Conn, Course, Exchange, Failure, Headers, Id, Method, Reply};

use super::code;
use super::incoming::{Incoming, RequestBody};
use super::life::{Life, Open};
use super::receiver::{Cut, Piece, Receiver};
use super::request::{self, Head, NoHead};
use super::sender::{Sender, Sent, section};
use super::tunnel::Tunnel;
use crate::serve::http::{Gate, begin, handle};
use crate::serve::quic::Link;
use crate::serve::stalled::Stalled;
use crate::worker::{Deadline, SlotGuard, date};

/// What a stream's task has.
pub(super) struct Stream {
    pub(super) gate: Rc<Gate>,
    pub(super) conn: Rc<Conn>,
    pub(super) life: Rc<Life>,
    pub(super) link: Rc<Link>,
    pub(super) id: StreamId,
    pub(super) open: Open,
}

/// Why a stream is not answered.
enum NoAnswer {
    /// The connection goes with it.
    Closed,
    /// It is given up.
    Reset(u64),
}

/// Answers one stream.
pub(super) async fn answer(stream: Stream) {
    let worker = &stream.gate.worker;
    let options = &stream.gate.options;
    let slot = Rc::new(worker.register_stream(stream.gate.listener));
    slot.set_deadline(options.read_timeout.map_or(Deadline::None, Deadline::In));
    let mut sender = Sender::new(&stream.link, stream.id);
    let mut receiver = Receiver::new(&stream.link, &stream.life, stream.id, options.max_head);
    let mut ex = Exchange::new(Rc::clone(&stream.conn)).furnish(worker.take_room());
    let head = match take_head(&stream, &mut receiver, &mut ex, &slot).await {
        Ok(head) => head,
        Err(NoAnswer::Closed) => return,
        Err(NoAnswer::Reset(code)) => return sender.reset(code),
    };
    slot.set_answer_deadline(options.write_timeout.map_or(Deadline::None, Deadline::In));
    let Some(held) = stream.life.heads.take(head.fields, head.bytes) else {
        // RFC 9114 §4.1.1: whoever meant well may ask again.
        return sender.reset(code::REQUEST_REJECTED);
    };
    let mut receiver = Some(receiver);
    let incoming = match take_body(&stream, &mut receiver, &head, &mut ex, &slot).await {
        Ok(incoming) => incoming,
        Err(code) => return sender.reset(code),
    };
    let come = |incoming: &Option<Rc<Incoming>>| incoming.as_ref().map_or(0, |incoming| incoming.come());
    let mut reply = match head.reply {
        Some(reply) => reply,
        None => match reply(&stream, &mut ex, &mut sender, &slot).await {
            Some(reply) => {
                Course::answered(&mut ex, &reply);
                reply
            }
            None => {
                Course::tell(&mut ex, |watch, ex| watch.left(ex));
                ex.course.record.received = come(&incoming);
                return;
            }
        },
    };
    // What the client sends is read no more only when it has its answer.
    if reply.status == 101
        && ex.offer.chosen().is_some()
        && let (Some(server), Some(receiver)) = (reply.upgrade.take(), receiver.take())
    {
        reply.status = 200;
        reply.headers.take(Id::SEC_WEBSOCKET_ACCEPT);
        sender.push(section(Some(200), &reply.headers, is_kept));
        slot.set_deadline(Deadline::None);
        slot.set_answer_deadline(Deadline::None);
        drop((held, reply));
        let carried = Box::pin(Tunnel::new(receiver, sender, server).run(&slot)).await;
        ex.course.record.received = carried.up;
        ex.course.record.sent = carried.down;
        ex.course.end(End::Whole);
        return;
    }
    let mut answer = Answer::new(reply, &ex.method);
    // An answer may take as long as its client likes: what is known of the request goes before.
    ex.spare = answer.headers.take().unwrap_or_default();
    worker.give_room(ex.shed());
    let mut course = std::mem::take(&mut ex.course);
    drop((ex, held));
    let end = answer.send(&stream, &mut sender, &slot, options.idle_timeout).await;
    course.record.received = come(&incoming);
    course.record.sent = sender.handed();
    course.end(end);
    drop(stream.open);
}

/// Waits for the fields that a request begins with, and takes them over.
async fn take_head(
    stream: &Stream,
    receiver: &mut Receiver,
    ex: &mut Exchange,
    slot: &SlotGuard,
) -> Result<Head, NoAnswer> {
    let piece = poll_fn(|cx| {
        slot.watch(cx);
        if slot.is_late() { Poll::Ready(None) } else { receiver.poll(cx).map(Some) }
    });
    let section = match piece.await {
        Some(Ok(Piece::Section(section))) => section,
        Some(Ok(Piece::End | Piece::Data(_))) => return Err(NoAnswer::Reset(code::REQUEST_INCOMPLETE)),
        Some(Err(Cut::Gone)) => return Err(NoAnswer::Reset(code::REQUEST_CANCELLED)),
        Some(Err(Cut::TooLarge)) => return Ok(Head::failed(Failure::HeadTooLarge)),
        None => return Ok(Head::failed(Failure::ClientTimeout)),
    };
    let mut scratch = stream.life.scratch.borrow_mut();
    match request::take(&section, &mut scratch, ex, &stream.gate.options) {
        Ok(head) => Ok(head),
        Err(NoHead::Failed(failure)) => Ok(Head::failed(failure)),
        Err(NoHead::Undecodable) => {
            stream.link.close(code::DECOMPRESSION_FAILED, "fields that cannot be read");
            Err(NoAnswer::Closed)
        }
        Err(NoHead::Malformed) => {
            stream.life.mark_wrong();
            Err(NoAnswer::Reset(code::MESSAGE_ERROR))
        }
    }
}

/// Makes what follows the head the body, unless it is for a tunnel.
async fn take_body(
    stream: &Stream,
    receiver: &mut Option<Receiver>,
    head: &Head,
    ex: &mut Exchange,
    slot: &Rc<SlotGuard>,
) -> Result<Option<Rc<Incoming>>, u64> {
    if head.is_tunnel {
        slot.set_deadline(Deadline::None);
        return Ok(None);
    }
    let Some(mut from) = receiver.take() else { return Ok(None) };
    if poll_fn(|cx| Poll::Ready(from.ends_here(cx))).await {
        ex.expects_continue = false;
        slot.set_deadline(Deadline::None);
        return match head.length {
            None | Some(0) => Ok(None),
            Some(_) => {
                stream.life.mark_wrong();
                Err(code::MESSAGE_ERROR)
            }
        };
    }
    let place = (&stream.link, &stream.life, stream.id);
    let incoming = Incoming::new(from, place, head.length, stream.gate.options.max_head, slot);
    if head.reply.is_none() {
        ex.body = Body::Stream(Box::new(RequestBody(Rc::clone(&incoming))));
    }
    Ok(Some(incoming))
}

/// Has the request answered, unless the client gives it up meanwhile.
async fn reply(stream: &Stream, ex: &mut Exchange, sender: &mut Sender, slot: &SlotGuard) -> Option<Reply> {
    let interim = Rc::new(Interims::default());
    if std::mem::take(&mut ex.expects_continue) {
        interim.send(100, &Headers::new());
    }
    ex.interim = Some(Rc::clone(&interim) as Rc<dyn Interim>);
    begin(&stream.gate, ex);
    let mut handled = pin!(async {
        if stream.life.is_fickle() {
            Box::pin(tokio::time::sleep(SECOND_THOUGHT)).await;
        }
        handle(&stream.gate, ex).await
    });
    let replied = poll_fn(|cx| {
        let polled = handled.as_mut().poll(cx);
        interim.waiting.borrow_mut().drain(..).for_each(|head| sender.push(head));
        let _ = sender.poll_flush(cx);
        if let Poll::Ready(reply) = polled {
            return Poll::Ready(Some(reply));
        }
        slot.watch(cx);
        if slot.is_answer_late() {
            sender.reset(code::REQUEST_CANCELLED);
            return Poll::Ready(None);
        }
        // The body's deadline: whoever waits for more of it was told by the body itself.
        if slot.is_late() {
            return Poll::Ready(Some(Failure::AnswerTimeout.reply()));
        }
        stream.link.poll_refused(stream.id, cx).map(|()| {
            stream.life.abandon();
            None
        })
    });
    replied.await
}

/// The head of a reply as it is sent, and what comes behind it.
struct Answer {
    head: Vec<u8>,
    headers: Option<Headers>,
    rules: Option<Box<Rules>>,
    body: Body,
}

impl Answer {
    fn new(mut reply: Reply, method: &Method) -> Self {
        if !reply.headers.contains(Id::DATE) {
            reply.headers.push(Id::DATE, &date());
        }
        let bodiless = *method == Method::Head || matches!(reply.status, 204 | 304);
        let length = if bodiless {
            reply.declared_length.get().or_else(|| reply.body.length().filter(|length| *length > 0))
        } else {
            reply.body.length()
        };
        let rules = Rules::of_answer(&reply.headers, &reply.body);
        reply.headers.retain(is_kept);
        if let Some(length) = length.filter(|_| reply.status != 204) {
            reply.headers.push(Id::CONTENT_LENGTH, itoa::Buffer::new().format(length).as_bytes());
        }
        if bodiless {
            reply.body = Body::Empty;
        }
        let head = section(Some(reply.status), &reply.headers, |_| true);
        Self { head, headers: Some(reply.headers), rules, body: reply.body }
    }

    /// Sends head and body. A client that takes nothing of it for as long as `patience` gets no more.
    async fn send(
        &mut self,
        stream: &Stream,
        sender: &mut Sender,
        slot: &Rc<SlotGuard>,
        patience: Option<Duration>,
    ) -> End {
        if self.head.len() > LARGE_HEAD && stream.link.is_full() {
            sender.reset(code::EXCESSIVE_LOAD);
            return End::Broken;
        }
        sender.push_answer(std::mem::take(&mut self.head), &mut self.body, self.rules.take());
        let mut stalled = Stalled::new(slot, patience);
        poll_fn(|cx| {
            slot.watch(cx);
            if slot.is_answer_late() {
                sender.reset(code::REQUEST_CANCELLED);
                return Poll::Ready(End::Broken);
            }
            Poll::Ready(match sender.poll(&mut self.body, cx) {
                Poll::Pending if stalled.is_late(sender.stuck(), cx) => {
                    sender.reset(code::REQUEST_CANCELLED);
                    End::Gone
                }
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Sent::Broken) => {
                    sender.reset(code::INTERNAL_ERROR);
                    End::Broken
                }
                Poll::Ready(Sent::Refused) => End::Gone,
                Poll::Ready(Sent::Whole) => End::Whole,
            })
        })
        .await
    }
}

fn is_kept(field: windrose_http::headers::Field<'_>) -> bool {
    !field.id.is_framing() && !field.id.is_hop_by_hop()
}

/// Answers that come before the answer, on their way to the stream.
#[derive(Default)]
struct Interims {
    waiting: RefCell<Vec<Vec<u8>>>,
    /// The bytes of those that came.
    taken: Cell<usize>,
}

impl Interim for Interims {
    fn send(&self, status: u16, headers: &Headers) {
        let head = section(Some(status), headers, is_kept);
        // They are hints: a client that is sent too many of them does without.
        self.taken.set(self.taken.get() + head.len());
        if self.taken.get() <= MOST_INTERIM {
            self.waiting.borrow_mut().push(head);
        }
    }
}

const SECOND_THOUGHT: Duration = Duration::from_millis(100);
/// Room for a page full of early hints.
const MOST_INTERIM: usize = 8 * 1024;
/// A head that need not wait for a client that does not read.
const LARGE_HEAD: usize = 16 * 1024;
