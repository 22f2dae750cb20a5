//! The spans of one exchange, from its route to its last byte.
//!
//! Spans are entered and left as the request goes; what nobody ends by then ends with the exchange, as handlers do that
//! wait for the last byte. Invariant: where it is not recorded, no span is made.

mod attributes;
mod encode;
mod query;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use windrose_http::course::{Destination, Follow, Traces};
use windrose_http::{Exchange, Headers, Reply};
use windrose_middleware::list;

use super::context::{Context, Parent};
use super::id::{SpanId, TraceId};
use super::tracer::Tracer;
use crate::otlp::wire::{Message, Value};

/// The kind whose every attempt is a span.
const RETRY: &str = "retry";

/// The spans of one exchange.
#[derive(Debug, Default)]
pub(crate) struct Journey {
    parent: Option<Parent>,
    state: State,
    trace: TraceId,
    /// The state of the trace that goes from one to the next.
    trace_state: Box<[u8]>,
    /// Spans in the order in which they began; the first is the client's. Those beyond `used` are room.
    spans: Vec<Span>,
    used: usize,
    /// Those that were entered and not left.
    entered: Vec<Entered>,
    /// The last span of those that are the way of the request, which questions of middlewares are not.
    deepest: usize,
    resends: u32,
    traces: Traces,
}

/// Whether it is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Undecided,
    /// It is no business of ours.
    Off,
    /// It belongs somewhere, and nobody wants to see it.
    Unrecorded(Context),
    Recorded(Context),
}

#[derive(Debug, Default)]
struct Span {
    id: SpanId,
    parent: SpanId,
    name: Cow<'static, str>,
    kind: Kind,
    began: Option<Instant>,
    ended: Option<Instant>,
    failed: bool,
    message: &'static str,
    /// Its attributes as they are sent.
    attributes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Internal = 1,
    Server = 2,
    Client = 3,
}

/// A span that was entered.
#[derive(Clone, Debug)]
struct Entered {
    /// Nothing for what is not traced and is entered and left all the same.
    span: Option<usize>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Whole,
    Stage,
    /// One attempt of the middleware of this name.
    Attempt(Arc<str>),
    Service,
    Server,
    Question,
}

impl Journey {
    /// Reads what the client says.
    pub(crate) fn prepared(&mut self, tracer: &Tracer, headers: &Headers) {
        self.parent = tracer.settings.propagation.extract(headers);
    }

    /// The route is known, and with it whether the exchange is recorded.
    pub(crate) fn routed(
        &mut self,
        tracer: &Tracer,
        ex: &Exchange,
        to: Option<&Destination<'_>>,
        traces: Traces,
    ) -> Follow {
        self.traces = traces;
        if traces == Traces::Off {
            self.state = State::Off;
            return Follow::Ends;
        }
        let context = tracer.place(self.parent.as_ref());
        self.trace = context.trace;
        if !context.decision.is_yes() {
            self.state = State::Unrecorded(context);
            return Follow::Ends;
        }
        self.state = State::Recorded(context);
        if let Some(state) = ex.headers.get("tracestate").filter(|_| self.is_of_trace_context()) {
            self.trace_state = state.into();
        }
        let parent = self.parent.map_or_else(SpanId::default, |parent| parent.context.span);
        let span = Span { id: context.span, parent, kind: Kind::Server, ..Span::default() };
        let whole = self.begin(span, Cow::Owned(ex.method.as_str().to_owned()), ex.started);
        self.write(whole, |message| attributes::request(message, &tracer.settings, ex));
        self.entered.push(Entered { span: Some(whole), what: What::Whole });
        let Some(to) = to.filter(|_| traces == Traces::Detailed) else { return Follow::Ends };
        let router = self.enter(tracer, What::Stage, "Router".into(), Kind::Internal);
        self.write(router, |message| {
            message.attribute(ATTRIBUTE, "traefik.service.name", Value::Text(to.service.as_bytes()));
            message.attribute(ATTRIBUTE, "traefik.router.name", Value::Text(to.route.as_bytes()));
            message.attribute(ATTRIBUTE, "http.route", Value::Text(to.rule.as_bytes()));
        });
        Follow::Stages
    }

    fn is_of_trace_context(&self) -> bool {
        self.parent.is_some_and(|parent| parent.by == super::Format::TraceContext)
    }

    /// Whether nothing was decided yet.
    pub(crate) fn is_undecided(&self) -> bool {
        self.state == State::Undecided
    }

    /// Trace and span that a log names.
    pub(crate) fn ids(&self) -> Option<(TraceId, SpanId)> {
        match self.state {
            State::Undecided | State::Off => None,
            State::Unrecorded(context) | State::Recorded(context) => Some((context.trace, context.span)),
        }
    }

    /// Whether spans are made.
    pub(crate) fn is_recorded(&self) -> bool {
        matches!(self.state, State::Recorded(_))
    }

