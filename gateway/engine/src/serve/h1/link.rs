//! A client's HTTP/1 connection, shared by the task that serves it and the body it receives.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::AsyncWrite;
use windrose_http::body::{BodyError, Broken, Frame};
use windrose_http::exchange::{Duplex, Interim, Upgrade};
use windrose_http::framing::Framing;
use windrose_http::{Blame, Exchange, Failure, Headers, Reply};
use windrose_stream::h1::{self, Rest, Step};
use windrose_stream::{Carried, Io, Outgoing, buffer};
use windrose_wire::head::{self as wire, FieldSpan, Malformed, RequestHead};

use super::tunnel::Tunnel;
use super::{IoResult, KEPT_HEAD, LINGER, line};
use crate::entry::EntryOptions;
use crate::serve::h1::reply::{self, Ending, Writing, Written};
use crate::worker::{Deadline, Phase, SlotGuard};

/// A client's connection.
pub(super) struct Link {
    pub(super) slot: SlotGuard,
    state: RefCell<State>,
}

struct State {
    io: Io,
    read: BytesMut,
    /// How far `read` was searched for the end of a head.
    searched: usize,
    /// The first byte before a head has come, be it of an empty line.
    has_begun: bool,
    out: Outgoing,
    spans: Vec<FieldSpan>,
    head: Vec<u8>,
    receiving: Receiving,
    owes_continue: bool,
    /// Whoever takes the body waits for more of it; otherwise nobody reads from the client.
    awaits_body: bool,
    gone: bool,
    /// The bytes of the body that have come.
    received: u64,
    /// No request has come yet.
    is_fresh: bool,
}

/// Where we are in the request's body.
enum Receiving {
    /// So much is left of it.
    Rest(Rest),
    /// It broke, so nobody knows where it ends.
    Broken,
}

impl Receiving {
    const NOTHING: Self = Self::Rest(Rest::Length(0));

    const fn is_nothing(&self) -> bool {
        matches!(self, Self::Rest(rest) if rest.is_over())
    }
}

/// Why there is no further request.
pub(super) enum NoHead {
    /// The client closed, was silent too long, or we are stopping.
    Closed,
    /// The client is told what is wrong.
    Failed(Failure),
}

impl Link {
    pub(super) fn new(io: Io, read: BytesMut, slot: SlotGuard) -> Self {
        let state = State {
            io,
            read,
            searched: 0,
            has_begun: false,
            out: Outgoing::default(),
            spans: Vec::new(),
            head: Vec::new(),
            receiving: Receiving::NOTHING,
            owes_continue: false,
            awaits_body: false,
            gone: false,
            received: 0,
            is_fresh: true,
        };
        Self { slot, state: RefCell::new(state) }
    }

    /// Sets the deadline of the next head: `idle` until its first byte, which may be here already.
    pub(super) fn await_head(&self, idle: Option<Duration>, options: &EntryOptions) {
        let limit = if self.state.borrow().read.is_empty() { idle } else { options.read_timeout };
        self.slot.set_deadline(limit.map_or(Deadline::None, Deadline::In));
    }

