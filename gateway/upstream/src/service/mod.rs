//! Services: what a router sends requests to.
//!
//! [`Upstream::pick`] goes from a service down to whoever answers; what has to be told the client on the way, such as the
//! cookies of sticky sessions, is noted in a [`Trail`]. What needs more than one answer (mirroring, a fallback by
//! status) or stands before a service is a leaf of its own and calls [`Upstream::answer_boxed`] for what is behind it.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use windrose_http::course::By as Gave;
use windrose_http::{Course, Exchange, Failure, Reply};

use crate::forward;
use crate::health::Vital;
use crate::pool::Local;

mod choice;
mod failover;
mod flight;
mod fork;
mod mirroring;
mod servers;
mod trail;
mod upgrades;
mod weighted;

pub use choice::Choice;
pub use failover::{Errors, Failover};
use flight::Flight;
pub use mirroring::{Copies, Mirror, Mirroring, PercentError};
pub use servers::{Balancing, Consistent, Key, LoadBalancer, Member, PassHost, Server, State, Strategy};
pub use trail::Trail;
pub use upgrades::Upgrades;
pub use weighted::{By, Canary, Child, Follows, Sharing, Weighted, Word};

/// A task that stays on its worker.
pub type LocalTask = Pin<Box<dyn Future<Output = ()>>>;

/// An answer on its way.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

/// A compiled service.
pub struct Upstream {
    /// Its qualified name.
    pub name: Arc<str>,
    /// What it does.
    pub kind: Kind,
}

/// What a service does with a request.
pub enum Kind {
    /// Sends it to one of several servers.
    LoadBalancer(LoadBalancer),
    /// Sends it to one of several services.
    Weighted(Weighted),
    /// Sends it to a service, and copies to others.
    Mirroring(Mirroring),
    /// Sends it to a service, or to another when that one fails.
    Failover(Failover),
    /// Does something else with it first.
    Fronted(Arc<dyn Front>),
    /// Answers it here.
    Internal(Arc<dyn Internal>),
}

/// A service that the gateway itself provides.
pub trait Internal: Send + Sync {
    /// Answers a request.
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Answer<'a>;
}

/// Something that stands before services, such as middlewares or routers of another layer.
pub trait Front: Any + Send + Sync {
    /// The one service behind it, where there is one: whether the whole can take requests is up to that.
    fn behind(&self) -> Option<&Arc<Upstream>> {
        None
    }

    /// Answers a request, as a rule by asking a service behind ([`Upstream::answer_boxed`]).
    fn answer<'a>(&'a self, ex: &'a mut Exchange, local: &'a Rc<Local>) -> Answer<'a>;
}

