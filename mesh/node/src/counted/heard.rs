//! What is heard of one exchange. Hands everything on to whoever listens anyway.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use windrose_http::course::{Bodies, Destination, Follow, Observe, Record, Relayed, Relaying, Times, Watch};
use windrose_http::{Conn, Exchange, Id, Reply};

use super::Shared;
use super::cells::{Key, Own};
use super::outcome::Outcome;
use crate::MESH;

/// Hears of the exchanges of one worker.
pub(super) struct Ear {
    pub(super) own: Rc<Own>,
    pub(super) shared: Arc<Shared>,
    pub(super) others: Option<Rc<dyn Observe>>,
}

/// What is heard of one exchange.
struct Heard {
    own: Rc<Own>,
    shared: Arc<Shared>,
    others: Option<Box<dyn Watch>>,
    client: IpAddr,
    began: Instant,
    /// The router, where it is one of the mesh.
    route: Option<Arc<str>>,
    server: Option<(Arc<str>, Arc<str>)>,
    is_grpc: bool,
    grpc_status: Option<u16>,
}

impl Observe for Ear {
    fn begin(&self, ex: &Exchange) -> Option<Box<dyn Watch>> {
        Some(Box::new(Heard {
            own: Rc::clone(&self.own),
            shared: Arc::clone(&self.shared),
            others: self.others.as_ref().and_then(|others| others.begin(ex)),
            client: ex.conn.peer.ip().to_canonical(),
            began: ex.started,
            route: None,
            server: None,
            is_grpc: false,
            grpc_status: None,
        }))
    }

    fn relayed(&self, conn: &Conn, relayed: &Relayed<'_>) {
        if is_of_mesh(relayed.route) {
            let outcome = match relayed.outcome {
                Relaying::Opened => Outcome::Success { bucket: None },
                Relaying::Failed => Outcome::Failure { bucket: None },
                Relaying::Denied => Outcome::Denied,
            };
            let client = conn.peer.ip().to_canonical();
            if outcome == Outcome::Denied {
                self.shared.tell_denied(relayed.route, client);
            }
            let server = relayed.server.map(|server| (Arc::clone(relayed.service), Arc::from(server)));
            let key = Key { client, route: Arc::clone(relayed.route), server, is_http: false };
            self.own.count(key, outcome);
        }
        if let Some(others) = &self.others {
            others.relayed(conn, relayed);
        }
    }
}

impl Shared {
    /// Whether what a router refuses by is the middleware at this place of it.
    pub(super) fn is_policy(&self, route: &str, place: u16) -> bool {
        let subjects = self.subjects.load();
        let Some(subject) = bare(route).and_then(|route| subjects.routers.get(route)) else { return true };
        let is_there = |at: usize| at == usize::from(place);
        !subject.policy.is_empty() && subject.refuses_at.is_none_or(is_there)
    }

    /// Says by what somebody was refused.
    fn tell_denied(&self, route: &str, client: IpAddr) {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let subjects = self.subjects.load();
        let subject = bare(route).and_then(|route| subjects.routers.get(route));
        let (service, policy) = subject.map_or(("", ""), |subject| (&*subject.service, &*subject.policy));
        tracing::debug!(%client, service, policy, routerName = route, "denied");
    }
}

/// Whether a router is one that the controller told.
fn is_of_mesh(route: &str) -> bool {
    bare(route).is_some()
}

/// A name of the routing as the controller knows it.
pub(super) fn bare(name: &str) -> Option<&str> {
    name.strip_suffix(MESH).and_then(|name| name.strip_suffix('@'))
}

impl Heard {
    /// Tells whoever listens anyway.
    fn tell(&mut self, what: impl FnOnce(&mut dyn Watch)) {
        if let Some(others) = &mut self.others {
            what(&mut **others);
        }
    }
}

impl Watch for Heard {
    fn prepared(&mut self, ex: &Exchange) {
        let kind = ex.headers.get(Id::CONTENT_TYPE);
        self.is_grpc = kind.is_some_and(|kind| kind.starts_with(b"application/grpc"));
        self.tell(|others| others.prepared(ex));
    }

    fn routed(&mut self, ex: &mut Exchange, to: &Destination<'_>) -> Follow {
        self.route = Some(Arc::clone(to.route)).filter(|route| is_of_mesh(route));
        self.others.as_mut().map_or(Follow::Ends, |others| others.routed(ex, to))
    }

    fn entered(&mut self, name: &Arc<str>, kind: &'static str) {
        self.tell(|others| others.entered(name, kind));
    }

    fn came_back(&mut self, reply: &Reply) {
        self.tell(|others| others.came_back(reply));
    }

    fn repeated(&mut self) {
        self.tell(|others| others.repeated());
    }

    fn asking(&mut self, question: &mut Exchange, server: &str) {
        self.tell(|others| others.asking(question, server));
    }

    fn told(&mut self, status: Option<u16>) {
        self.tell(|others| others.told(status));
    }

    fn copied(&mut self, ex: &mut Exchange) {
        self.tell(|others| others.copied(ex));
    }

    fn taken_over(&mut self, layer: usize, route: &Arc<str>, service: &Arc<str>, changes_bodies: bool) {
        self.tell(|others| others.taken_over(layer, route, service, changes_bodies));
    }

    fn named(&mut self, user: &str) {
        self.tell(|others| others.named(user));
    }

    fn picked(&mut self, ex: &mut Exchange, service: &Arc<str>, server: &Arc<str>) {
        // What was tried before is not who answers.
        self.server = Some((Arc::clone(service), Arc::clone(server)));
        self.tell(|others| others.picked(ex, service, server));
    }

    fn attempted(&mut self, reply: &Reply) -> Bodies {
        self.others.as_mut().map_or(Bodies::Stay, |others| others.attempted(reply))
    }

    fn answered(&mut self, ex: &Exchange, reply: &Reply) {
        if self.is_grpc {
            let status = reply.headers.get_str(Id::GRPC_STATUS);
            self.grpc_status = status.and_then(|status| status.parse().ok());
        }
        self.tell(|others| others.answered(ex, reply));
    }

    fn left(&mut self, ex: &Exchange) {
        self.tell(|others| others.left(ex));
    }

    fn ended(mut self: Box<Self>, record: &Record, times: &Times) {
        if let Some(route) = self.route.take() {
            let took = times.last.unwrap_or_else(Instant::now).saturating_duration_since(self.began);
            let is_policy = |place| self.shared.is_policy(&route, place);
            if let Some(outcome) = Outcome::of(record, self.grpc_status, took, is_policy) {
                if outcome == Outcome::Denied {
                    self.shared.tell_denied(&route, self.client);
                }
                let server = self.server.take();
                self.own.count(Key { client: self.client, route, server, is_http: true }, outcome);
            }
        }
        if let Some(others) = self.others.take() {
            others.ended(record, times);
        }
    }
}
