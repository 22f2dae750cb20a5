//! The dynamic configuration of the proxies.
//!
//! [`build`] walks the services of a topology; each gives routers of its own, so one that cannot be understood costs
//! nobody else. With access control a router lets in the addresses that targets name, and below it stands one that
//! refuses everybody. Order among routers of a host is by class: a split before a TraefikService before a target before a
//! service.
//!
//! Names, rules and priorities are those of Traefik Mesh, but for the following.
//!
//! | what | Traefik Mesh | here |
//! |---|---|---|
//! | TCP with access control | a target with a route lets everybody in; of two targets one is lost | clients are sorted by what targets open to them; `tcp_sources` brings the hole back |
//! | UDP with access control | never served | served to everybody once a target has a `UDPRoute`, if `udp_sources` says so |
//! | split of TCP or UDP with access control | serves everybody | as the backends' targets say |
//! | target without rules | allows all HTTP | allows nothing; `targets_without_rules` |
//! | several targets at one service | the router of one refuses the clients of another | rules have the addresses of clients too |
//! | target with a port | the entry point of the first port | the entry point of its port; named ports are found |
//! | backend of a split | its mesh name, which leads to a second proxy | its own pods, its own scheme, the host that was asked for |
//! | split with access control | one list of clients, and the second proxy checks | the backends' rules stand in the rule of the split, and servers are those that targets open |
//! | X-Forwarded-For of a split's backends | believed from everybody (`…-indirect`) | not looked at: there is no second proxy |
//! | root that is its own backend | a circle | its own pods |
//! | split that no backend is left of | 503 | left out, the root answers |
//! | several splits of a root | undefined order | those with matches first, then by name; one that nothing is left for is left out |
//! | split of a TCP or UDP port | the port of the pods on the backend's address | the pods |
//! | order of middlewares and headers | by chance | rate limit, circuit breaker, retry, list of clients; headers by name |
//! | list of clients without clients | refused by the proxy | an address that nobody has |
//! | backticks and braces in expressions | end the rule | written by their number, or the match is refused |
//! | path `/` | an empty expression, refused by the proxy | every path |
//! | only one number of a rate limit | silence | no limit, and a problem |
//! | attempts below one; a circuit breaker without expression | a router that is refused | none of it, and a problem |
//! | header that is written twice | the last one counts | both count |
//! | weight below zero | is passed on | weighs nothing |
//! | two objects with one name in the configuration | the last one counts for both | the second gets a name with a digest |
//! | port of an HTTP service that is not TCP | a router that may take another's place | left out |
//! | destination that is no `ServiceAccount` | the account of its name | nobody |
//! | source pods that have ended | let in, though their address may be another's | not let in |
//! | source pods with the network of their node | every process of the node is let in | not let in |
//! | source pods with two families of addresses | the first address | all of them |
//! | backend of a split that is a root itself | its own split is followed | its own pods |
//! | middlewares of a split's backends | apply at the second proxy | those of the root apply, and no others |
//! | endpoints without pods | no servers | servers, without access control |
//! | what is written for the edge | not known | Middlewares act after lists of clients; a TraefikService answers for its Service |
//!
//! Must not know: how the configuration gets to the proxies. Invariant: with access control no server is in a service
//! that a router leads to unless a target opens it to every client which that router lets in.

mod builder;
mod edge;
mod grants;
mod http;
mod keys;
mod l4;
mod middlewares;
mod model;
mod references;
mod rule;
mod splits;
mod subjects;
mod traefik_services;

use crate::facts::{Facts, Key};
use crate::problem::Problem;
use crate::settings::Settings;
use crate::shadow::Ports;
use crate::topology::{TargetKey, Topology};

pub use model::{
    Balance, Configuration, HealthCheck, Http, HttpService, L4, L4Server, L4Service, Middleware, Part,
    Router, Server, Step, Timeouts, Weighted,
};
pub use subjects::{SUBJECTS, Subject, Subjects};

/// What a topology comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Built {
    /// What the proxies are told.
    pub configuration: Configuration,
    /// What names in it stand for.
    pub subjects: Subjects,
    /// What belongs into the `errors` of the topology.
    pub errors: Vec<(Place, String)>,
    /// What to tell the owners of objects.
    pub problems: Vec<Problem>,
}

/// Something of a topology that has `errors`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A service.
    Service(Key),
    /// A target at a service.
    Target(TargetKey),
    /// A split.
    Split(Key),
}

/// The configuration of a topology, which has to be that of `facts`; `ports` has to be settled for them.
#[must_use]
pub fn build(topology: &Topology, facts: &Facts, ports: &Ports, settings: &Settings) -> Built {
    builder::Builder::new(topology, facts, ports, settings).finish()
}

#[cfg(test)]
mod tests;
