//! HTTP/2 towards a client, over TLS or with prior knowledge.
//!
//! The connection's task accepts streams and drives the frames; each stream is answered by a task of its own
//! on the same worker.

mod incoming;
mod request;
mod respond;
mod tunnel;

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use h2::RecvStream;
use h2::server::{Connection, SendResponse};
use http::Request;
use windrose_http::{Conn, Course, Exchange, Failure};
use windrose_stream::h2::{Backlog, Frames, Piece};
use windrose_stream::{Flusher, Gathered, Io};

use super::heads::Heads;
use super::http::{Gate, begin, handle};
use crate::tasks;
use crate::worker::{Deadline, Phase, SlotGuard, Speaks};

/// Serves a connection to its end; `read` is what was read of it before.
pub async fn serve(gate: Gate, conn: Rc<Conn>, io: Io, read: BytesMut, slot: SlotGuard) {
    slot.speaks(Speaks::Http2);
    let io = Io::ahead(read, io);
    let options = &gate.options.http2;
    let mut builder = h2::server::Builder::new();
    builder
        .max_concurrent_streams(options.max_streams)
        .header_table_size(options.decoder_table)
        .max_header_list_size(u32::try_from(gate.options.max_head).unwrap_or(u32::MAX))
        .max_local_error_reset_streams(Some(MOST_ERRORS))
        .data_frame_budget(SMALL_FRAMES)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buffer_size(SEND_BUFFER)
        .enable_connect_protocol();
    let (io, out) = Gathered::counting(io, Frames::behind(PREFACE));
    let mut handshake = pin!(builder.handshake::<_, Piece>(io));
    let shaken = poll_fn(|cx| {
        slot.watch(cx);
        if slot.is_late() {
            return Poll::Ready(None);
        }
        let shaken = handshake.as_mut().poll(cx);
        let _ = out.poll(cx);
        shaken.map(Result::ok)
    });
    let Some(mut connection) = shaken.await else { return };
    let gate = Rc::new(gate);
    let life = Rc::new(Life {
        born: Instant::now(),
        served: Cell::new(0),
        open: Cell::new(0),
        abandoned: Cell::new(0),
        heads: Rc::default(),
        backlog: Backlog::new(),
        driver: RefCell::default(),
    });
    let mut closing = false;
    slot.set_deadline(idle(&gate));
    loop {
        match next(&mut connection, &out, &slot, &gate, &life, closing).await {
            Event::Stream(request, respond) => {
                slot.set_phase(Phase::Busy);
                slot.set_deadline(Deadline::None);
                life.open.set(life.open.get() + 1);
                life.served.set(life.served.get() + 1);
                let stream =
                    Stream { gate: Rc::clone(&gate), conn: Rc::clone(&conn), life: Rc::clone(&life) };
                // In a box: the runtime moves what it is given several times, and a stream is large.
                tasks::spawn_local("h2 stream", Box::pin(answer(stream, request, respond)));
            }
            Event::Quiet => {
                slot.set_phase(Phase::Idle);
                slot.set_deadline(idle(&gate));
                if closing {
                    slot.hurry();
                }
            }
            Event::Close => {
                closing = true;
                connection.graceful_shutdown();
                if life.open.get() == 0 {
                    // The client may be too far gone to take leave.
                    slot.set_deadline(Deadline::None);
                    slot.hurry();
                }
            }
            Event::Abuse => {
                closing = true;
                connection.abrupt_shutdown(h2::Reason::ENHANCE_YOUR_CALM);
            }
            Event::End => break,
        }
    }
    // What was written last says why.
    let _ = tokio::time::timeout(LAST_WORDS, poll_fn(|cx| out.poll(cx))).await;
}

/// What a connection and its streams share.
struct Life {
    born: Instant,
    served: Cell<u64>,
    open: Cell<usize>,
    /// Streams that the client reset before they were answered.
    abandoned: Cell<u64>,
    /// What its requests keep.
    heads: Rc<Heads>,
    /// What its answers keep.
    backlog: Rc<Backlog>,
    /// The connection's task. One that cannot write hears nothing from the library of streams that end.
    driver: RefCell<Option<Waker>>,
}

