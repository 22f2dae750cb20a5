//! The dynamic configuration of Traefik 2, as far as the mesh needs it. What is empty is left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

pub use crate::annotations::{Balance, HealthCheck, Timeouts};
pub use crate::facts::Step;

/// What the proxies are told.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Configuration {
    /// HTTP.
    pub http: Http,
    /// TCP.
    #[serde(skip_serializing_if = "L4::is_empty")]
    pub tcp: L4,
    /// UDP.
    #[serde(skip_serializing_if = "L4::is_empty")]
    pub udp: L4,
}

/// Section `http`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Http {
    /// Routers by name.
    pub routers: BTreeMap<String, Router>,
    /// Services by name.
    pub services: BTreeMap<String, HttpService>,
    /// Middlewares by name.
    pub middlewares: BTreeMap<String, Middleware>,
}

/// Sections `tcp` and `udp`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct L4 {
    /// Routers by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub routers: BTreeMap<String, Router>,
    /// Services by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, L4Service>,
    /// Middlewares by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub middlewares: BTreeMap<String, Middleware>,
}

/// A router of any section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Router {
    /// The one entry point.
    pub entry_points: Vec<String>,
    /// Names of middlewares, the first is asked first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub middlewares: Vec<String>,
    /// The name of its service.
    pub service: String,
    /// What it answers; empty for UDP.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// The highest is asked first; zero stands for the length of the rule.
    #[serde(skip_serializing_if = "is_zero")]
    pub priority: u64,
}

/// A service of section `http`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HttpService {
    /// Servers.
    #[serde(rename_all = "camelCase")]
    LoadBalancer {
        /// Each by its URL.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        servers: Vec<Server>,
        /// Whether servers see the name that the client asked for.
        pass_host_header: bool,
        /// How one is chosen.
        #[serde(flatten)]
        balance: Balance,
    },
    /// Other services.
    Weighted(Weighted),
    /// What a `TraefikService` says, as its kind and options.
    #[serde(untagged)]
    Written(Value),
}

/// A server of HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    /// Scheme, address and port.
    pub url: String,
}

/// A service of sections `tcp` and `udp`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum L4Service {
    /// Servers.
    LoadBalancer {
        /// Each by its address.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        servers: Vec<L4Server>,
    },
    /// Other services.
    Weighted(Weighted),
}

/// A server of TCP or UDP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct L4Server {
    /// Address and port.
    pub address: String,
}

/// Services by weight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Weighted {
    /// Those that take turns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Part>,
}

/// One service of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The name of the service.
    pub name: String,
    /// Its part, beside those of the others.
    pub weight: u64,
}

/// A middleware.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Middleware {
    /// Lets in the clients on a list.
    #[serde(rename_all = "camelCase")]
    IpWhiteList {
        /// Addresses; never empty.
        source_range: Vec<Arc<str>>,
    },
    /// Tries again on another server.
    Retry {
        /// How often altogether.
        attempts: i64,
    },
    /// Requests of one client.
    RateLimit {
        /// A second.
        average: i64,
        /// At once.
        burst: i64,
    },
    /// Ends what takes too long.
    Timeouts(Timeouts),
    /// Stops asking a service that fails.
    CircuitBreaker {
        /// When.
        expression: String,
    },
    /// Others, one after the other.
    Chain {
        /// Their names.
        middlewares: Vec<String>,
    },
    /// What a `Middleware` says.
    #[serde(untagged)]
    Written(Step),
}

impl Configuration {
    /// What everybody may see of those middlewares whose options may be secret, by name.
    #[must_use]
    pub fn hidden(&self) -> BTreeMap<String, Value> {
        let hidden = |(name, middleware): (&String, &Middleware)| match middleware {
            Middleware::Written(Step { kind, shown, .. }) => {
                Some((name.clone(), Value::from_iter([(kind.to_string(), shown.clone())])))
            }
            _ => None,
        };
        self.http.middlewares.iter().filter_map(hidden).collect()
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry(&self.kind, &self.options)?;
        map.end()
    }
}

impl L4 {
    fn is_empty(&self) -> bool {
        self.routers.is_empty() && self.services.is_empty() && self.middlewares.is_empty()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
