//! HTTP/3 towards a client (RFC 9114).
//!
//! The connection's task keeps QUIC going, reads the streams that only the client writes and accepts requests; each
//! request is answered by a task of its own on the same worker. *Invariant*: what one connection can make us hold is
//! bounded as it is in HTTP/2: heads that are kept or not complete, bodies by their windows, answers by their account.

mod answer;
mod code;
mod incoming;
mod life;
mod receiver;
mod request;
mod sender;
mod tunnel;
mod uni;

use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use quinn_proto::{Dir, StreamId};
use windrose_http::Conn;
use windrose_wire::h3::{frame, settings, varint};

use self::answer::{Stream, answer};
use self::life::Life;
use self::uni::{Unis, Violation};
use super::detect::await_words;
use super::http::{Accepted, Gate};
use super::quic::{Handshake, Hub, Link, Shaken};
use crate::tasks;
use crate::worker::{Deadline, Phase, SlotGuard, Speaks};

/// Serves a connection from its handshake to its end.
pub(crate) async fn serve(hub: Rc<Hub>, link: Rc<Link>, handshake: Handshake, slot: SlotGuard) {
    let mut gate = Gate {
        worker: Rc::clone(&hub.worker),
        listener: hub.listener,
        options: Arc::clone(&hub.options),
        tls: None,
    };
    drop(hub);
    slot.speaks(Speaks::Http3);
    await_words(&gate, &slot);
    let shaken = shake(&link, &slot).await;
    drop(handshake);
    if let Some(shaken) = shaken {
        gate.tls = Some(Accepted::new(shaken.options, slot.retiring()));
        let conn = connection(&gate, &link, shaken);
        Box::pin(run(gate, conn, &link, &slot)).await;
    }
    link.close(code::NO_ERROR, "");
    // The farewell leaves before whoever stops the gateway takes the connection for ended.
    poll_fn(|cx| {
        let _ = link.poll(cx);
        Poll::Ready(())
    })
    .await;
    drop(slot);
    // Late packets are answered for a while (RFC 9000 §10.2).
    poll_fn(|cx| link.poll(cx)).await;
}

/// Waits for the handshake; nothing when there is none.
async fn shake(link: &Rc<Link>, slot: &SlotGuard) -> Option<Shaken> {
    poll_fn(|cx| {
        slot.watch(cx);
        if link.poll(cx).is_ready() || link.ended().is_some() || slot.is_late() {
            return Poll::Ready(None);
        }
        if slot.is_closing() {
            slot.hurry();
        }
        link.shaken().map_or(Poll::Pending, |shaken| Poll::Ready(Some(shaken)))
    })
    .await
}

fn connection(gate: &Gate, link: &Link, shaken: Shaken) -> Rc<Conn> {
    let canonical = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
    let peer = canonical(link.peer());
    Rc::new(Conn {
        entry_point: Arc::clone(&gate.options.name),
        peer,
        peer_ip: peer.ip().to_string().into_boxed_str(),
        local: canonical(link.local()),
        accepted: Instant::now(),
        desk: Rc::clone(&gate.worker.desk),
        trust: gate.options.trusted.judge(peer.ip()),
        odd_names: gate.options.odd_names,
        tls: Some(shaken.tls),
    })
}

enum Event {
    Request(StreamId),
    /// The last request has its answer.
    Quiet,
    /// No further requests.
    Close,
    Violated(Violation),
    End,
}

/// The connection as its task sees it.
struct Connection<'a> {
    link: &'a Rc<Link>,
    slot: &'a SlotGuard,
    gate: Rc<Gate>,
    life: Rc<Life>,
    unis: Unis,
    control: Option<StreamId>,
    /// What is still to be written there.
    words: bytes::Bytes,
    stage: Stage,
    /// The first stream that was not accepted.
    next: u64,
    /// Whether the client may have as many streams open as it ever may.
    is_wide: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// The client knows that no further requests are taken.
    Closing,
}

/// Whether something was said of the connection in this turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Something,
}

async fn run(gate: Gate, conn: Rc<Conn>, link: &Rc<Link>, slot: &SlotGuard) {
    let idle = gate.options.idle_timeout.map_or(Deadline::None, Deadline::In);
    let mut words = Vec::new();
    varint::write(&mut words, CONTROL);
    let most_head = gate.options.max_head as u64;
    frame::write_settings(
        &mut words,
        &[(settings::MAX_FIELD_SECTION_SIZE, most_head), (settings::ENABLE_CONNECT_PROTOCOL, 1)],
    );
    let mut connection = Connection {
        link,
        slot,
        gate: Rc::new(gate),
        life: Life::new(link),
        unis: Unis::default(),
        control: link.open(),
        words: words.into(),
        stage: Stage::Open,
        next: 0,
        is_wide: false,
    };
    slot.set_deadline(idle);
    loop {
        match connection.next().await {
            Event::Request(id) => {
                slot.set_phase(Phase::Busy);
                slot.set_deadline(Deadline::None);
                let stream = Stream {
                    gate: Rc::clone(&connection.gate),
                    conn: Rc::clone(&conn),
                    life: Rc::clone(&connection.life),
                    link: Rc::clone(link),
                    id,
                    open: connection.life.begin(),
                };
                // In a box: the runtime moves what it is given several times, and a stream is large.
                tasks::spawn_local("h3 stream", Box::pin(answer(stream)));
                connection.widen();
            }
            Event::Quiet => {
                slot.set_phase(Phase::Idle);
                slot.set_deadline(idle);
                if connection.stage == Stage::Closing {
                    slot.hurry();
                }
            }
            Event::Close => connection.close(),
            Event::Violated(Violation { code, reason }) => {
                tracing::debug!(peer = %conn.peer, code, reason, "HTTP/3 connection ended");
                return link.close(code, reason);
            }
            Event::End => return,
        }
    }
}