    /// Reads until a head is complete. While nothing has come, no buffer is held.
    pub(super) fn poll_head(
        &self,
        cx: &mut Context<'_>,
        options: &EntryOptions,
        ex: &mut Exchange,
    ) -> Poll<Result<RequestHead, NoHead>> {
        self.slot.watch(cx);
        let state = &mut *self.state.borrow_mut();
        let most = options.max_head.saturating_add(HEAD_SLACK);
        loop {
            while state.read.starts_with(b"\r\n") {
                state.read.advance(2);
                state.searched = 0;
            }
            match wire::find_end(&state.read, state.searched) {
                Ok(Some(end)) if end <= most => {
                    self.slot.set_phase(Phase::Busy);
                    return Poll::Ready(state.parse(end, ex));
                }
                Ok(_) if state.read.len() > most => {
                    return Poll::Ready(Err(NoHead::Failed(Failure::HeadTooLarge)));
                }
                Ok(_) => {}
                Err(_) => return Poll::Ready(Err(NoHead::Failed(Failure::BadRequest))),
            }
            state.searched = state.read.len();
            if self.slot.is_late() || (state.read.is_empty() && self.slot.is_closing() && !state.is_fresh) {
                return Poll::Ready(Err(NoHead::Closed));
            }
            if self.slot.is_closing() {
                self.slot.hurry();
            }
            let was_idle = state.read.is_empty();
            if was_idle {
                state.release();
                if ready!(state.io.poll_readable(cx)).is_err() {
                    return Poll::Ready(Err(NoHead::Closed));
                }
            }
            match state.poll_more(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Err(NoHead::Closed)),
                Poll::Pending => {
                    if was_idle {
                        state.release();
                    }
                    return Poll::Pending;
                }
            }
            if was_idle && !state.has_begun {
                state.has_begun = true;
                self.slot.set_deadline(options.read_timeout.map_or(Deadline::None, Deadline::In));
            }
        }
    }

    /// Takes over method, target and host.
    pub(super) fn take_request_line(
        &self,
        head: &RequestHead,
        ex: &mut Exchange,
        options: &EntryOptions,
    ) -> Result<(), Failure> {
        line::take(&self.state.borrow().head, head, ex, options)
    }

    /// A body follows the head.
    pub(super) fn expect_body(&self, framing: Framing, owes_continue: bool) {
        let mut state = self.state.borrow_mut();
        // No request ends with its connection (RFC 9112 §6.3).
        let framing = if framing == Framing::UntilClose { Framing::None } else { framing };
        state.receiving = Receiving::Rest(Rest::new(framing));
        state.owes_continue = owes_continue;
    }

    /// Whether some of the body has not been read.
    pub(super) fn is_receiving(&self) -> bool {
        !self.state.borrow().receiving.is_nothing()
    }

    /// The bytes of the request's body that have come.
    pub(super) fn received(&self) -> u64 {
        self.state.borrow().received
    }

    /// Whether reading the rest of the body costs less than a new connection.
    pub(super) fn can_drain(&self) -> bool {
        let state = self.state.borrow();
        !state.owes_continue
            && match &state.receiving {
                Receiving::Rest(rest) => rest.length().is_none_or(|left| left <= MOST_DRAINED),
                Receiving::Broken => false,
            }
    }

    /// Reads the rest of a body that nobody wants.
    pub(super) async fn drain(&self) -> Result<(), BodyError> {
        let mut left = MOST_DRAINED;
        while let Some(frame) = poll_fn(|cx| self.poll_body(cx)).await? {
            if let Frame::Data(data) = frame {
                left = left.checked_sub(data.len() as u64).ok_or(TOO_LARGE)?;
            }
        }
        Ok(())
    }

    /// The next piece of the request's body.
    pub(super) fn poll_body(&self, cx: &mut Context<'_>) -> Poll<Result<Option<Frame>, BodyError>> {
        self.slot.watch(cx);
        let state = &mut *self.state.borrow_mut();
        if state.owes_continue {
            state.owes_continue = false;
            state.out.room().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        if !state.out.is_empty()
            && let Poll::Ready(Err(_)) = state.out.poll_flush(&mut state.io, cx)
        {
            return Poll::Ready(Err(CLOSED));
        }
        loop {
            if let Some(frame) = state.step()? {
                if state.receiving.is_nothing() {
                    self.slot.set_deadline(Deadline::None);
                }
                return Poll::Ready(Ok(frame));
            }
            if self.slot.is_late() {
                state.receiving = Receiving::Broken;
                return Poll::Ready(Err(LATE));
            }
            match state.poll_more(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => {
                    state.gone = true;
                    return Poll::Ready(Err(CLOSED));
                }
                Poll::Pending => {
                    state.awaits_body = true;
                    return Poll::Pending;
                }
            }
        }
    }

    /// Begins a turn of the task: whoever takes the body says anew whether it waits for more of it.
    pub(super) fn begin_turn(&self) {
        self.state.borrow_mut().awaits_body = false;
    }

    /// Ready when the client went away while its request is being answered.
    pub(super) fn poll_gone(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.slot.watch(cx);
        let state = &mut *self.state.borrow_mut();
        if self.slot.is_answer_late() || state.gone {
            return Poll::Ready(());
        }
        // What a client sends ahead stays for its next request; what nobody will read stands before its end.
        while match &state.receiving {
            Receiving::Rest(rest) => rest.is_over() && state.read.len() < buffer::SIZE,
            Receiving::Broken => true,
        } {
            if matches!(state.receiving, Receiving::Broken) {
                state.read.clear();
            }
            if ready!(state.io.poll_readable(cx)).is_err() || ready!(state.poll_more(cx)).is_err() {
                state.gone = true;
                return Poll::Ready(());
            }
        }
        if !state.awaits_body && self.slot.looks() && state.io.has_ended() {
            state.gone = true;
            return Poll::Ready(());
        }
        Poll::Pending
    }

    /// Whether the time for a body is over because nobody took it: the client has sent what there was room for. Then
    /// nobody gets the rest of it.
    pub(super) fn is_stuck(&self) -> bool {
        let state = &mut *self.state.borrow_mut();
        let is_untaken = !state.receiving.is_nothing() && !state.awaits_body && !state.owes_continue;
        let is_stuck = is_untaken && self.slot.is_late();
        if is_stuck {
            state.receiving = Receiving::Broken;
        }
        is_stuck
    }

    /// Writes a reply and its body, unless the client goes away meanwhile.
    pub(super) async fn write(&self, reply: &mut Reply, ex: &Exchange, ending: Ending) -> Written {
        let coding = reply::write_head(reply, ex, ending, self.state.borrow_mut().out.room());
        let mut writing = Writing::new(reply, coding);
        let result = poll_fn(|cx| {
            self.slot.watch(cx);
            self.begin_turn();
            let written = writing.poll(self, cx);
            self.is_stuck();
            if written.is_pending() && self.poll_gone(cx).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            written
        })
        .await;
        Written { sent: writing.sent(), end: writing.end(&result) }
    }

    /// What is on its way out, for one look or one addition.
    pub(super) fn with_out<T>(&self, look: impl FnOnce(&mut Outgoing) -> T) -> T {
        look(&mut self.state.borrow_mut().out)
    }

    /// Sends what is on its way out.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<IoResult> {
        if self.slot.is_answer_late() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let state = &mut *self.state.borrow_mut();
        state.out.poll_flush(&mut state.io, cx)
    }

    /// Tells the client what is wrong and closes.
    pub(super) async fn refuse(&self, failure: Failure) -> IoResult {
        reply::write_refusal(failure, self.state.borrow_mut().out.room());
        self.flush().await?;
        self.linger().await;
        Ok(())
    }

    async fn flush(&self) -> IoResult {
        poll_fn(|cx| {
            self.slot.watch(cx);
            let state = &mut *self.state.borrow_mut();
            if self.slot.is_late() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            state.out.poll_flush(&mut state.io, cx)
        })
        .await
    }

    /// Ends our direction and reads for a while what the client still sends: closing at once would make its system
    /// forget the answer, and some clients read it only when they have sent everything.
    pub(super) async fn linger(&self) {
        self.slot.set_answer_deadline(Deadline::None);
        self.slot.set_deadline(Deadline::In(SILENCE));
        let mut is_shut = false;
        let wait = poll_fn(|cx| {
            self.slot.watch(cx);
            if self.slot.is_closing() {
                self.slot.hurry();
            }
            let state = &mut *self.state.borrow_mut();
            if !is_shut {
                is_shut = match Pin::new(&mut state.io).poll_shutdown(cx) {
                    Poll::Ready(Ok(())) => true,
                    Poll::Ready(Err(_)) => return Poll::Ready(()),
                    Poll::Pending => false,
                };
            }
            while !self.slot.is_late() {
                state.read.clear();
                if ready!(state.poll_more(cx)).is_err() {
                    return Poll::Ready(());
                }
                if !self.slot.is_closing() {
                    self.slot.set_deadline(Deadline::In(SILENCE));
                }
            }
            Poll::Ready(())
        });
        let _ = tokio::time::timeout(LINGER_MOST, wait).await;
    }

    /// Ends the connection in good order.
    pub(super) async fn close(&self) {
        let _ = tokio::time::timeout(LINGER, self.shutdown()).await;
    }

    async fn shutdown(&self) -> IoResult {
        poll_fn(|cx| Pin::new(&mut self.state.borrow_mut().io).poll_shutdown(cx)).await
    }

    /// Writes the head of an upgrade, then carries bytes both ways until both sides are done.
    pub(super) async fn tunnel(&self, reply: Reply, to: &Upgrade, server: Box<dyn Duplex>) -> Carried {
        reply::write_upgrade(&reply, to, self.state.borrow_mut().out.room());
        self.slot.set_deadline(Deadline::None);
        if self.flush().await.is_err() {
            return Carried::default();
        }
        self.slot.set_answer_deadline(Deadline::None);
        let mut tunnel = {
            let mut state = self.state.borrow_mut();
            let read = std::mem::take(&mut state.read);
            let io = std::mem::replace(&mut state.io, Io::other(tokio::io::empty()));
            Tunnel::new(Io::ahead(read, io), server)
        };
        poll_fn(|cx| {
            self.slot.watch(cx);
            if self.slot.is_late() {
                return Poll::Ready(());
            }
            tunnel.poll(&self.slot, cx)
        })
        .await;
        tunnel.carried()
    }
}

