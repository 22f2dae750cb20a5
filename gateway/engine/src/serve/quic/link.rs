//! One connection of QUIC.
//!
//! Its task calls [`Link::poll`], which takes in what has come, keeps the clocks and sends what there is to send; the
//! tasks of its streams read and write by calls that answer at once. Whoever has written something wakes the
//! connection's task, so all that the streams of a round have written leaves together.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use quinn_proto::{
    Connection, ConnectionError, ConnectionEvent, ConnectionHandle, Dir, Event, ReadError, ReadableError,
    StreamEvent, StreamId, Transmit, VarInt, WriteError,
};
use tokio::time::Sleep;

use super::hub::Hub;
use super::piece::Account;
use super::session::Shaken;

/// One connection of QUIC.
pub(crate) struct Link {
    hub: Rc<Hub>,
    handle: ConnectionHandle,
    /// Who connected, and where to, as it was when the handshake began: a client that changes its address is still the
    /// one that proved this one.
    peer: SocketAddr,
    local: SocketAddr,
    account: Account,
    heard: Cell<Instant>,
    state: RefCell<State>,
}

struct State {
    quic: Connection,
    task: Option<Waker>,
    /// Who waits for bytes of a stream, and who for room in one or for word that it is not wanted.
    readers: Wakers,
    writers: Wakers,
    /// Who waits until the connection has less to write.
    full: Vec<Waker>,
    is_shaken: bool,
    ended: Option<Ended>,
    /// Whether the endpoint knows nothing of it any more.
    is_forgotten: bool,
    /// What the socket did not take.
    unsent: Option<(Transmit, Vec<u8>)>,
    /// Wakes the task; `armed` is when, or never.
    timer: Option<Pin<Box<Sleep>>>,
    armed: Option<Instant>,
}

type Wakers = HashMap<StreamId, Waker, RandomState>;

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By the client, or because nothing was heard of it.
    Gone,
    /// By us.
    Closed,
}

/// Bytes of a stream.
#[derive(Debug)]
pub(crate) struct Read {
    /// Nothing only at the end.
    pub(crate) bytes: Bytes,
    /// Whether the stream ends with them.
    pub(crate) is_last: bool,
}

/// Why nothing can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadFail {
    /// The client has given the stream up, or the connection is gone.
    Reset,
}

/// Why nothing can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteFail {
    /// The client does not want it, or the connection is gone.
    Refused,
}

impl Link {
    pub(super) fn new(
        hub: Rc<Hub>,
        handle: ConnectionHandle,
        quic: Connection,
        peer: SocketAddr,
        local: SocketAddr,
        now: Instant,
    ) -> Rc<Self> {
        let state = State {
            quic,
            task: None,
            readers: Wakers::default(),
            writers: Wakers::default(),
            full: Vec::new(),
            is_shaken: false,
            ended: None,
            is_forgotten: false,
            unsent: None,
            timer: None,
            armed: None,
        };
        let (account, heard) = (Account::default(), Cell::new(now));
        Rc::new(Self { hub, handle, peer, local, account, heard, state: RefCell::new(state) })
    }

    /// Who connected.
    pub(crate) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Where to.
    pub(crate) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Takes what has come for it.
    pub(super) fn hear(&self, event: ConnectionEvent, now: Instant) {
        self.heard.set(now);
        let mut state = self.state.borrow_mut();
        state.quic.handle_event(event);
        state.stir();
    }

