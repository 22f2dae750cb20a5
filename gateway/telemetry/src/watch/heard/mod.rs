//! What is heard of one exchange.

mod fields;
mod outcome;

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use windrose_http::course::{Bodies, By, Destination, Follow, Record, Recorded, Times, Traces, Watch};
use windrose_http::{Conn, Exchange, Id, Protocol, Reply};

use super::{Desk, Written};
use crate::line::Of;
use crate::metrics::{Kind, Verb};
use crate::settings::Internals;
use crate::trace::{Journey, Tracer};

/// What is heard of one exchange.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    desk: Option<Rc<Desk>>,
    conn: Option<Rc<Conn>>,
    began: Option<Instant>,
    /// When it began, since 1970.
    wall: Duration,
    /// The text of everything that is a span.
    text: Vec<u8>,
    method: Span,
    target: Span,
    host: Span,
    port: Option<u16>,
    forwarded_for: Span,
    user: Option<Span>,
    content_length: Span,
    /// The values of the labels that are taken from fields.
    labels: Vec<Span>,
    protocol: Option<Protocol>,
    verb: Verb,
    kind: Kind,
    route: Option<(Arc<str>, Arc<str>)>,
    /// Routers below that one which took it over.
    layers: Vec<Layer>,
    recorded: Option<Recorded>,
    attempt: Option<Attempt>,
    headers: Vec<(Of, Span, Span)>,
    /// How many of the fields and how much of the text there was before those of the last attempt.
    before_origin: (usize, usize),
    grpc_status: Option<u16>,
    journey: Journey,
}

/// A server that was asked.
#[derive(Debug)]
struct Attempt {
    service: Arc<str>,
    server: Arc<str>,
    began: Instant,
    /// The status of its answer, and how much the gateway says in its place when there is none.
    status: u16,
    told: Option<u64>,
}

type Span = Range<usize>;

/// A router that was chosen among others below one.
#[derive(Debug)]
struct Layer {
    id: usize,
    route: Arc<str>,
    service: Arc<str>,
}

impl Heard {
    /// Begins with an exchange as its client sent it.
    pub(super) fn begin(&mut self, desk: Rc<Desk>, ex: &Exchange) {
        self.conn = Some(Rc::clone(&ex.conn));
        self.began = Some(ex.started);
        self.protocol = Some(ex.protocol);
        self.verb = Verb::of(&ex.method);
        if desk.access.is_some() {
            self.wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.method = self.put(ex.method.as_str().as_bytes());
            self.target = self.put(ex.target.as_str().as_bytes());
            self.host = self.put(ex.host.as_str().as_bytes());
            self.port = ex.host.port();
            // Framing goes when a request is prepared.
            if let Some(length) = ex.headers.get(Id::CONTENT_LENGTH) {
                self.content_length = self.put(length);
            }
        }
        self.desk = Some(desk);
    }

    /// Forgets everything but the room; says whether that is worth keeping.
    pub(super) fn clear(&mut self) -> bool {
        let (mut text, mut labels, mut headers) = (
            std::mem::take(&mut self.text),
            std::mem::take(&mut self.labels),
            std::mem::take(&mut self.headers),
        );
        let mut journey = std::mem::take(&mut self.journey);
        journey.clear();
        text.clear();
        labels.clear();
        headers.clear();
        let is_small = text.capacity() <= KEPT && headers.capacity() <= KEPT_FIELDS;
        *self = Self { text, labels, headers, journey, ..Self::default() };
        is_small
    }

    fn put(&mut self, bytes: &[u8]) -> Span {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        start..self.text.len()
    }