impl Life {
    fn watch(&self, cx: &Context<'_>) {
        let mut driver = self.driver.borrow_mut();
        if !driver.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            *driver = Some(cx.waker().clone());
        }
    }
}

struct Stream {
    gate: Rc<Gate>,
    conn: Rc<Conn>,
    life: Rc<Life>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        let left = self.life.open.get().saturating_sub(1);
        self.life.open.set(left);
        if left == 0
            && let Some(driver) = self.life.driver.borrow().as_ref()
        {
            driver.wake_by_ref();
        }
    }
}

#[allow(clippy::large_enum_variant, reason = "a box would cost an allocation for each request")]
enum Event {
    Stream(Request<RecvStream>, SendResponse<Piece>),
    /// The last stream has ended.
    Quiet,
    /// No further streams.
    Close,
    /// The client asks only to make work.
    Abuse,
    End,
}

async fn next(
    connection: &mut Connection<Gathered, Piece>,
    out: &Flusher,
    slot: &SlotGuard,
    gate: &Gate,
    life: &Life,
    closing: bool,
) -> Event {
    let was_busy = life.open.get() > 0;
    poll_fn(|cx| {
        slot.watch(cx);
        life.watch(cx);
        if let Poll::Ready(accepted) = connection.poll_accept(cx) {
            return Poll::Ready(match accepted {
                Some(Ok((request, respond))) => Event::Stream(request, respond),
                Some(Err(_)) | None => Event::End,
            });
        }
        // All that the streams of this round have written leaves at once.
        let _ = out.poll(cx);
        if slot.is_late() {
            return Poll::Ready(if closing || life.open.get() > 0 { Event::End } else { Event::Close });
        }
        if !closing && (is_abused(life) || is_fidgety(out, life)) {
            return Poll::Ready(Event::Abuse);
        }
        if !closing && (slot.is_closing() || is_spent(gate, life)) {
            return Poll::Ready(Event::Close);
        }
        if was_busy && life.open.get() == 0 {
            return Poll::Ready(Event::Quiet);
        }
        Poll::Pending
    })
    .await
}

fn is_spent(gate: &Gate, life: &Life) -> bool {
    gate.options.max_requests.is_some_and(|most| life.served.get() >= most)
        || gate.options.max_age.is_some_and(|age| life.born.elapsed() >= age)
}

/// Whether most streams are given up before their answer: each made a server work and cost it a connection.
fn is_abused(life: &Life) -> bool {
    life.abandoned.get() > MOST_ABANDONED && life.abandoned.get() > life.served.get() / 2
}

/// Whether the client changes its settings for nothing but the work it makes: each change is one for every stream.
fn is_fidgety(out: &Flusher, life: &Life) -> bool {
    let settings = out.settings();
    settings > MOST_SETTINGS && settings - MOST_SETTINGS > life.born.elapsed().as_secs()
}

/// Whether the client gives up most of what it asks for. What it asks next waits a little, so that no server begins
/// what is given up at once.
fn is_fickle(life: &Life) -> bool {
    life.abandoned.get() > MANY_ABANDONED && life.abandoned.get() > life.served.get() / 2
}

fn idle(gate: &Gate) -> Deadline {
    gate.options.idle_timeout.map_or(Deadline::None, Deadline::In)
}

