//! What would become of a request: the way of a real one, walked without a connection.
//!
//! A request is prepared, routed and led through the filters of its route by the code that does it for traffic, so what
//! is said here cannot differ from what happens. Nothing is sent, counted or waited for: where a middleware waits, or a
//! service begins, the walk ends. Pure but for the clock.

mod misses;
mod walk;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use windrose_config::Written;
use windrose_config::dynamic_config::Router;
use windrose_http::Failure;
use windrose_tls::Refused;

pub use misses::{Miss, Neighbours, neighbours};
pub use walk::walk;

use crate::entry::EntryOptions;
use crate::route::tcp::TcpRoute;
use crate::snapshot::Route;

/// A request that nobody sent.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The place of its entry point in the snapshot.
    pub place: usize,
    /// How that treats requests.
    pub options: &'a EntryOptions,
    /// The method.
    pub method: &'a str,
    /// Path and query as they are sent.
    pub target: &'a str,
    /// The host that is asked for, with its port if one is written.
    pub host: &'a str,
    /// The other fields.
    pub headers: &'a [(String, String)],
    /// Who asks.
    pub peer: SocketAddr,
    /// Where the connection is accepted.
    pub local: SocketAddr,
    /// What the client says first, if it speaks TLS.
    pub hello: Option<Hello<'a>>,
}

/// What a client says at the beginning of TLS.
#[derive(Clone, Copy, Debug)]
pub struct Hello<'a> {
    /// The host it connects to; addresses are not said.
    pub server_name: Option<&'a str>,
    /// The protocols it offers.
    pub protocols: &'a [&'a [u8]],
}

/// What would become of a request.
#[derive(Debug)]
pub enum Fate {
    /// Its connection is for a TCP router; nobody looks for HTTP in it.
    Connection(Arc<TcpRoute>),
    /// There is no TLS connection.
    Refused(Refused),
    /// It is answered before a router is looked for.
    Unfit(Failure),
    /// No router wants it.
    Unrouted(Prepared),
    /// It goes by a route.
    Routed(Routed),
}

/// The request as routers see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// The host, in lower case and without port.
    pub host: String,
    /// The path that rules are matched with.
    pub path: String,
}

/// A request that found its route.
#[derive(Debug)]
pub struct Routed {
    /// What routers see.
    pub prepared: Prepared,
    /// The route.
    pub route: Arc<Route>,
    /// The router as written.
    pub router: Arc<Written<Router>>,
    /// Its priority.
    pub priority: i64,
    /// What stands in the way before any middleware.
    pub failure: Option<Failure>,
    /// What each middleware does, in order; those behind one that answers are not reached.
    pub steps: Vec<Step>,
    /// The path and query with which the service is asked.
    pub target: String,
}

/// What a middleware does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The middleware's qualified name.
    pub name: Arc<str>,
    /// What it does.
    pub does: Does,
}

/// What a middleware does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// It lets it pass, and changes this.
    Passes(Changes),
    /// It answers.
    Answers {
        /// The status.
        status: u16,
        /// Where it sends the client.
        location: Option<String>,
    },
    /// Only a real request could say: it waits, asks somebody or counts.
    Depends,
    /// Another one has answered.
    Nothing,
}

/// What a middleware changes in a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Path and query, if they are others now.
    pub target: Option<String>,
    /// The host, if it is another now.
    pub host: Option<String>,
    /// The names of fields that have other values now.
    pub set: Vec<String>,
    /// The names of fields that are gone.
    pub removed: Vec<String>,
}

impl Fate {
    /// What routers see of the request, if one was looked for.
    #[must_use]
    pub fn prepared(&self) -> Option<&Prepared> {
        match self {
            Self::Unrouted(prepared) => Some(prepared),
            Self::Routed(routed) => Some(&routed.prepared),
            Self::Connection(_) | Self::Refused(_) | Self::Unfit(_) => None,
        }
    }
}
