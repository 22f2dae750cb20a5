//! A store that several gateways share, for middlewares that count: what is asked of it, and how it is reached.
//!
//! A middleware writes down where the store is and gets a [`Callee`](crate::Callee); it asks by way of the end of its
//! chain ([`Next::query`](crate::Next::query)), which has the connections. Must not know what is counted.

use std::sync::Arc;
use std::time::Duration;

use windrose_config::Located;
use windrose_config::dynamic_config::ServersTransport;
use windrose_config::redact::Secret;

pub use windrose_wire::resp::Value;

/// Where a Redis is, and how it is used.
#[derive(Debug)]
pub struct Store<'a> {
    /// Its addresses, `host:port`; several are a cluster.
    pub endpoints: &'a [Located<Arc<str>>],
    /// How it is reached, time for connecting included.
    pub transport: ServersTransport,
    /// Whether that is by TLS.
    pub is_secure: bool,
    /// Who asks; empty is the default user.
    pub username: &'a str,
    /// The password; empty is none.
    pub password: &'a Secret,
    /// The number of the database.
    pub database: u32,
    /// How many connections are kept; 0 is what is usual.
    pub kept: usize,
    /// How many are made before they are needed.
    pub warm: usize,
    /// How many there may be; 0 is any number.
    pub most: usize,
    /// How long an answer may take.
    pub read_timeout: Option<Duration>,
    /// How long sending a command may take.
    pub write_timeout: Option<Duration>,
}

/// The store gave no answer; why has been told where it is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store gives no answer")]
pub struct Unavailable;
