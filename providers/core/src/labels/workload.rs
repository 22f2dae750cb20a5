//! A workload as its provider found it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::constraints::Constraints;
use crate::template::Data;

/// Something that carries labels.
pub struct Workload<'a> {
    /// What it is, for people: `container web-1`.
    pub owner: &'a str,
    /// The name of routers and services that nobody wrote.
    pub name: &'a str,
    /// Its labels.
    pub labels: &'a BTreeMap<String, String>,
    /// Where it listens.
    pub servers: Servers<'a>,
    /// The rule of routers that have none.
    pub rule: DefaultRule<'a>,
    /// What the provider asks of labels, which is what some of them are for.
    pub constraints: &'a Constraints,
}

/// Where a workload listens.
#[derive(Clone, Copy)]
pub enum Servers<'a> {
    /// Nowhere for now, so its services have no servers.
    None,
    /// At the addresses that this says, given the port that is written, if one is; else why it is not known.
    At(&'a Find<'a>),
}

/// Says where a workload listens.
pub type Find<'a> = dyn Fn(Option<&str>) -> Result<Vec<Address>, String> + 'a;

/// How routers without a rule get one.
#[derive(Debug, Clone, Copy)]
pub struct DefaultRule<'a> {
    /// A template.
    pub template: &'a str,
    /// The option it comes from, for messages.
    pub option: &'a str,
    /// What the template is told.
    pub data: &'a [(&'a str, Data<'a>)],
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: String,
}

impl Address {
    /// An address.
    pub fn new(host: impl Into<String>, port: impl Into<String>) -> Self {
        Self { host: host.into(), port: port.into() }
    }

    /// Whether the host is an address that nobody can reach: none, or that of all interfaces.
    #[must_use]
    pub fn is_unspecified(host: &str) -> bool {
        host.is_empty() || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without_zone = self.host.split('%').next().unwrap_or_default();
        if without_zone.parse::<Ipv6Addr>().is_ok() {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The runs of letters and digits, joined by dashes: how Traefik names what nobody named.
#[must_use]
pub fn normalize(name: &str) -> String {
    let runs: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()).collect();
    runs.join("-")
}
