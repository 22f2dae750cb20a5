//! Who may talk to whom: services with their pods, the targets that let sources in, the splits between services.
//!
//! Its JSON is that of Traefik Mesh's `/api/topology/current`, name by name. Objects refer to each other by key. What
//! is wrong with an object stands in its `errors`, in Traefik Mesh's words; [`Topology::problems`] has these and
//! what it was silent about.
//!
//! Must not know: routers, entry points, annotations. Invariant: every key in it leads to something in it, but for the
//! Services that a broken split names.

mod build;
mod splits;
mod targets;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::facts::{ContainerPort, HttpGroup, Key, Match, ServicePort, TcpRoute, UdpRoute};
use crate::problem::Problem;

pub use build::build;

/// What a cluster comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Topology {
    /// All services of the mesh.
    pub services: BTreeMap<Key, Service>,
    /// The pods that answer for a service or are let in to one.
    pub pods: BTreeMap<Key, Pod>,
    /// What a `TrafficTarget` comes to at one service.
    pub service_traffic_targets: BTreeMap<TargetKey, ServiceTarget>,
    /// All splits.
    pub traffic_splits: BTreeMap<Key, Split>,
    /// What is wrong with objects.
    #[serde(skip)]
    pub problems: Vec<Problem>,
}

/// A Service.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Which pods it has; null if that is not said.
    pub selector: Option<BTreeMap<Arc<str>, Arc<str>>>,
    /// All annotations; null if there are none.
    pub annotations: Option<BTreeMap<Arc<str>, Arc<str>>>,
    /// Its ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<ServicePort>,
    /// Its address.
    pub cluster_ip: Arc<str>,
    /// The pods that are ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<Key>,
    /// Who lets sources in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traffic_targets: Vec<TargetKey>,
    /// The splits that it is the root of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traffic_splits: Vec<Key>,
    /// The splits that it is a backend of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backend_of: Vec<Key>,
    /// What is wrong with it.
    #[serde(serialize_with = "null_if_empty")]
    pub errors: Vec<String>,
}

/// A Pod.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// What it runs under.
    pub service_account: Arc<str>,
    /// Who made it.
    #[serde(skip_serializing_if = "is_nothing")]
    pub owner_references: Value,
    /// The ports of its containers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub container_ports: Vec<ContainerPort>,
    /// Its first address.
    pub ip: Arc<str>,
    /// The targets that let it in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_of: Vec<TargetKey>,
    /// The targets that let others in to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destination_of: Vec<TargetKey>,
}

/// A `TrafficTarget` at one service. Written `service@ns:traffictarget@ns`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetKey {
    /// The Service.
    pub service: Key,
    /// The `TrafficTarget`.
    pub target: Key,
}

/// What a `TrafficTarget` comes to at one service.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceTarget {
    /// The Service.
    pub service: Key,
    /// The name of the `TrafficTarget`.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Who is let in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// To what.
    pub destination: Destination,
    /// For which requests; empty stands for what the settings say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// What is wrong with it.
    #[serde(serialize_with = "null_if_empty")]
    pub errors: Vec<String>,
}

/// Pods that are let in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// What they run under.
    pub service_account: Arc<str>,
    /// Their namespace.
    pub namespace: Arc<str>,
    /// Those that have an address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<Key>,
}

/// Pods that others are let in to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// What they run under.
    pub service_account: Arc<str>,
    /// Their namespace.
    pub namespace: Arc<str>,
    /// The ports of the service by which they are reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<ServicePort>,
    /// Those that are ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<Key>,
}

/// Which requests are meant. One of the objects is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// A group of HTTP requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_route_group: Option<Arc<HttpGroup>>,
    /// Connections of TCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_route: Option<Arc<TcpRoute>>,
    /// Datagrams; Traefik Mesh does not know these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udp_route: Option<Arc<UdpRoute>>,
    /// Those requests of the group that are meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http_matches: Vec<Match>,
}

/// A `TrafficSplit`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// The root.
    pub service: Key,
    /// Who answers instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backends: Vec<Backend>,
    /// Which requests are split; empty stands for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// The pods that are let in to every backend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incoming: Vec<Key>,
    /// What is wrong with it.
    #[serde(serialize_with = "null_if_empty")]
    pub errors: Vec<String>,
}

/// One of those who answer for a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backend {
    /// Its part, beside those of the others.
    pub weight: u64,
    /// The Service.
    pub service: Key,
}

impl Service {
    /// The key of it.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::new(&self.namespace, &self.name)
    }
}

impl fmt::Display for TargetKey {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}:{}", self.service, self.target)
    }
}

impl Serialize for TargetKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

fn null_if_empty<S: Serializer>(errors: &[String], to: S) -> Result<S::Ok, S::Error> {
    Some(errors).filter(|errors| !errors.is_empty()).serialize(to)
}

fn is_nothing(value: &Value) -> bool {
    value.as_array().is_none_or(Vec::is_empty)
}
