//! What is heard of one exchange.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use windrose_config::redact::urls;
use windrose_http::course::{Bodies, By, End, Record, Recorded, Times, Watch};
use windrose_http::{Conn, Exchange, Headers, Id, Protocol, Reply};

use super::Desk;
use crate::access::Mode;
use crate::line::{Facts, Header, Of, Secured, canonical};
use crate::metrics::{Kind, Passage, Verb};
use crate::settings::{Access, Internals};

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
    recorded: Option<Recorded>,
    attempt: Option<Attempt>,
    headers: Vec<(Of, Span, Span)>,
    /// How many of the fields and how much of the text there was before those of the last attempt.
    before_origin: (usize, usize),
    grpc_status: Option<u16>,
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
        text.clear();
        labels.clear();
        headers.clear();
        let is_small = text.capacity() <= KEPT && headers.capacity() <= KEPT_FIELDS;
        *self = Self { text, labels, headers, ..Self::default() };
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

    /// Takes over what is kept of the fields of one side; `length` is that of the body, which stands in none of them.
    fn take(&mut self, of: Of, headers: &Headers, length: Option<u64>) {
        let Some(desk) = self.desk.clone() else { return };
        let Some((access, _)) = &desk.access else { return };
        let kept = &access.kept.headers;
        if kept.is_nothing() {
            return;
        }
        for field in headers.iter() {
            let value = match kept.mode(field.name) {
                Mode::Drop => continue,
                Mode::Keep => field.value,
                Mode::Redact => REDACTED,
            };
            self.field(of, field.name, value);
        }
        if let Some(length) = length {
            let mut digits = itoa::Buffer::new();
            match kept.mode(b"Content-Length") {
                Mode::Drop => {}
                Mode::Keep => self.field(of, b"Content-Length", digits.format(length).as_bytes()),
                Mode::Redact => self.field(of, b"Content-Length", REDACTED),
            }
        }
    }

    fn field(&mut self, of: Of, name: &[u8], value: &[u8]) {
        let start = self.text.len();
        canonical(name, &mut self.text);
        let name = start..self.text.len();
        let value = self.put(value);
        self.headers.push((of, name, value));
    }

    /// Takes over the fields of the request, as they are by now.
    fn take_request(&mut self, ex: &Exchange) {
        let length =
            std::str::from_utf8(self.get(&self.content_length)).ok().and_then(|text| text.parse().ok());
        self.take(Of::Request, &ex.headers, length);
        self.take_switch(Of::Request);
    }

    /// Takes over the fields of an answer; `is_whole` is whether the server has said how long it is.
    fn take_answer(&mut self, of: Of, reply: &Reply, is_whole: bool) {
        let of_body = || reply.body.length().filter(|_| reply.status != NOT_MODIFIED);
        let length = reply.declared_length.get().or_else(of_body);
        self.take(of, &reply.headers, length.filter(|_| is_whole && has_length(reply.status)));
        if reply.status == SWITCHED {
            self.take_switch(of);
        }
    }

    /// Takes over the fields by which a connection becomes a WebSocket: they belong to the connection, and go when a
    /// message is prepared.
    fn take_switch(&mut self, of: Of) {
        let Some(desk) = self.desk.clone() else { return };
        let Some((access, _)) = &desk.access else { return };
        if self.kind != Kind::WebSocket {
            return;
        }
        for (name, value) in [(&b"Connection"[..], &b"Upgrade"[..]), (b"Upgrade", b"websocket")] {
            match access.kept.headers.mode(name) {
                Mode::Drop => {}
                Mode::Keep => self.field(of, name, value),
                Mode::Redact => self.field(of, name, REDACTED),
            }
        }
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

    /// Whether the service is none of the gateway's own, or those are meant, too.
    fn is_meant(&self, internals: Internals) -> bool {
        internals == Internals::Recorded
            || self.route.as_ref().is_none_or(|(_, service)| !service.ends_with("@internal"))
    }

    fn with_passage(&self, took: Duration, bytes: (u64, u64), status: u16, count: impl FnOnce(Passage<'_>)) {
        let tls = self.conn.as_ref().and_then(|conn| conn.tls.as_ref());
        let texts: Vec<std::borrow::Cow<'_, str>> =
            self.labels.iter().map(|span| String::from_utf8_lossy(self.get(span))).collect();
        let labels: Vec<&str> = texts.iter().map(|text| &**text).collect();
        let code = if self.kind.is_grpc() { self.grpc_status.unwrap_or(GRPC_UNKNOWN) } else { status };
        count(Passage {
            code,
            verb: self.verb,
            kind: self.kind,
            took,
            received: bytes.0,
            sent: bytes.1,
            tls: tls.map(|tls| (tls.version, tls.cipher)),
            labels: &labels,
        });
    }

    fn count(&self, desk: &Desk, outcome: &Outcome) {
        let Some((counts, _)) = &desk.counts else { return };
        let Some(conn) = &self.conn else { return };
        let bytes = (outcome.received, outcome.size);
        self.with_passage(outcome.took, bytes, outcome.status, |passage| {
            counts.entry_point(&conn.entry_point, passage);
            if let Some((route, service)) = &self.route {
                counts.router(route, service, passage);
            }
            if let Some(attempt) = &self.attempt {
                let took = outcome.origin_took.unwrap_or_default();
                counts.service(&attempt.service, Passage { took, ..passage });
            }
        });
    }

    fn write(&self, desk: &Desk, outcome: &Outcome, record: &Record) {
        let Some((access, lines)) = &desk.access else { return };
        let Access { filter, kept, format, .. } = &**access;
        let Some(conn) = &self.conn else { return };
        let count = desk.count.fetch_add(1, Ordering::Relaxed) + 1;
        if !filter.keeps(outcome.status, record.retries, outcome.took) {
            return;
        }
        let mut headers: Vec<Header<'_>> = self
            .headers
            .iter()
            .map(|(of, name, value)| Header { of: *of, name: self.get(name), value: self.get(value) })
            .collect();
        headers.sort_by_key(|field| (field.of, field.name));
        let subject = conn.tls.as_ref().and_then(|tls| desk.subjects.borrow_mut().of(&tls.peer_certificates));
        let tls = conn.tls.as_ref().map(|tls| Secured {
            version: tls.version,
            cipher: tls.cipher,
            subject: subject.as_deref(),
        });
        let url = self.attempt.as_ref().map(|attempt| urls(&attempt.server));
        let address = self.get(&self.host);
        let facts = Facts {
            began: self.wall,
            took: outcome.took,
            origin_took: outcome.origin_took,
            origin_status: outcome.origin_status,
            origin_size: outcome.origin_size,
            status: outcome.status,
            size: outcome.size,
            received: outcome.received,
            retries: record.retries,
            count,
            peer: Some(conn.peer),
            peer_ip: &conn.peer_ip,
            forwarded_for: self.get(&self.forwarded_for),
            user: self.user.as_ref().map(|user| self.get(user)),
            address,
            host: host_of(address, self.port),
            port: self.port,
            method: self.get(&self.method),
            path: self.get(&self.target),
            protocol: match self.protocol {
                Some(Protocol::Http10) => "HTTP/1.0",
                Some(Protocol::Http2) => "HTTP/2.0",
                Some(Protocol::Http3) => "HTTP/3.0",
                Some(Protocol::Http11) | None => "HTTP/1.1",
            },
            scheme: if tls.is_some() { "https" } else { "http" },
            tls,
            entry_point: &conn.entry_point,
            router: self.route.as_ref().map(|(route, _)| &**route),
            service: self.attempt.as_ref().zip(url.as_deref()).map(|(attempt, url)| (&*attempt.service, url)),
            headers: &headers,
        };
        let mut line = lines.blank();
        facts.write(*format, kept, &mut desk.stamps.borrow_mut(), &mut line);
        lines.write(line);
    }

    fn outcome(&self, record: &Record, times: &Times) -> Outcome {
        let last = times.last.unwrap_or_else(Instant::now);
        let since = |from: Option<Instant>| from.map(|from| last.saturating_duration_since(from));
        let attempt = self.attempt.as_ref();
        let mut outcome = Outcome {
            took: since(self.began).unwrap_or_default(),
            origin_took: since(attempt.map(|attempt| attempt.began)),
            status: record.status,
            size: record.sent,
            received: record.received,
            origin_status: attempt.map_or(0, |attempt| attempt.status),
            origin_size: 0,
        };
        if attempt.is_some() {
            let told = attempt.and_then(|attempt| attempt.told);
            outcome.origin_size = told.or(times.origin_sent).unwrap_or(record.sent);
        }
        // A connection that changed its protocol has no answer (traefik: the same).
        if record.status == SWITCHED && record.by == By::Server {
            let took = outcome.origin_took;
            return Outcome { took: outcome.took, origin_took: took, ..Outcome::default() };
        }
        // Nobody was told anything, and this is what would have been said (traefik: the same).
        if record.status == 0 && record.end == End::Gone {
            (outcome.status, outcome.size) = (GONE, GONE_SIZE);
            if attempt.is_some() {
                (outcome.origin_status, outcome.origin_size) = (GONE, GONE_SIZE);
            }
        }
        outcome
    }
}

impl Watch for Heard {
    fn prepared(&mut self, ex: &Exchange) {
        self.kind = Kind::of(ex);
        let Some(desk) = self.desk.clone() else { return };
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

    fn routed(&mut self, route: &Arc<str>, service: &Arc<str>, recorded: Recorded) {
        self.route = Some((Arc::clone(route), Arc::clone(service)));
        self.recorded = Some(recorded);
    }

    fn user(&mut self, name: &str) {
        self.user = Some(self.put(name.as_bytes()));
    }

    fn picked(&mut self, service: &Arc<str>, server: &Arc<str>) {
        self.conclude_attempt();
        let (service, server) = (Arc::clone(service), Arc::clone(server));
        self.attempt = Some(Attempt { service, server, began: Instant::now(), status: 0, told: None });
        self.before_origin = (self.headers.len(), self.text.len());
    }

    fn attempted(&mut self, reply: &Reply) -> Bodies {
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
    }

    fn left(&mut self, ex: &Exchange) {
        self.take_request(ex);
    }

    fn ended(self: Box<Self>, record: &Record, times: &Times) {
        let Some(desk) = self.desk.clone() else { return };
        let is_counted = self.is_counted();
        let is_written = desk
            .access
            .as_ref()
            .is_some_and(|(access, _)| self.recorded(&desk).access_log && self.is_meant(access.internals));
        if is_counted || is_written {
            let outcome = self.outcome(record, times);
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

/// What came of an exchange.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    took: Duration,
    origin_took: Option<Duration>,
    status: u16,
    size: u64,
    received: u64,
    origin_status: u16,
    origin_size: u64,
}

/// Whether answers of this status say how long they are.
const fn has_length(status: u16) -> bool {
    !matches!(status, 100..=199 | 204)
}

/// The name in `name:port`, without the brackets of an address.
fn host_of(address: &[u8], port: Option<u16>) -> &[u8] {
    if port.is_none() {
        return address;
    }
    let end = address.iter().rposition(|byte| *byte == b':').unwrap_or(address.len());
    let name = address.get(..end).unwrap_or_default();
    name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]")).unwrap_or(name)
}

const REDACTED: &[u8] = b"REDACTED";
const SWITCHED: u16 = 101;
/// Speaks of a body that is not there.
const NOT_MODIFIED: u16 = 304;
/// What a client would have been told that did not wait.
const GONE: u16 = 499;
const GONE_SIZE: u64 = "Client Closed Request".len() as u64;
/// What is unknown to gRPC.
const GRPC_UNKNOWN: u16 = 2;
/// How much of a field becomes a label.
const LONGEST_LABEL: usize = 256;
const KEPT: usize = 8 * 1024;
const KEPT_FIELDS: usize = 128;
