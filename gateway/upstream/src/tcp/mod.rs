//! Services of TCP: what a router sends connections to.
//!
//! A service chooses a server; [`connect`] opens the way to it. What is carried there is nobody's business here.

mod connect;
pub mod health;
mod server;

use std::fmt;
use std::sync::Arc;

use crate::balance::Turns;

pub use connect::{ConnectError, Connector, connect};
pub use health::Health;
pub use server::{Encryption, Server};

/// A compiled service.
pub struct Upstream {
    /// Its qualified name.
    pub name: Arc<str>,
    /// What it does.
    pub kind: Kind,
}

/// What a service does with a connection.
pub enum Kind {
    /// Sends it to one of several servers.
    LoadBalancer(LoadBalancer),
    /// Sends it to one of several services.
    Weighted(Weighted),
}

/// Servers that all do the same.
pub struct LoadBalancer {
    /// The servers.
    pub servers: Arc<[Arc<Server>]>,
    /// Whose turn it is.
    pub turns: Turns,
    /// What finds out which of them are well.
    pub health: Option<Arc<Health>>,
}

/// Services, each with its share.
pub struct Weighted {
    /// The services; those of weight 0 are never chosen.
    pub services: Arc<[Arc<Upstream>]>,
    /// Whose turn it is.
    pub turns: Turns,
    /// Whether services are passed over while none of their servers is well.
    pub minds: Minds,
}

/// Whether a service minds how the services below it are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Minds {
    /// They have their turn however they are.
    Nothing,
    /// Those that are not well lose their turn.
    Health,
}

impl Upstream {
    /// Whose turn it is; then it is the next one's. `None` when nobody is there who is well.
    #[must_use]
    pub fn pick(&self) -> Option<&Arc<Server>> {
        match &self.kind {
            Kind::LoadBalancer(of) => turn(&of.turns, &of.servers, |server| server.is_well()),
            Kind::Weighted(of) => {
                let is_fit = |service: &Self| of.minds == Minds::Nothing || service.is_well();
                turn(&of.turns, &of.services, is_fit)?.pick()
            }
        }
    }

    /// Whether somebody would be picked, as far as that is asked.
    #[must_use]
    pub fn is_well(&self) -> bool {
        match &self.kind {
            Kind::LoadBalancer(of) => of.health.is_none() || of.servers.iter().any(|server| server.is_well()),
            Kind::Weighted(of) => {
                of.minds == Minds::Nothing || of.services.iter().any(|service| service.is_well())
            }
        }
    }

    /// Shows the checks of all load balancers in it.
    pub fn each_health(&self, each: &mut dyn FnMut(&Arc<Health>)) {
        match &self.kind {
            Kind::LoadBalancer(of) => of.health.iter().for_each(each),
            Kind::Weighted(of) => of.services.iter().for_each(|service| service.each_health(each)),
        }
    }

    /// Whether it is known how its servers are: services above it may then mind.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        match &self.kind {
            Kind::LoadBalancer(of) => of.health.is_some(),
            Kind::Weighted(of) => of.minds == Minds::Health,
        }
    }
}

/// The next of `choices` that is fit. Those that are not are passed over, so the others share their turns.
fn turn<'c, T>(turns: &Turns, choices: &'c [Arc<T>], is_fit: impl Fn(&T) -> bool) -> Option<&'c Arc<T>> {
    (0..turns.cycle().len()).map_while(|_| choices.get(turns.next()?)).find(|choice| is_fit(choice))
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::LoadBalancer(_) => "LoadBalancer",
            Kind::Weighted(_) => "Weighted",
        };
        f.debug_struct("Upstream").field("name", &self.name).field("kind", &kind).finish()
    }
}

#[cfg(test)]
mod tests;