/// Answers one stream.
async fn answer(stream: Stream, request: Request<RecvStream>, mut respond: SendResponse<Piece>) {
    let map = request.headers();
    let bytes = map.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let Some(held) = stream.life.heads.take(map.len(), bytes) else {
        // RFC 9113 §8.7: whoever meant well may ask again.
        respond.send_reset(h2::Reason::REFUSED_STREAM);
        return;
    };
    let mut ex = Exchange::new(Rc::clone(&stream.conn)).furnish(stream.gate.worker.take_room());
    let options = &stream.gate.options;
    let slot = Rc::new(stream.gate.worker.register_stream(stream.gate.listener));
    slot.set_deadline(options.read_timeout.map_or(Deadline::None, Deadline::In));
    slot.set_answer_deadline(options.write_timeout.map_or(Deadline::None, Deadline::In));
    let (taken, behind) = request::take(request, &mut ex, options, &slot);
    let (incoming, tunnel) = behind.into_parts();
    let mut reply = match taken {
        Ok(Some(reply)) => reply,
        Ok(None) => {
            let interim = Rc::new(respond::Interims::default());
            if std::mem::take(&mut ex.expects_continue) {
                windrose_http::exchange::Interim::send(&*interim, 100, &windrose_http::Headers::new());
                interim.flush(&mut respond);
            }
            ex.interim = Some(Rc::clone(&interim) as Rc<dyn windrose_http::exchange::Interim>);
            begin(&stream.gate, &mut ex);
            let replied = {
                let mut handled = std::pin::pin!(async {
                    if is_fickle(&stream.life) {
                        Box::pin(tokio::time::sleep(SECOND_THOUGHT)).await;
                    }
                    handle(&stream.gate, &mut ex).await
                });
                poll_fn(|cx| {
                    if let Poll::Ready(reply) = handled.as_mut().poll(cx) {
                        return Poll::Ready(Some(reply));
                    }
                    interim.flush(&mut respond);
                    slot.watch(cx);
                    if slot.is_answer_late() {
                        respond.send_reset(h2::Reason::CANCEL);
                        return Poll::Ready(None);
                    }
                    // The body's deadline: whoever waits for more of it was told by the body itself.
                    if slot.is_late() {
                        return Poll::Ready(Some(Failure::AnswerTimeout.reply()));
                    }
                    respond.poll_reset(cx).map(|_| {
                        stream.life.abandoned.set(stream.life.abandoned.get() + 1);
                        None
                    })
                })
                .await
            };
            interim.flush(&mut respond);
            match replied {
                Some(reply) => {
                    Course::answered(&mut ex, &reply);
                    reply
                }
                None => {
                    Course::tell(&mut ex, |watch, ex| watch.left(ex));
                    ex.course.record.received = incoming.as_ref().map_or(0, |incoming| incoming.come());
                    return;
                }
            }
        }
        Err(failure) => failure.reply(),
    };
    if let (Some(server), Some(receive)) = (tunnel::agreed(&mut reply, &ex), tunnel) {
        drop(held);
        let opened = tunnel::open(respond, receive, reply, &stream.life.backlog);
        let course = std::mem::take(&mut ex.course);
        return Box::pin(tunnel::run(opened, server, &slot, course)).await;
    }
    let (answer, headers) = respond::Answer::new(reply, &ex.method);
    // An answer may take as long as its client likes: what is known of the request goes before.
    ex.spare = headers;
    stream.gate.worker.give_room(ex.shed());
    let mut course = std::mem::take(&mut ex.course);
    drop((ex, held));
    let (sent, end) = answer.send(respond, &slot, &stream.life.backlog, options.idle_timeout).await;
    course.record.received = incoming.as_ref().map_or(0, |incoming| incoming.come());
    course.record.sent = sent;
    course.end(end);
    drop(course);
    if let Some(incoming) = incoming {
        incoming.discard().await;
    }
}

/// The bytes before the first frame.
const PREFACE: usize = 24;
/// Whoever measures the line changes its window a few dozen times, and then seldom.
const MOST_SETTINGS: u64 = 100;
/// A page that is left abandons at most as many streams as may be open.
const MOST_ABANDONED: u64 = 250;
/// A page that is left may do so twice; from here on each stream has time for a second thought.
const MANY_ABANDONED: u64 = 50;
const SECOND_THOUGHT: Duration = Duration::from_millis(100);
/// Streams that break a rule, for which a server works in vain: a client that means well has none.
const MOST_ERRORS: usize = 100;
const LAST_WORDS: Duration = Duration::from_millis(500);
/// What small frames may cost beyond their data until their streams have had their turn: some 4,000 of them.
const SMALL_FRAMES: usize = 1024 * 1024;
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// More than a stream hands over at a time.
const SEND_BUFFER: usize = 64 * 1024;