    /// Takes in what has come and sends what there is to send; wakes the task when there is more to do. Ready when the
    /// connection is over and forgotten.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let mut state = self.state.borrow_mut();
        if state.is_forgotten {
            return Poll::Ready(());
        }
        if !state.task.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            state.task = Some(cx.waker().clone());
        }
        if state.armed.is_some_and(|at| at <= now) {
            state.armed = None;
            state.quic.handle_timeout(now);
        }
        loop {
            state.take_events();
            if self.tell_endpoint(&mut state) {
                return Poll::Ready(());
            }
            if self.account.has_room() {
                state.full.drain(..).for_each(Waker::wake);
            }
            self.transmit(&mut state, now, cx);
            let Some(at) = state.quic.poll_timeout() else { break };
            if state.arm(at, cx).is_pending() {
                break;
            }
            state.quic.handle_timeout(now.max(at));
        }
        Poll::Pending
    }

    /// Passes on what the connection tells the endpoint; says whether that has forgotten it.
    fn tell_endpoint(&self, state: &mut State) -> bool {
        while let Some(event) = state.quic.poll_endpoint_events() {
            let is_drained = event.is_drained();
            let answer = self.hub.endpoint().borrow_mut().handle_event(self.handle, event);
            if is_drained {
                state.is_forgotten = true;
                self.hub.forget(self.handle);
                return true;
            }
            if let Some(answer) = answer {
                state.quic.handle_event(answer);
            }
        }
        false
    }

    fn transmit(&self, state: &mut State, now: Instant, cx: &Context<'_>) {
        if let Some((transmit, out)) = state.unsent.take()
            && self.hub.send(&transmit, &out).is_err()
        {
            state.unsent = Some((transmit, out));
            return self.hub.wait(cx);
        }
        let mut out = self.hub.room();
        let most = self.hub.most_segments();
        for turn in 0.. {
            if turn == TURN {
                // The others come first.
                state.stir();
                break;
            }
            out.clear();
            let Some(transmit) = state.quic.poll_transmit(now, most, &mut out) else { break };
            if self.hub.send(&transmit, &out).is_err() {
                state.unsent = Some((transmit, std::mem::take(&mut out)));
                self.hub.wait(cx);
                break;
            }
        }
        self.hub.give(out);
    }

    /// What the handshake agreed on, as soon as it has; given once.
    pub(crate) fn shaken(&self) -> Option<Shaken> {
        let state = self.state.borrow();
        let agreed = state.is_shaken.then(|| state.quic.crypto_session().handshake_data())??;
        (agreed as Box<dyn Any>).downcast().ok().map(|shaken| *shaken)
    }

    /// How the connection ended, if it has.
    pub(crate) fn ended(&self) -> Option<Ended> {
        self.state.borrow().ended
    }

    /// The next stream that the client has opened.
    pub(crate) fn accept(&self, dir: Dir) -> Option<StreamId> {
        self.state.borrow_mut().quic.streams().accept(dir)
    }

    /// Opens a stream that only we write.
    pub(crate) fn open(&self) -> Option<StreamId> {
        self.state.borrow_mut().quic.streams().open(Dir::Uni)
    }

    /// Lets the client have so many streams open.
    pub(crate) fn allow(&self, streams: u32) {
        let mut state = self.state.borrow_mut();
        state.quic.set_max_concurrent_streams(Dir::Bi, VarInt::from_u32(streams));
        state.stir();
    }

    /// Streams with something that the client has not acknowledged, and those that are open to be written.
    pub(crate) fn unsent(&self) -> usize {
        self.state.borrow_mut().quic.streams().send_streams()
    }

    /// When something came last.
    pub(crate) const fn heard(&self) -> Instant {
        self.heard.get()
    }

    /// Asks the client for a sign of life.
    pub(crate) fn ping(&self) {
        let mut state = self.state.borrow_mut();
        state.quic.ping();
        state.stir();
    }

    /// Ends the connection. Only the first call says why.
    pub(crate) fn close(&self, code: u64, reason: &'static str) {
        let mut state = self.state.borrow_mut();
        let reason = Bytes::from_static(reason.as_bytes());
        state.quic.close(Instant::now(), varint(code), reason);
        state.ended.get_or_insert(Ended::Closed);
        state.wake_all();
        state.stir();
    }

    /// Reads from a stream, some bytes or the end, which is met once.
    pub(crate) fn poll_read(&self, id: StreamId, cx: &Context<'_>) -> Poll<Result<Read, ReadFail>> {
        let mut state = self.state.borrow_mut();
        if state.ended.is_some() {
            return Poll::Ready(Err(ReadFail::Reset));
        }
        let mut stream = state.quic.recv_stream(id);
        let mut chunks = match stream.read(true) {
            Ok(chunks) => chunks,
            Err(ReadableError::ClosedStream | ReadableError::IllegalOrderedRead) => {
                return Poll::Ready(Err(ReadFail::Reset));
            }
        };
        let read = match chunks.next(LARGEST) {
            Ok(Some(first)) => Ok(gather(first.bytes, &mut chunks)),
            Ok(None) => Ok(Read { bytes: Bytes::new(), is_last: true }),
            Err(ReadError::Reset(_)) => Err(ReadFail::Reset),
            Err(ReadError::Blocked) => {
                drop(chunks);
                state.readers.insert(id, cx.waker().clone());
                return Poll::Pending;
            }
        };
        if chunks.finalize().should_transmit() {
            state.stir();
        }
        Poll::Ready(read)
    }

    /// Writes to a stream; says how much it took, which was taken from `data`.
    pub(crate) fn poll_write(
        &self,
        id: StreamId,
        data: &mut Bytes,
        cx: &Context<'_>,
    ) -> Poll<Result<usize, WriteFail>> {
        let mut state = self.state.borrow_mut();
        if state.ended.is_some() {
            return Poll::Ready(Err(WriteFail::Refused));
        }
        match state.quic.send_stream(id).write_chunks(std::slice::from_mut(data)) {
            Ok(written) => {
                state.stir();
                Poll::Ready(Ok(written.bytes))
            }
            Err(WriteError::Blocked) => {
                state.writers.insert(id, cx.waker().clone());
                Poll::Pending
            }
            Err(WriteError::Stopped(_) | WriteError::ClosedStream) => Poll::Ready(Err(WriteFail::Refused)),
        }
    }

    /// Waits until the connection may have more to write.
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        if !self.account.is_full() {
            return Poll::Ready(());
        }
        let mut state = self.state.borrow_mut();
        if state.full.len() >= MOST_WAITING {
            // Some have gone; those that are there ask again.
            state.full.drain(..).for_each(Waker::wake);
        }
        state.full.push(cx.waker().clone());
        Poll::Pending
    }

    /// Whether the connection has so much to write that nothing large should come to it.
    pub(crate) fn is_full(&self) -> bool {
        self.account.is_full()
    }

    /// Puts bytes that are about to be written on the account of the connection.
    pub(crate) fn charge(&self, data: Bytes, cost: usize) -> Bytes {
        self.account.charge(data, cost)
    }

    /// Waits until the client does not want what is written to a stream, or the connection has ended.
    pub(crate) fn poll_refused(&self, id: StreamId, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state.borrow_mut();
        if state.ended.is_some() || !matches!(state.quic.send_stream(id).stopped(), Ok(None)) {
            return Poll::Ready(());
        }
        state.writers.insert(id, cx.waker().clone());
        Poll::Pending
    }

    /// Says that nothing more will be written to a stream.
    pub(crate) fn finish(&self, id: StreamId) {
        let mut state = self.state.borrow_mut();
        let _ = state.quic.send_stream(id).finish();
        state.writers.remove(&id);
        state.stir();
    }

    /// Gives a stream up that we write.
    pub(crate) fn reset(&self, id: StreamId, code: u64) {
        let mut state = self.state.borrow_mut();
        let _ = state.quic.send_stream(id).reset(varint(code));
        state.writers.remove(&id);
        state.stir();
    }

    /// Reads no more of a stream; the client is told when it may still be writing.
    pub(crate) fn stop(&self, id: StreamId, code: u64) {
        let mut state = self.state.borrow_mut();
        let _ = state.quic.recv_stream(id).stop(varint(code));
        state.readers.remove(&id);
        state.stir();
    }

    /// Wakes the connection's task.
    pub(crate) fn stir(&self) {
        self.state.borrow().stir();
    }
}

