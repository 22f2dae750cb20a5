//! What came of an exchange, as numbers and as a line.

use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use windrose_config::redact::urls;
use windrose_http::Protocol;
use windrose_http::course::{By, End, Record, Times};

use super::{Heard, Layer, SWITCHED};
use crate::access::Lines;
use crate::line::{Facts, Header, Record as OtlpRecord, Secured};
use crate::metrics::Passage;
use crate::settings::Access;
use crate::watch::{Desk, Written};

/// What came of an exchange.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    took: Duration,
    origin_took: Option<Duration>,
    status: u16,
    size: u64,
    received: u64,
    origin_status: u16,
    origin_size: u64,
}

impl Heard {
    pub(super) fn outcome(&self, record: &Record, times: &Times) -> Outcome {
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

    pub(super) fn with_passage(
        &self,
        took: Duration,
        bytes: (u64, u64),
        status: u16,
        count: impl FnOnce(Passage<'_>),
    ) {
        let tls = self.conn.as_ref().and_then(|conn| conn.tls.as_ref());
        let texts: Vec<Cow<'_, str>> =
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

    pub(super) fn count(&self, desk: &Desk, outcome: &Outcome) {
        let Some((counts, _)) = &desk.counts else { return };
        let Some(conn) = &self.conn else { return };
        let bytes = (outcome.received, outcome.size);
        self.with_passage(outcome.took, bytes, outcome.status, |passage| {
            counts.entry_point(&conn.entry_point, passage);
            if let Some((route, service)) = &self.route {
                counts.router(route, service, passage);
            }
            for Layer { route, service, .. } in &self.layers {
                counts.router(route, service, passage);
            }
            if let Some(attempt) = &self.attempt {
                let took = outcome.origin_took.unwrap_or_default();
                counts.service(&attempt.service, Passage { took, ..passage });
                counts.closed(&attempt.service, self.verb, self.kind);
            }
        });
    }

    /// The spans leave.
    pub(super) fn finish(&mut self, desk: &Desk, outcome: &Outcome, record: &Record, times: &Times) {
        let Some(tracer) = desk.tracer.as_ref().filter(|_| self.journey.is_recorded()) else { return };
        let last = times.last.unwrap_or_else(Instant::now);
        let began = self.began.unwrap_or(last);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall = wall.saturating_sub(began.elapsed());
        let status = if record.status == SWITCHED { SWITCHED } else { outcome.status };
        self.journey.finish(tracer, status, record.received, (began, wall, last));
    }

    pub(super) fn write(&self, desk: &Desk, outcome: &Outcome, record: &Record) {
        let Some(Written { access, lines, records }) = &desk.access else { return };
        let Access { filter, kept, format, .. } = &**access;
        let Some(conn) = &self.conn else { return };
        let count = desk.count.fetch_add(1, Ordering::Relaxed) + 1;
        let is_kept = filter.keeps(outcome.status, record.retries, outcome.took);
        if !is_kept && filter.expression.is_none() {
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
        let router = self.router();
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
            router: router.as_deref(),
            service: self.attempt.as_ref().zip(url.as_deref()).map(|(attempt, url)| (&*attempt.service, url)),
            headers: &headers,
            trace: self.journey.ids().map(|(trace, span)| (trace.hex(), span.hex())),
        };
        if !is_kept && !filter.expression.as_ref().is_some_and(|expression| expression.holds(&facts)) {
            return;
        }
        let mut line = lines.as_ref().map(Lines::blank).unwrap_or_default();
        facts.write(*format, kept, &mut desk.stamps.borrow_mut(), &mut line);
        if let Some(records) = records {
            let ids = self.journey.ids();
            let record = OtlpRecord {
                body: line.trim_ascii_end(),
                trace: ids.map(|(trace, span)| (trace.0, span.0)),
                is_sampled: self.journey.is_recorded(),
            };
            let mut bytes = records.blank();
            facts.record(&record, kept, &mut bytes);
            records.put(bytes, 1);
        }
        if let Some(lines) = lines {
            lines.write(line);
        }
    }
}

impl Heard {
    /// The names of the routers on the way, from the top (traefik: the same).
    fn router(&self) -> Option<Cow<'_, str>> {
        let (top, _) = self.route.as_ref()?;
        if self.layers.is_empty() {
            return Some(Cow::Borrowed(top));
        }
        let below = self.layers.iter().map(|layer| &*layer.route);
        Some(Cow::Owned(std::iter::once(&**top).chain(below).collect::<Vec<_>>().join(" -> ")))
    }
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

/// What a client would have been told that did not wait.
const GONE: u16 = 499;
const GONE_SIZE: u64 = "Client Closed Request".len() as u64;
/// What is unknown to gRPC.
const GRPC_UNKNOWN: u16 = 2;