    /// A middleware is entered.
    pub(crate) fn entered(&mut self, tracer: &Tracer, name: &Arc<str>, kind: &'static str) {
        let Some(title) = list::span(kind) else {
            self.entered.push(Entered { span: None, what: What::Stage });
            return;
        };
        let what = if kind == RETRY { What::Attempt(Arc::clone(name)) } else { What::Stage };
        let span = self.enter(tracer, what, title.into(), Kind::Internal);
        self.name_stage(span, name);
    }

    /// The middleware that was entered last is left with this answer.
    pub(crate) fn came_back(&mut self, reply: &Reply) {
        self.leave_services(None);
        if !matches!(self.entered.last(), Some(Entered { what: What::Stage | What::Attempt(_), .. })) {
            return;
        }
        let Some(Entered { span: Some(place), .. }) = self.entered.pop() else { return };
        let is_its_own = place == self.deepest && reply.failure.is_none();
        if let Some(span) = self.spans.get_mut(place).filter(|_| is_its_own && reply.status >= REFUSED) {
            (span.failed, span.message) = (true, "the middleware answered in place of the service");
        }
    }

    /// What comes is another attempt: that of the middleware nearest to the server that repeats.
    pub(crate) fn repeated(&mut self, tracer: &Tracer, now: Instant) {
        self.resends += 1;
        self.leave_services(Some(now));
        let is_attempt = |entered: &Entered| matches!(entered.what, What::Attempt(_));
        let Some(place) = self.entered.iter().rposition(is_attempt) else { return };
        let over = self.entered.split_off(place);
        for span in over.iter().filter_map(|entered| entered.span) {
            self.end(span, now);
        }
        let Some(Entered { what: What::Attempt(name), .. }) = over.into_iter().next() else { return };
        let span = self.enter(tracer, What::Attempt(Arc::clone(&name)), "Retry".into(), Kind::Internal);
        self.name_stage(span, &name);
        let resends = Value::Number(self.resends.into());
        self.write(span, |message| message.attribute(ATTRIBUTE, "http.request.resend_count", resends));
    }

    /// A server is asked: it is told where the request belongs.
    pub(crate) fn picked(
        &mut self,
        tracer: &Tracer,
        ex: &mut Exchange,
        service: &Arc<str>,
        server: &str,
        now: Instant,
    ) {
        self.leave_services(Some(now));
        let context = match self.state {
            State::Undecided | State::Off => return,
            State::Unrecorded(context) => Context { span: tracer.span(), ..context },
            State::Recorded(context) => {
                if self.traces == Traces::Detailed {
                    let span = self.enter(tracer, What::Service, "Service".into(), Kind::Internal);
                    self.write(span, |message| {
                        message.attribute(ATTRIBUTE, "traefik.service.name", Value::Text(service.as_bytes()));
                    });
                }
                self.ask(tracer, ex, What::Server, "ReverseProxy", server, context)
            }
        };
        tracer.settings.propagation.inject(&context, self.parent.as_ref(), &mut ex.headers);
    }

    /// The server has answered, or what the gateway says in its place is known.
    pub(crate) fn attempted(&mut self, tracer: &Tracer, reply: &Reply, now: Instant) {
        let Some(&Entered { span: Some(span), what: What::Server }) = self.entered.last() else { return };
        self.answer(tracer, span, reply.status, Some(&reply.headers));
        if reply.failure.is_some() {
            self.end(span, now);
        }
    }

    /// A middleware asks somebody something of its own.
    pub(crate) fn asking(&mut self, tracer: &Tracer, question: &mut Exchange, server: &str) {
        let context = match self.state {
            State::Undecided | State::Off => return,
            State::Unrecorded(context) => Context { span: tracer.span(), ..context },
            State::Recorded(context) => {
                self.ask(tracer, question, What::Question, "AuthRequest", server, context)
            }
        };
        tracer.settings.propagation.inject(&context, self.parent.as_ref(), &mut question.headers);
    }

    /// The question is answered, or will never be.
    pub(crate) fn told(&mut self, tracer: &Tracer, status: Option<u16>, now: Instant) {
        let Some(&Entered { span: Some(place), what: What::Question }) = self.entered.last() else { return };
        self.entered.pop();
        if let Some(status) = status {
            self.answer(tracer, place, status, None);
        } else if let Some(span) = self.spans.get_mut(place) {
            (span.failed, span.message) = (true, "no answer");
        }
        self.end(place, now);
    }

    /// Copies are made of it: they belong where it is now.
    pub(crate) fn copied(&self, tracer: &Tracer, headers: &mut Headers) {
        let context = match self.state {
            State::Undecided | State::Off => return,
            State::Unrecorded(context) => Context { span: tracer.span(), ..context },
            State::Recorded(context) => Context { span: self.here(), ..context },
        };
        tracer.settings.propagation.inject(&context, self.parent.as_ref(), headers);
    }

    /// The head of the answer is there.
    pub(crate) fn answered(&mut self, tracer: &Tracer, headers: &Headers) {
        if self.is_recorded() {
            self.write(0, |message| attributes::answer_fields(message, &tracer.settings, headers));
        }
    }

