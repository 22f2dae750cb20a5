//! Finds who gets a connection: a route of TCP, or HTTP.
//!
//! The order is Traefik's. A connection without TLS goes to a plain route that matches, else to HTTP. One with TLS goes
//! to HTTP when a router of HTTP names the server name it asks for; then to a route that asks for something; then to
//! HTTP when a router of it is for any host; then to a route for everybody; else to HTTP, which knows no route then.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use windrose_middleware::tcp::Gate;
use windrose_rule::{HostIndex, RequestView, Table};
use windrose_tls::Acceptor;
use windrose_upstream::tcp::{Health, Upstream};
use windrose_wire::client_hello::ClientHello;

/// The routes of TCP of one entry point.
#[derive(Debug, Default)]
pub struct TcpRoutes {
    /// For connections without TLS.
    pub plain: Table<Arc<TcpRoute>>,
    /// For connections with TLS.
    pub secure: Table<Arc<TcpRoute>>,
    /// What routers of HTTP with TLS there are beside them.
    pub https: Https,
}

/// What routers of HTTP with TLS there are on an entry point.
#[derive(Debug, Default)]
pub struct Https {
    /// The hosts they name.
    pub hosts: HostIndex<()>,
    /// The same in order, to be compared with what others name.
    pub names: Vec<Arc<str>>,
    /// Whether there are any.
    pub are_there: bool,
    /// Whether one of them names no host.
    pub is_open: bool,
}

/// Where matching connections go.
pub struct TcpRoute {
    /// The router's qualified name.
    pub name: Arc<str>,
    /// Whether it is for everybody, and for that reason comes last.
    pub is_catch_all: bool,
    /// Where it leads.
    pub way: Way,
}

/// Where a route leads.
pub enum Way {
    /// Nowhere: the router cannot be used. Nobody else gets its connections.
    Closed,
    /// Through gates to a service.
    Open(Open),
}

/// Through gates to a service.
pub struct Open {
    /// What stands between.
    pub gates: Box<[Arc<dyn Gate>]>,
    /// What is done with TLS.
    pub tls: TlsUse,
    /// Where connections go.
    pub service: Arc<Upstream>,
}

/// What is done with the TLS of a connection.
#[derive(Clone, Debug)]
pub enum TlsUse {
    /// Nothing, and there is none.
    Nothing,
    /// It is between the client and the server.
    Passthrough,
    /// It ends here.
    Terminate(Arc<Acceptor>),
}

impl TcpRoutes {
    /// Whether nobody can match but plain routes, so that clients need not say anything before they are matched: in
    /// some protocols the server speaks first.
    #[must_use]
    pub fn is_plain_only(&self) -> bool {
        !self.plain.is_empty() && self.secure.is_empty() && !self.https.are_there
    }

    /// The route of a connection without TLS; `None` leaves it to HTTP.
    #[must_use]
    pub fn find_plain(&self, peer: IpAddr) -> Option<&Arc<TcpRoute>> {
        self.plain.find(&RequestView::tcp("", &[], peer))
    }

    /// The route of a connection with TLS; `None` leaves it to HTTP.
    #[must_use]
    pub fn find_secure(&self, hello: &ClientHello, peer: IpAddr) -> Option<&Arc<TcpRoute>> {
        let name = hello.server_name.host().unwrap_or_default();
        let offered: Vec<&[u8]> = hello.protocols().collect();
        self.find_named(&RequestView::tcp(name, &offered, peer))
    }

    /// The same for what is known of a hello.
    #[must_use]
    pub fn find_named(&self, hello: &RequestView<'_>) -> Option<&Arc<TcpRoute>> {
        if self.https.hosts.find(hello.host).is_some() {
            return None;
        }
        let found = self.secure.find(hello)?;
        Some(found).filter(|found| !(found.is_catch_all && self.https.is_open))
    }

    /// The route of TLS that did not begin a connection, and so is not for HTTP.
    #[must_use]
    pub fn find_raw(&self, hello: &ClientHello, peer: IpAddr) -> Option<&Arc<TcpRoute>> {
        let name = hello.server_name.host().unwrap_or_default();
        let offered: Vec<&[u8]> = hello.protocols().collect();
        self.secure.find(&RequestView::tcp(name, &offered, peer))
    }

    /// All routes.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<TcpRoute>> {
        self.plain.iter().chain(self.secure.iter())
    }
}

impl TcpRoute {
    /// Shows all checks that the servers behind it need.
    pub(crate) fn each_health(&self, each: &mut dyn FnMut(&Arc<Health>)) {
        if let Way::Open(open) = &self.way {
            open.service.each_health(each);
        }
    }
}

impl fmt::Debug for TcpRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TcpRoute");
        shown.field("name", &self.name);
        match &self.way {
            Way::Closed => shown.field("way", &"Closed"),
            Way::Open(open) => shown
                .field("gates", &open.gates.len())
                .field("tls", &open.tls)
                .field("service", &open.service),
        };
        shown.finish()
    }
}