impl State {
    fn stir(&self) {
        if let Some(task) = &self.task {
            task.wake_by_ref();
        }
    }

    fn take_events(&mut self) {
        while let Some(event) = self.quic.poll() {
            match event {
                Event::Connected => self.is_shaken = true,
                Event::ConnectionLost { reason } => {
                    if !matches!(reason, ConnectionError::LocallyClosed) {
                        tracing::debug!(error = %reason, "QUIC connection ended");
                    }
                    self.ended.get_or_insert(Ended::Gone);
                    self.wake_all();
                }
                Event::Stream(StreamEvent::Readable { id }) => wake(&mut self.readers, id),
                Event::Stream(
                    StreamEvent::Writable { id }
                    | StreamEvent::Finished { id }
                    | StreamEvent::Stopped { id, .. },
                ) => wake(&mut self.writers, id),
                // Whoever drives the connection asks for new streams at each turn.
                Event::Stream(StreamEvent::Opened { .. } | StreamEvent::Available { .. })
                | Event::HandshakeDataReady
                | Event::DatagramReceived
                | Event::DatagramsUnblocked => {}
            }
        }
    }

    fn wake_all(&mut self) {
        self.readers.drain().chain(self.writers.drain()).for_each(|(_, waker)| waker.wake());
        self.full.drain(..).for_each(Waker::wake);
    }

    /// Wakes the task at a time, or earlier: a time that moves on costs nothing until the one before has come. Ready
    /// when it has come.
    fn arm(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.armed.is_none_or(|armed| at < armed) {
            self.armed = Some(at);
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(at.into()),
                None => self.timer = Some(Box::pin(tokio::time::sleep_until(at.into()))),
            }
        }
        let polled = self.timer.as_mut().map_or(Poll::Pending, |timer| timer.as_mut().poll(cx));
        if polled.is_ready() {
            self.armed = None;
        }
        polled
    }
}

fn wake(wakers: &mut Wakers, id: StreamId) {
    if let Some(waker) = wakers.remove(&id) {
        waker.wake();
    }
}

/// Joins what has come in several packets: a packet is too little to be worth a turn of everybody who passes it on.
fn gather(first: Bytes, chunks: &mut quinn_proto::Chunks<'_>) -> Read {
    if first.len() >= JOINED {
        return Read { bytes: first, is_last: false };
    }
    let mut joined = BytesMut::new();
    let is_last = loop {
        let have = first.len().max(joined.len());
        match chunks.next(LARGEST - have) {
            Ok(Some(more)) => {
                if joined.is_empty() {
                    joined.reserve(LARGEST);
                    joined.extend_from_slice(&first);
                }
                joined.extend_from_slice(&more.bytes);
            }
            Ok(None) => break true,
            // A stream that was reset had nothing left to read, so it is not this.
            Err(_) => break false,
        }
        if joined.len() >= LARGEST {
            break false;
        }
    };
    Read { bytes: if joined.is_empty() { first } else { joined.freeze() }, is_last }
}

fn varint(code: u64) -> VarInt {
    VarInt::from_u64(code).unwrap_or(VarInt::MAX)
}

/// Calls for packets in one turn.
const TURN: usize = 16;
/// What is read at a time.
const LARGEST: usize = 16 * 1024;
const JOINED: usize = 4 * 1024;
/// More wakers than streams that can be open.
const MOST_WAITING: usize = 1_024;
