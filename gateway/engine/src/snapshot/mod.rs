//! What traffic sees: compiled, immutable, data only.
//!
//! A request loads one snapshot and keeps to it. Names live in reports and labels, not here: everything on the
//! request path is reached by reference.

use std::sync::Arc;

use windrose_middleware::Chain;
use windrose_tls::Acceptor;
use windrose_upstream::{Upstream, udp};

use crate::route::Routes;
use crate::route::tcp::TcpRoutes;

/// One generation of compiled configuration.
#[derive(Debug)]
pub struct Snapshot {
    /// Counts up by one with every publication.
    pub generation: u64,
    /// One for each entry point, in their order.
    pub listeners: Box<[Listener]>,
}

/// What an entry point serves.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Routes for plain requests.
    pub plain: Arc<Routes>,
    /// Routes for requests that came by TLS.
    pub secure: Arc<Routes>,
    /// How TLS is accepted.
    pub acceptor: Arc<Acceptor>,
    /// Routes for connections that are not looked into; `None` where there are none, and all is HTTP.
    pub tcp: Option<Arc<TcpRoutes>>,
    /// Where datagrams go, if anywhere.
    pub udp: Option<Arc<udp::Upstream>>,
}

impl Listener {
    /// Whether both are made of the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        fn is_same<T>(left: Option<&Arc<T>>, right: Option<&Arc<T>>) -> bool {
            left.map(Arc::as_ptr) == right.map(Arc::as_ptr)
        }
        Arc::ptr_eq(&self.plain, &other.plain)
            && Arc::ptr_eq(&self.secure, &other.secure)
            && Arc::ptr_eq(&self.acceptor, &other.acceptor)
            && is_same(self.tcp.as_ref(), other.tcp.as_ref())
            && is_same(self.udp.as_ref(), other.udp.as_ref())
    }
}

/// Where matching requests go.
#[derive(Debug)]
pub struct Route {
    /// The router's qualified name.
    pub name: Arc<str>,
    /// Its rule, as it was written.
    pub rule: Arc<str>,
    /// What stands between.
    pub chain: Arc<Chain>,
    /// What answers.
    pub service: Arc<Upstream>,
    /// What is recorded of its requests.
    pub recorded: Recorded,
}

/// What a router says of what is recorded of its requests; what it does not say, its entry point does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Whether they are written to the access log.
    pub access_log: Option<bool>,
    /// Whether they are counted.
    pub metrics: Option<bool>,
    /// Whether they are traced.
    pub tracing: Option<bool>,
    /// How much of them is traced.
    pub verbosity: Option<Verbosity>,
}

/// How much of a request is traced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// What came from the client, and what went to servers.
    #[default]
    Minimal,
    /// The router, each middleware and the service, too.
    Detailed,
}

impl Verbosity {
    /// The one that is written so.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        match text {
            "minimal" => Some(Self::Minimal),
            "detailed" => Some(Self::Detailed),
            _ => None,
        }
    }
}

impl Route {
    /// Whether it leads anywhere; one that cannot be used keeps its place and answers as if there were none.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self.service.name != *CLOSED
    }
}

/// The service of routes that cannot be used; nobody can name it.
pub(crate) const CLOSED: &str = "closed@internal";