impl Interim for Link {
    fn send(&self, status: u16, headers: &Headers) {
        let mut state = self.state.borrow_mut();
        reply::write_interim(status, headers, state.out.room());
        let State { io, out, .. } = &mut *state;
        let mut cx = Context::from_waker(std::task::Waker::noop());
        // What does not fit now goes out with the answer.
        let _ = out.poll_flush(io, &mut cx);
    }
}

impl State {
    fn parse(&mut self, end: usize, ex: &mut Exchange) -> Result<RequestHead, NoHead> {
        let bytes = self.read.get(..end).unwrap_or_default();
        let parsed = wire::parse_request(bytes, &mut self.spans).map_err(|malformed| match malformed {
            Malformed::TooMany => NoHead::Failed(Failure::HeadTooLarge),
            // RFC 9113 §3.4: a preface that is none is not answered in a protocol that its sender does not speak.
            Malformed::OtherProtocol => NoHead::Closed,
            _ => NoHead::Failed(Failure::BadRequest),
        })?;
        let line_end = parsed.target + parsed.target_len;
        self.is_fresh = false;
        self.searched = 0;
        self.has_begun = false;
        self.received = 0;
        self.head.clear();
        self.head.extend_from_slice(bytes.get(..line_end).unwrap_or_default());
        ex.headers.load(bytes, &mut self.spans);
        self.read.advance(end);
        Ok(parsed)
    }