    fn get(&self, span: &Span) -> &[u8] {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// An attempt is over, since another begins: it counts for its service.
    fn conclude_attempt(&mut self) {
        let Some(attempt) = self.attempt.take() else { return };
        let (fields, text) = self.before_origin;
        self.headers.truncate(fields);
        self.text.truncate(text);
        if let Some((counts, _)) = self.desk.as_ref().and_then(|desk| desk.counts.as_ref())
            && self.is_counted()
        {
            counts.closed(&attempt.service, self.verb, self.kind);
            let told = attempt.told.unwrap_or_default();
            self.with_passage(attempt.began.elapsed(), (0, told), attempt.status, |passage| {
                counts.service(&attempt.service, passage);
            });
            counts.retried(&attempt.service);
        }
    }

    fn is_counted(&self) -> bool {
        let Some(desk) = &self.desk else { return false };
        let Some((_, internals)) = &desk.counts else { return false };
        self.recorded(desk).metrics && self.is_meant(*internals)
    }

    fn recorded(&self, desk: &Desk) -> Recorded {
        self.recorded
            .unwrap_or_else(|| desk.unrouted(self.conn.as_ref().map_or("", |conn| &*conn.entry_point)))
    }

    /// Works on the spans, where there are traces.
    fn trace(&mut self, what: impl FnOnce(&mut Journey, &Tracer)) {
        if let Some(tracer) = self.desk.as_ref().and_then(|desk| desk.tracer.as_ref()) {
            what(&mut self.journey, tracer);
        }
    }

    /// No route was found: the entry point decides.
    fn trace_unrouted(&mut self, ex: &Exchange) {
        if !self.journey.is_undecided() {
            return;
        }
        let traces = self.desk.as_ref().map(|desk| self.recorded(desk).traces).unwrap_or_default();
        self.trace(|journey, tracer| {
            journey.routed(tracer, ex, None, traces);
        });
    }

    /// Whether the service is none of the gateway's own, or those are meant, too.
    fn is_meant(&self, internals: Internals) -> bool {
        internals == Internals::Recorded
            || self.route.as_ref().is_none_or(|(_, service)| !service.ends_with("@internal"))
    }
}

impl Watch for Heard {
    fn prepared(&mut self, ex: &Exchange) {
        self.kind = Kind::of(ex);
        let Some(desk) = self.desk.clone() else { return };
        self.trace(|journey, tracer| journey.prepared(tracer, &ex.headers));
        if desk.access.is_some()
            && let Some(forwarded_for) = ex.headers.get(Id::X_FORWARDED_FOR)
        {
            self.forwarded_for = self.put(forwarded_for);
        }
        if let Some((counts, _)) = &desk.counts {
            for (_, header) in counts.header_labels() {
                let value = ex.headers.get(&**header).unwrap_or_default();
                let span = self.put(value.get(..value.len().min(LONGEST_LABEL)).unwrap_or_default());
                self.labels.push(span);
            }
        }
    }

    fn routed(&mut self, ex: &mut Exchange, to: &Destination<'_>) -> Follow {
        self.route = Some((Arc::clone(to.route), Arc::clone(to.service)));
        self.recorded = Some(to.recorded);
        let tracer = self.desk.as_ref().and_then(|desk| desk.tracer.as_ref());
        let Some(internals) = tracer.map(Tracer::internals) else { return Follow::Ends };
        let traces = if self.is_meant(internals) { to.recorded.traces } else { Traces::Off };
        let mut follow = Follow::Ends;
        self.trace(|journey, tracer| follow = journey.routed(tracer, ex, Some(to), traces));
        follow
    }

    fn entered(&mut self, name: &Arc<str>, kind: &'static str) {
        self.trace(|journey, tracer| journey.entered(tracer, name, kind));
    }

    fn came_back(&mut self, reply: &Reply) {
        self.journey.came_back(reply);
    }

    fn repeated(&mut self) {
        if self.journey.is_recorded() {
            self.trace(|journey, tracer| journey.repeated(tracer, Instant::now()));
        }
    }

    fn asking(&mut self, question: &mut Exchange, server: &str) {
        self.trace(|journey, tracer| journey.asking(tracer, question, server));
    }