impl Connection<'_> {
    async fn next(&mut self) -> Event {
        let was_busy = self.slot.phase() == Phase::Busy;
        poll_fn(|cx| {
            self.slot.watch(cx);
            if self.link.poll(cx).is_ready() || self.link.ended().is_some() {
                return Poll::Ready(Event::End);
            }
            if let Err(violation) = self.unis.poll(self.link, cx) {
                return Poll::Ready(Event::Violated(violation));
            }
            while let Some(id) = self.link.accept(Dir::Uni) {
                self.unis.add(id);
                if let Err(violation) = self.unis.poll(self.link, cx) {
                    return Poll::Ready(Event::Violated(violation));
                }
            }
            let said = match self.poll_control(cx) {
                Ok(said) => said,
                Err(violation) => return Poll::Ready(Event::Violated(violation)),
            };
            while let Some(id) = self.link.accept(Dir::Bi) {
                if self.stage == Stage::Closing {
                    self.link.reset(id, code::REQUEST_REJECTED);
                    self.link.stop(id, code::REQUEST_REJECTED);
                    continue;
                }
                self.next = self.next.max(u64::from(quinn_proto::VarInt::from(id)) + STEP);
                return Poll::Ready(Event::Request(id));
            }
            self.judge(was_busy, said)
        })
        .await
    }

    /// What is to be done when nothing has come.
    fn judge(&self, was_busy: bool, said: Said) -> Poll<Event> {
        let open = self.life.open.get();
        // What was handed over is not with the client yet.
        let is_busy = open > 0 || self.link.unsent() > usize::from(self.control.is_some());
        let closing = self.stage == Stage::Closing;
        if self.slot.is_late() {
            return Poll::Ready(if closing || open > 0 { Event::End } else { Event::Close });
        }
        // What was just said has still to be sent, for which the task is woken again.
        if closing && !is_busy && self.words.is_empty() && said == Said::Nothing {
            return Poll::Ready(Event::End);
        }
        if !closing && self.life.is_abused() {
            return Poll::Ready(Event::Violated(ABUSE));
        }
        if !closing && (self.slot.is_closing() || self.is_spent()) {
            return Poll::Ready(Event::Close);
        }
        if was_busy && !is_busy {
            return Poll::Ready(Event::Quiet);
        }
        if open > 0 && self.slot.looks() && self.link.heard().elapsed() >= SILENCE {
            // A client that only waits sends nothing: this says on both sides that the other is still there.
            self.link.ping();
        }
        Poll::Pending
    }

    /// Writes what is to be said of the connection.
    fn poll_control(&mut self, cx: &Context<'_>) -> Result<Said, Violation> {
        let Some(control) = self.control else { return Ok(Said::Nothing) };
        let mut said = Said::Nothing;
        while !self.words.is_empty() {
            match self.link.poll_write(control, &mut self.words, cx) {
                Poll::Ready(Ok(_)) => said = Said::Something,
                Poll::Ready(Err(_)) => {
                    let reason = "the stream that the connection needs is not wanted";
                    return Err(Violation { code: code::CLOSED_CRITICAL_STREAM, reason });
                }
                Poll::Pending => break,
            }
        }
        Ok(said)
    }

    /// Takes no further requests, and says so.
    fn close(&mut self) {
        self.stage = Stage::Closing;
        let mut words = self.words.to_vec();
        frame::write_goaway(&mut words, self.next);
        self.words = words.into();
        self.slot.set_deadline(Deadline::None);
        if self.life.open.get() == 0 {
            // The client may be too far gone to take leave.
            self.slot.hurry();
        }
    }

    fn is_spent(&self) -> bool {
        let options = &self.gate.options;
        options.max_requests.is_some_and(|most| self.life.served.get() >= most)
            || options.max_age.is_some_and(|age| self.life.born.elapsed() >= age)
    }

    /// Lets a client that asks for much at a time ask for more.
    fn widen(&mut self) {
        if !self.is_wide && self.life.open.get() > MANY {
            self.is_wide = true;
            self.link.allow(self.gate.options.http2.max_streams);
        }
    }
}

/// The type of the stream with settings.
const CONTROL: u64 = 0x00;
/// From one request of a client to the next.
const STEP: u64 = 4;
/// Requests at a time from which on a client may have as many as the entry point allows.
const MANY: usize = 50;
/// How long nothing may be heard of a client that waits.
const SILENCE: Duration = Duration::from_secs(15);
const ABUSE: Violation =
    Violation { code: code::EXCESSIVE_LOAD, reason: "most of what was asked for was given up" };
