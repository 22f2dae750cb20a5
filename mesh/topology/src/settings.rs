//! What an operator says about the whole mesh.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::facts::{Facts, Key, Service};

/// Settings of the mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether only what a `TrafficTarget` allows is allowed.
    pub acl: bool,
    /// How services without an annotation are served.
    pub default_mode: Mode,
    /// Where the mesh itself lives, and its shadow services.
    pub mesh_namespace: Arc<str>,
    /// The only namespaces that are looked at; empty stands for all.
    pub watch_namespaces: Vec<Arc<str>>,
    /// Namespaces that are not looked at, whatever else is said.
    pub ignore_namespaces: Vec<Arc<str>>,
    /// How many entry points the proxies have.
    pub limits: Limits,
    /// What a `TrafficTarget` without rules allows.
    pub targets_without_rules: Unruled,
    /// Whether a `TrafficTarget` says who may open TCP connections.
    pub tcp_sources: Sources,
    /// Whether a `TrafficTarget` says who may send datagrams. A UDP router cannot tell clients apart, so with
    /// [`Sources::Enforced`] no datagram passes while access control is on.
    pub udp_sources: Sources,
    /// How the cluster chooses among the proxies for a client, as a Service has it; empty for as it likes.
    pub distribution: Arc<str>,
    /// Whether names below `windrose.mesh` are answered too.
    pub windrose_zone: bool,
    /// Whether objects may name those of other namespaces that are written for the edge.
    pub crossing: Crossing,
}

/// How a service is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Told apart by host name.
    Http,
    /// An entry point for each port.
    Tcp,
    /// An entry point for each port.
    Udp,
}

/// How many entry points the proxies have of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From 5000 on; so many ports may an HTTP service have.
    pub http: u16,
    /// From 10000 on; so many ports may all TCP services have together.
    pub tcp: u16,
    /// From 15000 on; so many ports may all UDP services have together.
    pub udp: u16,
}

/// What a `TrafficTarget` without rules allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unruled {
    /// All HTTP requests of its sources, as Traefik Mesh did.
    Allow,
    /// Nothing, as the specification of SMI says.
    Deny,
}

/// Whether it matters who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sources {
    /// Only the sources of a target may.
    Enforced,
    /// Everybody may as soon as a target has a route, as with Traefik Mesh.
    Open,
}

/// Whether a name leads to another namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// It does, so whoever may write here uses what others keep there, such as their users and passwords.
    Allowed,
    /// It does not.
    Denied,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            acl: false,
            default_mode: Mode::Http,
            mesh_namespace: "maesh".into(),
            watch_namespaces: Vec::new(),
            ignore_namespaces: Vec::new(),
            limits: Limits { http: 10, tcp: 25, udp: 25 },
            targets_without_rules: Unruled::Deny,
            tcp_sources: Sources::Enforced,
            udp_sources: Sources::Enforced,
            distribution: Arc::default(),
            windrose_zone: false,
            crossing: Crossing::Denied,
        }
    }
}

impl Settings {
    /// Whether an object in this namespace with this label `app` is looked at.
    #[must_use]
    pub fn sees(&self, namespace: &str, app: &str) -> bool {
        let names = |list: &[Arc<str>]| list.iter().any(|name| **name == *namespace);
        let is_watched = self.watch_namespaces.is_empty() || names(&self.watch_namespaces);
        let is_ignored = names(&self.ignore_namespaces) || namespace == "kube-system";
        is_watched && !is_ignored && !matches!(app, "maesh" | "jaeger")
    }

    /// The services of the mesh.
    pub(crate) fn services<'f>(&self, facts: &'f Facts) -> impl Iterator<Item = (Key, &'f Arc<Service>)> {
        facts.services.iter().map(|(key, service)| (Key::from(key), service)).filter(|(key, service)| {
            let is_api_server = *key.namespace == *"default" && *key.name == *"kubernetes";
            self.sees(&key.namespace, &service.app) && !is_api_server && !service.is_external_name
        })
    }
}

impl Mode {
    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.text())
    }
}

/// It is none of `http`, `tcp`, `udp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of http, tcp, udp")]
pub struct NoMode;

impl FromStr for Mode {
    type Err = NoMode;

    fn from_str(text: &str) -> Result<Self, NoMode> {
        match text {
            "http" => Ok(Self::Http),
            "tcp" => Ok(Self::Tcp),
            "udp" => Ok(Self::Udp),
            _ => Err(NoMode),
        }
    }
}