    /// The exchange is over: its spans leave. `wall` is the time at `began`, since 1970.
    pub(crate) fn finish(
        &mut self,
        tracer: &Tracer,
        status: u16,
        received: u64,
        (began, wall, last): (Instant, Duration, Instant),
    ) {
        let State::Recorded(context) = self.state else { return };
        self.write(0, |message| {
            message.attribute(ATTRIBUTE, "http.request.body.size", number(received));
            message.attribute(ATTRIBUTE, "http.response.status_code", Value::Number(status.into()));
        });
        if let Some(whole) = self.spans.first_mut() {
            whole.failed = !(LEAST..FAULT).contains(&status);
        }
        let mut bytes = tracer.out.blank();
        let spans = self.spans.get(..self.used).unwrap_or_default();
        let of = encode::Of { context, state: &self.trace_state, began, wall, last };
        for (place, span) in spans.iter().enumerate().rev() {
            let is_remote = place == 0 && self.parent.is_some();
            encode::span(
                &mut bytes,
                span,
                if is_remote { encode::Parent::Remote } else { encode::Parent::Own },
                &of,
            );
        }
        tracer.out.put(bytes, spans.len());
    }

    /// Forgets everything but the room.
    pub(crate) fn clear(&mut self) {
        let mut spans = std::mem::take(&mut self.spans);
        let mut entered = std::mem::take(&mut self.entered);
        spans.truncate(KEPT);
        for large in spans.iter_mut().filter(|span| span.attributes.capacity() > MOST_KEPT) {
            large.attributes = Vec::new();
        }
        entered.clear();
        *self = Self { spans, entered, ..Self::default() };
    }

    /// Begins a client's span: that of a server, or that of a question.
    fn ask(
        &mut self,
        tracer: &Tracer,
        ex: &Exchange,
        what: What,
        title: &'static str,
        server: &str,
        context: Context,
    ) -> Context {
        let span = self.enter(tracer, what, title.into(), Kind::Client);
        self.write(span, |message| attributes::outgoing(message, &tracer.settings, ex, server));
        Context { span: self.here(), ..context }
    }

    /// Takes down what a server has said.
    fn answer(&mut self, tracer: &Tracer, span: usize, status: u16, headers: Option<&Headers>) {
        self.write(span, |message| {
            message.attribute(ATTRIBUTE, "http.response.status_code", Value::Number(status.into()));
            if let Some(headers) = headers {
                attributes::answer_fields(message, &tracer.settings, headers);
            }
        });
        if let Some(span) = self.spans.get_mut(span) {
            span.failed = !(LEAST..REFUSED).contains(&status);
        }
    }

    /// Leaves the spans of a server and its service; ends them where it is said when.
    fn leave_services(&mut self, now: Option<Instant>) {
        while let Some(&Entered { span, what: What::Service | What::Server | What::Question }) =
            self.entered.last()
        {
            self.entered.pop();
            if let (Some(span), Some(now)) = (span, now) {
                self.end(span, now);
            }
        }
    }

    fn enter(&mut self, tracer: &Tracer, what: What, title: Cow<'static, str>, kind: Kind) -> usize {
        let span = Span { id: tracer.span(), parent: self.here(), kind, ..Span::default() };
        let span = self.begin(span, title, Instant::now());
        if !matches!(what, What::Question) {
            self.deepest = span;
        }
        self.entered.push(Entered { span: Some(span), what });
        span
    }

    /// The span in which the request is.
    fn here(&self) -> SpanId {
        let inmost = self.entered.iter().rev().find_map(|entered| entered.span);
        inmost.and_then(|span| self.spans.get(span)).map(|span| span.id).unwrap_or_default()
    }

    fn begin(&mut self, span: Span, name: Cow<'static, str>, began: Instant) -> usize {
        let place = self.used;
        self.used += 1;
        let room = self.spans.get_mut(place).map(|spare| std::mem::take(&mut spare.attributes));
        let mut attributes = room.unwrap_or_default();
        attributes.clear();
        let span = Span { name, began: Some(began), attributes, ..span };
        match self.spans.get_mut(place) {
            Some(spare) => *spare = span,
            None => self.spans.push(span),
        }
        place
    }

    fn end(&mut self, span: usize, now: Instant) {
        if let Some(span) = self.spans.get_mut(span) {
            span.ended.get_or_insert(now);
        }
    }

    fn write(&mut self, span: usize, write: impl FnOnce(&mut Message<'_>)) {
        if let Some(span) = self.spans.get_mut(span) {
            write(&mut Message(&mut span.attributes));
        }
    }

    fn name_stage(&mut self, span: usize, name: &str) {
        self.write(span, |message| {
            message.attribute(ATTRIBUTE, "traefik.middleware.name", Value::Text(name.as_bytes()));
        });
    }
}

fn number<'a>(of: u64) -> Value<'a> {
    Value::Number(i64::try_from(of).unwrap_or(i64::MAX))
}

/// The field of a span that is an attribute.
const ATTRIBUTE: u32 = 9;
const REFUSED: u16 = 400;
const FAULT: u16 = 500;
const LEAST: u16 = 100;
/// Spans whose room is kept, and the most of it.
const KEPT: usize = 32;
const MOST_KEPT: usize = 4096;
