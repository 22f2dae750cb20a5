//! Services: what a router sends requests to.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use windrose_http::{Exchange, Failure, Reply};

use crate::balance::Cycle;
use crate::endpoint::Endpoint;
use crate::forward;
use crate::pool::Local;

mod upgrades;

pub use upgrades::Upgrades;

/// A task that stays on its worker.
pub type LocalTask = Pin<Box<dyn Future<Output = ()>>>;

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
    /// Answers it here.
    Internal(Arc<dyn Internal>),
}

/// Servers that all give the same answers.
pub struct LoadBalancer {
    /// The servers; those of weight 0 are never chosen.
    pub servers: Arc<[Arc<Endpoint>]>,
    /// Whose turn it is.
    pub turns: Turns,
    /// Which host the servers are told.
    pub pass_host: PassHost,
    /// What connections may change to.
    pub upgrades: Upgrades,
}

/// Services, each with its share.
pub struct Weighted {
    /// The services; those of weight 0 are never chosen.
    pub services: Arc<[Arc<Upstream>]>,
    /// Whose turn it is.
    pub turns: Turns,
}

/// A cycle and the place it has reached; the place outlives a reload when the cycle is equal.
#[derive(Debug)]
pub struct Turns {
    cycle: Cycle,
    // Shared by all workers: a cycle is exact only when everybody counts on it. One relaxed addition, and none
    // where there is a single choice.
    next: AtomicUsize,
}

/// Which host servers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassHost {
    /// The one the client asked for.
    Client,
    /// The one of the server's URL.
    Server,
}

/// A service that the gateway itself provides.
pub trait Internal: Send + Sync {
    /// Answers a request.
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>>;
}

impl Turns {
    /// A cycle that starts at its first turn.
    #[must_use]
    pub const fn new(cycle: Cycle) -> Self {
        Self { cycle, next: AtomicUsize::new(0) }
    }

    /// The cycle, for comparison.
    #[must_use]
    pub const fn cycle(&self) -> &Cycle {
        &self.cycle
    }

    /// Goes on where `other` was, when it is the same cycle.
    pub fn resume(&self, other: &Self) {
        if self.cycle == other.cycle {
            self.next.store(other.next.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Whose turn it is; then it is the next one's.
    pub(crate) fn next(&self) -> Option<usize> {
        match self.cycle.len() {
            0 => None,
            1 => self.cycle.at(0),
            _ => self.cycle.at(self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

impl LoadBalancer {
    /// Whose turn it is; then it is the next one's.
    #[must_use]
    pub fn pick(&self) -> Option<&Arc<Endpoint>> {
        self.servers.get(self.turns.next()?)
    }
}

impl Upstream {
    /// Answers a request.
    pub async fn answer(&self, ex: &mut Exchange, local: &Rc<Local>) -> Reply {
        let Some(leaf) = self.leaf() else { return Failure::NoServer.reply() };
        match &leaf.kind {
            Kind::LoadBalancer(balancer) => {
                let Some(server) = balancer.pick() else { return Failure::NoServer.reply() };
                ex.offer.choose(|upgrade| balancer.upgrades.allows(upgrade));
                forward::forward(ex, server, balancer.pass_host, local).await.unwrap_or_else(Failure::reply)
            }
            Kind::Internal(internal) => internal.answer(ex).await,
            Kind::Weighted(_) => Failure::Internal.reply(),
        }
    }

    /// The service that answers itself, after every weighted one had its turn.
    fn leaf(&self) -> Option<&Self> {
        let mut service = self;
        while let Kind::Weighted(weighted) = &service.kind {
            service = weighted.services.get(weighted.turns.next()?)?;
        }
        Some(service)
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::LoadBalancer(_) => "LoadBalancer",
            Kind::Weighted(_) => "Weighted",
            Kind::Internal(_) => "Internal",
        };
        f.debug_struct("Upstream").field("name", &self.name).field("kind", &kind).finish()
    }
}

#[cfg(test)]
mod tests;
