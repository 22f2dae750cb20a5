//! What traffic sees: compiled, immutable, data only.
//!
//! A request loads one snapshot and keeps to it. Names live in reports and labels, not here: everything on the
//! request path is reached by reference.

use std::sync::Arc;

use windrose_middleware::Stage;
use windrose_tls::Acceptor;
use windrose_upstream::Upstream;

use crate::route::Routes;

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
}

/// Where matching requests go.
#[derive(Debug)]
pub struct Route {
    /// The router's qualified name.
    pub name: Arc<str>,
    /// What stands between, chains taken apart.
    pub stages: Arc<[Stage]>,
    /// What answers.
    pub service: Arc<Upstream>,
}