/// Who answers, after every service on the way had its say.
pub enum Leaf<'a> {
    /// A server of a balancer, which is the service of this name.
    Server(&'a Arc<str>, &'a LoadBalancer, &'a Server),
    /// A service that has copies sent.
    Mirroring(&'a Mirroring),
    /// A service that looks at the answer before it is the client's.
    Failover(&'a Failover),
    /// What stands before services.
    Fronted(&'a dyn Front),
    /// The gateway.
    Internal(&'a dyn Internal),
}

/// A parent follows the health of a child that has none to tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "service {0} has no health to follow; give it a healthCheck, or a passiveHealthCheck where it has servers"
)]
pub struct Unwatched(pub Arc<str>);

impl Upstream {
    /// Answers a request.
    #[expect(
        clippy::manual_async_fn,
        reason = "that keeps its arguments twice, and every connection has room for this"
    )]
    pub fn answer<'a>(
        &'a self,
        ex: &'a mut Exchange,
        local: &'a Rc<Local>,
    ) -> impl Future<Output = Reply> + use<'a> {
        async move {
            let mut trail = Trail::new();
            let mut reply = match self.pick(ex, local, &mut trail) {
                Ok(Leaf::Server(name, balancer, server)) => {
                    balancer.offer(ex);
                    ex.tried.note(server.number());
                    ex.course.record.by = Gave::Server;
                    Course::tell(ex, |watch, ex| watch.picked(ex, name, &server.endpoint.url));
                    let flight = Flight::new(server);
                    let answer = forward::forward(ex, &server.endpoint, balancer.pass_host(), local).await;
                    Flight::land(flight, answer, local)
                }
                Ok(Leaf::Internal(internal)) => {
                    ex.course.record.by = Gave::Own;
                    internal.answer(ex).await
                }
                Ok(Leaf::Fronted(front)) => front.answer(ex, local).await,
                Ok(Leaf::Mirroring(mirroring)) => Box::pin(mirroring.answer(ex, local)).await,
                Ok(Leaf::Failover(failover)) => Box::pin(failover.answer(ex, local)).await,
                Err(nobody) => nobody.reply(),
            };
            trail.tell(&mut reply.headers);
            reply
        }
    }

    /// The same for whoever is itself a service.
    pub fn answer_boxed<'a>(&'a self, ex: &'a mut Exchange, local: &'a Rc<Local>) -> Answer<'a> {
        Box::pin(self.answer(ex, local))
    }

    /// Who answers this request; what the client has to be told is noted in `trail`.
    ///
    /// # Errors
    /// Nobody can.
    pub fn pick<'a>(
        &'a self,
        ex: &Exchange,
        local: &Local,
        trail: &mut Trail<'a>,
    ) -> Result<Leaf<'a>, Nobody> {
        let mut service = self;
        loop {
            service = match &service.kind {
                Kind::LoadBalancer(balancer) => {
                    let server = balancer.pick(ex, local, trail).ok_or(Nobody::Server)?;
                    return Ok(Leaf::Server(&service.name, balancer, server));
                }
                Kind::Weighted(weighted) => weighted.pick(ex, trail).ok_or(Nobody::Server)?,
                Kind::Failover(failover) if failover.asks_first(ex) => return Ok(Leaf::Failover(failover)),
                Kind::Failover(failover) => failover.pick().ok_or(Nobody::Fallback)?,
                Kind::Mirroring(mirroring) => return Ok(Leaf::Mirroring(mirroring)),
                Kind::Fronted(front) => return Ok(Leaf::Fronted(&**front)),
                Kind::Internal(internal) => return Ok(Leaf::Internal(&**internal)),
            };
        }
    }

    /// Whether it can take requests, where that is known and its parents may know.
    #[must_use]
    pub fn vital(&self) -> Option<&Arc<Vital>> {
        match &self.kind {
            Kind::LoadBalancer(balancer) => balancer.vital(),
            Kind::Weighted(weighted) => weighted.vital(),
            Kind::Mirroring(mirroring) => mirroring.vital(),
            Kind::Failover(failover) => failover.vital(),
            Kind::Fronted(front) => front.behind()?.vital(),
            Kind::Internal(_) => None,
        }
    }

    fn followed(&self) -> Result<Arc<Vital>, Unwatched> {
        self.vital().cloned().ok_or_else(|| Unwatched(Arc::clone(&self.name)))
    }
}

/// Nobody can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nobody {
    /// There is no server, or none that is up.
    Server,
    /// Neither a service nor its fallback is up.
    Fallback,
}

impl Nobody {
    /// What the client is told; both are Traefik's.
    #[must_use]
    pub fn reply(self) -> Reply {
        match self {
            Self::Server => Failure::NoServer.reply(),
            Self::Fallback => {
                let mut reply = Reply::error(503, "Service Unavailable\n");
                reply.failure = Some(Failure::NoServer);
                reply
            }
        }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::LoadBalancer(_) => "LoadBalancer",
            Kind::Weighted(_) => "Weighted",
            Kind::Mirroring(_) => "Mirroring",
            Kind::Failover(_) => "Failover",
            Kind::Fronted(_) => "Fronted",
            Kind::Internal(_) => "Internal",
        };
        f.debug_struct("Upstream").field("name", &self.name).field("kind", &kind).finish()
    }
}

#[cfg(test)]
mod tests;
