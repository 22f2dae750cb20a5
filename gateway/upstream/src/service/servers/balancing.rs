//! What is written of a balancer, as plain values.

use std::sync::Arc;
use std::time::Duration;

use super::key::Consistent;
use crate::endpoint::Endpoint;
use crate::health::{Passive, Probe};
use crate::service::Upgrades;
use crate::sticky::Cookie;

/// A server, for whoever makes a balancer.
#[derive(Clone, Debug)]
pub struct Member {
    /// How it is reached.
    pub endpoint: Arc<Endpoint>,
    /// Its share; 0 or less takes it out, but for [`Strategy::P2c`], which knows no shares.
    pub weight: i64,
    /// Whether only clients of sticky sessions that are at home there are sent there.
    pub fenced: bool,
}

/// How a balancer works. The default is that of an empty `loadBalancer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balancing {
    /// How servers are chosen.
    pub strategy: Strategy,
    /// The cookie of sticky sessions.
    pub sticky: Option<Cookie>,
    /// How servers are asked whether they are well.
    pub probe: Option<Arc<Probe>>,
    /// How servers are judged by their answers.
    pub passive: Option<Passive>,
    /// How long a server that comes or comes back gets less than its share. Ours.
    pub slow_start: Option<Duration>,
    /// Which host the servers are told.
    pub pass_host: PassHost,
    /// What connections may change to.
    pub upgrades: Upgrades,
}

/// How servers are chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// By turns.
    #[default]
    Wrr,
    /// The one with fewer requests of two.
    P2c,
    /// The one that answers soonest.
    LeastTime,
    /// By the client's address, as Traefik does; without sticky sessions.
    Hrw,
    /// The one with the fewest requests. Ours.
    LeastRequest,
    /// The one where a request would wait the shortest, of two. Ours.
    PeakEwma,
    /// By something in the request, as long as nobody gets too much. Ours.
    Consistent(Consistent),
}

/// Which host servers are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PassHost {
    /// The one the client asked for.
    #[default]
    Client,
    /// The one of the server's URL.
    Server,
}

impl Member {
    /// A server with this share and nothing else.
    #[must_use]
    pub const fn new(endpoint: Arc<Endpoint>, weight: i64) -> Self {
        Self { endpoint, weight, fenced: false }
    }
}

impl Balancing {
    /// Whether servers have turns and nothing else.
    pub(super) fn is_plain(&self) -> bool {
        self.strategy == Strategy::Wrr
            && self.upgrades == Upgrades::default()
            && self.sticky.is_none()
            && self.probe.is_none()
            && self.passive.is_none()
            && self.slow_start.is_none()
    }
}