    fn told(&mut self, status: Option<u16>) {
        if self.journey.is_recorded() {
            self.trace(|journey, tracer| journey.told(tracer, status, Instant::now()));
        }
    }

    fn copied(&mut self, ex: &mut Exchange) {
        self.trace(|journey, tracer| journey.copied(tracer, &mut ex.headers));
    }

    fn taken_over(&mut self, layer: usize, route: &Arc<str>, service: &Arc<str>, changes_bodies: bool) {
        if let Some(again) = self.layers.iter().position(|known| known.id == layer) {
            self.layers.truncate(again);
        }
        self.layers.push(Layer { id: layer, route: Arc::clone(route), service: Arc::clone(service) });
        if let Some(recorded) = &mut self.recorded {
            recorded.changes_bodies |= changes_bodies;
        }
    }

    fn named(&mut self, name: &str) {
        self.user = Some(self.put(name.as_bytes()));
    }

    fn picked(&mut self, ex: &mut Exchange, service: &Arc<str>, server: &Arc<str>) {
        self.conclude_attempt();
        let began = Instant::now();
        self.trace(|journey, tracer| journey.picked(tracer, ex, service, server, began));
        if let Some((counts, _)) = self.desk.as_ref().and_then(|desk| desk.counts.as_ref())
            && self.is_counted()
        {
            counts.opened(service, self.verb, self.kind);
        }
        let (service, server) = (Arc::clone(service), Arc::clone(server));
        self.attempt = Some(Attempt { service, server, began, status: 0, told: None });
        self.before_origin = (self.headers.len(), self.text.len());
    }

    fn attempted(&mut self, reply: &Reply) -> Bodies {
        if self.journey.is_recorded() {
            self.trace(|journey, tracer| journey.attempted(tracer, reply, Instant::now()));
        }
        let Some(attempt) = &mut self.attempt else { return Bodies::Stay };
        attempt.status = reply.status;
        if reply.failure.is_some() {
            attempt.told = reply.body.length();
        } else {
            self.take_answer(Of::Origin, reply, true);
        }
        let changes = self.recorded.is_some_and(|recorded| recorded.changes_bodies);
        if changes { Bodies::Change } else { Bodies::Stay }
    }

    fn answered(&mut self, ex: &Exchange, reply: &Reply) {
        if self.kind.is_grpc() {
            let status = reply.headers.get_str(Id::GRPC_STATUS);
            self.grpc_status = status.and_then(|status| status.parse().ok());
        }
        // How long its own answers are, the gateway says at the last moment (traefik: the same).
        let is_server = ex.course.record.by == By::Server && reply.failure.is_none();
        self.take_answer(Of::Downstream, reply, is_server);
        self.take_request(ex);
        self.trace_unrouted(ex);
        self.trace(|journey, tracer| journey.answered(tracer, &reply.headers));
    }

    fn left(&mut self, ex: &Exchange) {
        self.take_request(ex);
        self.trace_unrouted(ex);
    }

    fn ended(mut self: Box<Self>, record: &Record, times: &Times) {
        let Some(desk) = self.desk.clone() else { return };
        let is_counted = self.is_counted();
        let is_written = desk.access.as_ref().is_some_and(|Written { access, .. }| {
            self.recorded(&desk).access_log && self.is_meant(access.internals)
        });
        if is_counted || is_written || self.journey.is_recorded() {
            let outcome = self.outcome(record, times);
            self.finish(&desk, &outcome, record, times);
            if is_counted {
                self.count(&desk, &outcome);
            }
            if is_written {
                self.write(&desk, &outcome, record);
            }
        }
        desk.keep(self);
    }
}

const SWITCHED: u16 = 101;
/// How much of a field becomes a label.
const LONGEST_LABEL: usize = 256;
const KEPT: usize = 8 * 1024;
const KEPT_FIELDS: usize = 128;
