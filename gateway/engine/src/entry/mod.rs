//! The static side of an entry point, compiled once at start.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use windrose_config::static_config::EntryPoint;
use windrose_http::exchange::Trust;
pub use windrose_http::exchange::{OddNames, Treatment};
use windrose_http::headers::Name;
use windrose_http::path::{Cleaning, Semicolons};

use crate::snapshot::Verbosity;

/// What a listener listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
    /// Connections of QUIC, beside those of TCP.
    Quic,
}

impl Kind {
    /// What an entry point listens for, by the end of its address.
    #[must_use]
    pub fn of(written: &EntryPoint) -> Self {
        let protocol = written.address.rsplit_once('/').map(|(_, protocol)| protocol);
        if protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case("udp")) {
            Self::Udp
        } else {
            Self::Tcp
        }
    }
}

/// How one entry point treats its connections and requests.
#[derive(Clone, Debug)]
pub struct EntryOptions {
    /// Its name.
    pub name: Arc<str>,
    /// What is done to paths.
    pub cleaning: Cleaning,
    /// What is done to semicolons in queries.
    pub semicolons: Semicolons,
    /// What is done to field names that some servers take for others.
    pub odd_names: OddNames,
    /// Escapes such as `%2F` that no path may hold.
    pub denied_escapes: Box<[&'static str]>,
    /// The largest head, in bytes; protocols add what their framing costs.
    pub max_head: usize,
    /// Whose X-Forwarded fields are believed.
    pub trusted: Trusted,
    /// Whose PROXY headers are believed; `None` where none are looked for.
    pub proxy: Option<Trusted>,
    /// Whether challenges of certificate authorities are for routers.
    pub acme_by_pass: bool,
    /// Silence after which a session of UDP ends.
    pub session_timeout: Duration,
    /// Header names that stay although Connection names them.
    pub kept_connection: Box<[Box<str>]>,
    /// Whether the peer's address is added to X-Forwarded-For.
    pub appends_peer: bool,
    /// Whether X-Forwarded-Scheme and X-Scheme are sent as well.
    pub adds_scheme: bool,
    /// How long a request may take to arrive, body included.
    pub read_timeout: Option<Duration>,
    /// How long an answer may take, from the request's head on.
    pub write_timeout: Option<Duration>,
    /// How long a connection may wait for the next request.
    pub idle_timeout: Option<Duration>,
    /// Requests after which a connection is closed.
    pub max_requests: Option<u64>,
    /// Age at which a connection is closed.
    pub max_age: Option<Duration>,
    /// HTTP/2 limits.
    pub http2: Http2Options,
    /// What clients are told of HTTP/3 here; `None` where it is not spoken.
    pub http3: Option<Http3>,
    /// The header of answers that names the router, if one is to.
    pub router_header: Option<Name>,
    /// What is recorded of the requests of routers that say nothing about it, and of those without a router.
    pub records: Records,
    /// How long to go on accepting after the signal to stop.
    pub accept_grace: Duration,
    /// How long running requests may take after that.
    pub grace: Duration,
}

/// HTTP/3 beside the other versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http3 {
    /// The port that clients are told of; `None` stands for the one it is spoken on.
    pub advertised: Option<u16>,
    /// How they are told (RFC 7838); empty as long as nobody knows the port.
    pub alt_svc: Arc<str>,
}

impl Http3 {
    /// The same, when it is spoken on this port.
    #[must_use]
    pub fn on(&self, port: u16) -> Self {
        let port = self.advertised.unwrap_or(port);
        Self { advertised: self.advertised, alt_svc: format!("h3=\":{port}\"; ma=2592000").into() }
    }
}

/// What is recorded of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Records {
    /// Whether they are written to the access log.
    pub access_log: bool,
    /// Whether they are counted.
    pub metrics: bool,
    /// Whether they are traced.
    pub tracing: bool,
    /// How much of them is traced.
    pub verbosity: Verbosity,
}

/// Whose word is taken.
#[derive(Clone, Debug)]
pub enum Trusted {
    /// Everybody's.
    Everybody,
    /// That of these networks.
    Nets(Box<[IpNet]>),
}

/// HTTP/2 limits.
#[derive(Clone, Copy, Debug)]
pub struct Http2Options {
    /// Streams a client may have open.
    pub max_streams: u32,
    /// Size of the table that received fields refer to.
    pub decoder_table: u32,
}

impl Trusted {
    /// Whether `peer` is trusted.
    #[must_use]
    pub fn judge(&self, peer: IpAddr) -> Trust {
        if self.holds(peer) { Trust::Trusted } else { Trust::Stranger }
    }

    /// Whether it is the word of `peer`, too.
    #[must_use]
    pub fn holds(&self, peer: IpAddr) -> bool {
        match self {
            Self::Everybody => true,
            Self::Nets(nets) => nets.iter().any(|net| net.contains(&peer.to_canonical())),
        }
    }
}