    /// The next piece of the body from what was read; `None` when more must be read.
    fn step(&mut self) -> Result<Option<Option<Frame>>, BodyError> {
        let Receiving::Rest(rest) = &mut self.receiving else { return Err(MALFORMED) };
        match rest.step(&mut self.read, &mut self.spans) {
            Ok(Step::Frame(frame)) => {
                if let Frame::Data(data) = &frame {
                    self.received += data.len() as u64;
                }
                Ok(Some(Some(frame)))
            }
            Ok(Step::End) => Ok(Some(None)),
            Ok(Step::More) => Ok(None),
            Err(h1::Malformed) => {
                self.receiving = Receiving::Broken;
                Err(MALFORMED)
            }
        }
    }

    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<IoResult> {
        buffer::make_room(&mut self.read);
        match ready!(self.io.poll_read_into(cx, &mut self.read)) {
            Ok(0) => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Gives buffers back while the connection is idle.
    fn release(&mut self) {
        if self.read.capacity() > 0 {
            buffer::give(std::mem::take(&mut self.read));
        }
        if self.head.capacity() > KEPT_HEAD {
            self.head = Vec::new();
        }
    }
}

const CLOSED: BodyError = BodyError { blame: Blame::Client, reason: Broken::Closed };
const MALFORMED: BodyError = BodyError { blame: Blame::Client, reason: Broken::Malformed };
const LATE: BodyError = BodyError { blame: Blame::Client, reason: Broken::TimedOut };
const TOO_LARGE: BodyError = BodyError { blame: Blame::Client, reason: Broken::TooLarge };
const MOST_DRAINED: u64 = 256 * 1024;
/// How long a client may be silent that has not heard yet that we have answered.
const SILENCE: Duration = Duration::from_secs(2);
/// How long it may send on.
const LINGER_MOST: Duration = Duration::from_secs(30);
/// What a head may have beyond its limit, which people think of as that of the fields (Traefik: the same).
const HEAD_SLACK: usize = 4096;
