//! What is heard of one exchange while somebody looks. Hands everything on to whoever listens anyway.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use windrose_config::redact::urls;
use windrose_http::course::{Bodies, By, Destination, End, Follow, Record, Times, Watch};
use windrose_http::{Conn, Exchange, Protocol, Reply};

use super::rates::{Counts, Passage};
use super::tail::{Line, Tail};

/// What is heard of one exchange.
pub(super) struct Heard {
    others: Option<Box<dyn Watch>>,
    tail: Option<Arc<Tail>>,
    counts: Option<Arc<Counts>>,
    conn: Rc<Conn>,
    began: Instant,
    protocol: Protocol,
    /// Only what the tail shows.
    method: String,
    host: String,
    path: String,
    route: Option<(Arc<str>, Arc<str>)>,
    server: Option<(Arc<str>, Arc<str>)>,
}

impl Heard {
    pub(super) fn new(
        ex: &Exchange,
        others: Option<Box<dyn Watch>>,
        tail: Option<Arc<Tail>>,
        counts: Option<Arc<Counts>>,
    ) -> Self {
        let text = |text: &str| tail.as_ref().map_or_else(String::new, |_| short(text));
        Self {
            others,
            method: text(ex.method.as_str()),
            host: text(ex.host.as_str()),
            path: text(ex.target.path()),
            conn: Rc::clone(&ex.conn),
            began: ex.started,
            protocol: ex.protocol,
            tail,
            counts,
            route: None,
            server: None,
        }
    }

    fn line(&self, record: &Record, ended: Instant) -> Line {
        let (status, error) = match (record.by, record.end, record.status) {
            (_, End::Gone, 0) => (0, "the client did not wait".to_owned()),
            (By::Gateway(failure), _, status) => (status, failure.to_string()),
            (_, End::Broken, status) => (status, "the answer broke off".to_owned()),
            (.., status) => (status, String::new()),
        };
        let took = ended.saturating_duration_since(self.began);
        let own = |name: Option<&Arc<str>>| name.map(|name| name.to_string()).unwrap_or_default();
        let routed = self.route.as_ref();
        // The one that was asked, which may be a part of the one that the router names.
        let asked = self.server.as_ref().map(|(service, _)| service);
        let service = asked.or_else(|| routed.map(|(_, service)| service));
        Line {
            at: SystemTime::now().checked_sub(took).unwrap_or(SystemTime::UNIX_EPOCH),
            took,
            entry_point: self.conn.entry_point.to_string(),
            client: self.conn.peer_ip.to_string(),
            method: self.method.clone(),
            host: self.host.clone(),
            path: self.path.clone(),
            protocol: match self.protocol {
                Protocol::Http10 => "HTTP/1.0",
                Protocol::Http11 => "HTTP/1.1",
                Protocol::Http2 => "HTTP/2",
                Protocol::Http3 => "HTTP/3",
            },
            is_secure: self.conn.tls.is_some(),
            status,
            error,
            is_broken: record.end == End::Broken,
            by: match record.by {
                By::Nobody => "nobody",
                By::Server => "server",
                By::Own | By::Gateway(_) => "gateway",
                By::Middleware(_) => "middleware",
            },
            received: record.received,
            sent: record.sent,
            retries: record.retries,
            router: own(routed.map(|(router, _)| router)),
            service: own(service),
            server: self.server.as_ref().map(|(_, server)| urls(server).into_owned()).unwrap_or_default(),
        }
    }
}

impl Watch for Heard {
    fn prepared(&mut self, ex: &Exchange) {
        if let Some(others) = &mut self.others {
            others.prepared(ex);
        }
    }

    fn routed(&mut self, ex: &mut Exchange, to: &Destination<'_>) -> Follow {
        self.route = Some((Arc::clone(to.route), Arc::clone(to.service)));
        self.others.as_mut().map_or(Follow::Ends, |others| others.routed(ex, to))
    }

    fn entered(&mut self, name: &Arc<str>, kind: &'static str) {
        if let Some(others) = &mut self.others {
            others.entered(name, kind);
        }
    }

    fn came_back(&mut self, reply: &Reply) {
        if let Some(others) = &mut self.others {
            others.came_back(reply);
        }
    }

    fn repeated(&mut self) {
        if let Some(others) = &mut self.others {
            others.repeated();
        }
    }

    fn asking(&mut self, question: &mut Exchange, server: &str) {
        if let Some(others) = &mut self.others {
            others.asking(question, server);
        }
    }

    fn told(&mut self, status: Option<u16>) {
        if let Some(others) = &mut self.others {
            others.told(status);
        }
    }

    fn copied(&mut self, ex: &mut Exchange) {
        if let Some(others) = &mut self.others {
            others.copied(ex);
        }
    }

    fn taken_over(&mut self, layer: usize, route: &Arc<str>, service: &Arc<str>, changes_bodies: bool) {
        if let Some(others) = &mut self.others {
            others.taken_over(layer, route, service, changes_bodies);
        }
    }

    fn named(&mut self, user: &str) {
        if let Some(others) = &mut self.others {
            others.named(user);
        }
    }

    fn picked(&mut self, ex: &mut Exchange, service: &Arc<str>, server: &Arc<str>) {
        self.server = Some((Arc::clone(service), Arc::clone(server)));
        if let Some(others) = &mut self.others {
            others.picked(ex, service, server);
        }
    }

    fn attempted(&mut self, reply: &Reply) -> Bodies {
        self.others.as_mut().map_or(Bodies::Stay, |others| others.attempted(reply))
    }

    fn answered(&mut self, ex: &Exchange, reply: &Reply) {
        if let Some(others) = &mut self.others {
            others.answered(ex, reply);
        }
    }

    fn left(&mut self, ex: &Exchange) {
        if let Some(others) = &mut self.others {
            others.left(ex);
        }
    }

    fn ended(mut self: Box<Self>, record: &Record, times: &Times) {
        let ended = times.last.unwrap_or_else(Instant::now);
        // Whoever looks would see most of all that somebody looks.
        let is_own = self.route.as_ref().is_some_and(|(_, service)| service.ends_with("@internal"));
        if let Some(counts) = self.counts.as_ref().filter(|_| !is_own) {
            let took = ended.saturating_duration_since(self.began);
            let passage = Passage { status: record.status, end: record.end, sent: record.sent, took };
            let router = self.route.as_ref().map(|(router, _)| router);
            let service = self.server.as_ref().map(|(service, _)| service);
            counts.count(&self.conn.entry_point, router, service, passage);
        }
        if let Some(tail) = self.tail.take() {
            tail.tell(|| self.line(record, ended));
        }
        if let Some(others) = self.others.take() {
            others.ended(record, times);
        }
    }
}

/// A text of a stranger, cut where it is very long.
fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

const LONGEST: usize = 1024;
