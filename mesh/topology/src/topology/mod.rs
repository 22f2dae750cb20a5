//! Who is behind what: services with their pods, and the splits and targets that concern them.
//!
//! Serialises as the API of the mesh shows it. References between objects are keys.

mod splits;
mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::facts::{Facts, HttpMatch, Key, Pod, ServicePort, TcpRoute, shown};
use crate::settings::Settings;
use crate::{Problem, facts};

/// All of it, by key.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "each is the kind of its name")]
pub struct Topology {
    #[serde(serialize_with = "by_key")]
    pub services: BTreeMap<Key, Service>,
    #[serde(serialize_with = "by_key")]
    pub pods: BTreeMap<Key, PodView>,
    #[serde(serialize_with = "by_both")]
    pub service_traffic_targets: BTreeMap<TargetKey, Target>,
    #[serde(serialize_with = "by_key")]
    pub traffic_splits: BTreeMap<Key, Split>,
}

/// A target at one of the services whose pods it concerns: the service first.
pub type TargetKey = (Key, Key);

/// A service.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Whom it selects.
    pub selector: Value,
    /// Its annotations.
    pub annotations: Option<BTreeMap<Arc<str>, Arc<str>>>,
    /// Its ports.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "raw")]
    pub ports: Vec<ServicePort>,
    /// Its address.
    pub cluster_ip: Arc<str>,
    /// Its pods that take requests.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "keys")]
    pub pods: Vec<Key>,
    /// The targets that concern it.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "both")]
    pub traffic_targets: Vec<TargetKey>,
    /// The splits of its requests.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "keys")]
    pub traffic_splits: Vec<Key>,
    /// The splits in which it answers.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "keys")]
    pub backend_of: Vec<Key>,
    /// What is wrong with it.
    pub errors: Option<Vec<String>>,
}

/// A pod.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodView {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its ServiceAccount.
    pub service_account: Arc<str>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub owner_references: Value,
    /// The ports of its containers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub container_ports: Vec<Value>,
    /// Its address.
    pub ip: Arc<str>,
    /// The targets whose source it is.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "both")]
    pub source_of: Vec<TargetKey>,
    /// The targets whose destination it is.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "both")]
    pub destination_of: Vec<TargetKey>,
}

/// A target at a service.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The service.
    #[serde(serialize_with = "key")]
    pub service: Key,
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Who may ask.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Who is asked.
    pub destination: Destination,
    /// What may be asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// What is wrong with it.
    pub errors: Option<Vec<String>>,
}

/// Who may ask.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The ServiceAccount.
    pub service_account: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// The pods that run under it.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "keys")]
    pub pods: Vec<Key>,
}

/// Who is asked.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// The ServiceAccount.
    pub service_account: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// The ports of the service that may be asked.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "raw")]
    pub ports: Vec<ServicePort>,
    /// The pods that run under it.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "keys")]
    pub pods: Vec<Key>,
}

/// What may be asked.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The group, as it is written.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub http_route_group: Value,
    /// The route of TCP.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "route")]
    pub tcp_route: Option<Arc<TcpRoute>>,
    /// The matches that count.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "matches")]
    pub http_matches: Vec<HttpMatch>,
}

/// A split.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// The service that clients call.
    #[serde(serialize_with = "key")]
    pub service: Key,
    /// Who answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backends: Vec<Backend>,
    /// Which requests it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// The pods that every backend allows.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "keys")]
    pub incoming: Vec<Key>,
    /// What is wrong with it.
    pub errors: Option<Vec<String>>,
}

/// Who answers for another.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Backend {
    /// Its share.
    pub weight: u64,
    /// The service.
    #[serde(serialize_with = "key")]
    pub service: Key,
}

/// What is being built.
struct Builder<'a> {
    facts: &'a Facts,
    settings: &'a Settings,
    topology: Topology,
    problems: Vec<Problem>,
}

/// Makes the topology of what is known.
#[must_use]
pub fn build(facts: &Facts, settings: &Settings) -> (Topology, Vec<Problem>) {
    let (topology, problems) = (Topology::default(), Vec::new());
    let mut builder = Builder { facts, settings, topology, problems };
    builder.services();
    if settings.acl {
        builder.targets();
    }
    builder.splits();
    (builder.topology, builder.problems)
}

impl Builder<'_> {
    fn services(&mut self) {
        let mut ready: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
        for ((namespace, _), slice) in &self.facts.slices {
            let pods = slice.endpoints.iter().filter(|endpoint| endpoint.is_ready);
            let of = ready.entry((Arc::clone(namespace), Arc::clone(&slice.service))).or_default();
            of.extend(pods.map(|endpoint| (Arc::clone(namespace), Arc::clone(&endpoint.pod))));
        }
        for (key, service) in &self.facts.services {
            if !is_meshed(key, service, self.settings) {
                continue;
            }
            let pods: Vec<Key> =
                ready.remove(key).into_iter().flatten().filter(|pod| self.has(pod)).collect();
            for pod in &pods {
                self.see(pod);
            }
            let view = Service {
                name: Arc::clone(&key.1),
                namespace: Arc::clone(&key.0),
                selector: service.selector.clone(),
                annotations: service.annotations.clone(),
                ports: service.ports.clone(),
                cluster_ip: Arc::clone(&service.cluster_ip),
                pods,
                ..Service::default()
            };
            self.topology.services.insert(key.clone(), view);
        }
    }

    /// Whether a pod is there, and looked at.
    fn has(&self, key: &Key) -> bool {
        self.facts.pods.get(key).is_some_and(|pod| self.settings.sees(&key.0, &pod.app) && !pod.ip.is_empty())
    }

    /// Shows a pod.
    fn see(&mut self, key: &Key) {
        if let Some(pod) = self.facts.pods.get(key) {
            self.topology.pods.entry(key.clone()).or_insert_with(|| view(key, pod));
        }
    }

    fn tell(&mut self, kind: &'static str, key: &Key, message: &str) {
        self.problems.push(Problem::new(kind, key, message));
    }

    /// The matches and routes that references of a namespace lead to.
    fn rules(&self, namespace: &Arc<str>, references: &[facts::Reference]) -> Result<Vec<Rule>, String> {
        references.iter().map(|reference| self.rule(namespace, reference)).collect()
    }

    fn rule(&self, namespace: &Arc<str>, reference: &facts::Reference) -> Result<Rule, String> {
        let key = (Arc::clone(namespace), Arc::clone(&reference.name));
        let missing = |kind: &str| format!("unable to find {kind} {:?}", shown(&key));
        match &*reference.kind {
            "HTTPRouteGroup" => {
                let group = self.facts.http_groups.get(&key).ok_or_else(|| missing("HTTPRouteGroup"))?;
                let named = |name: &Arc<str>| {
                    let found = group.matches.iter().find(|known| known.name == *name);
                    let unknown =
                        || format!("unable to find match {name:?} in HTTPRouteGroup {:?}", shown(&key));
                    found.cloned().ok_or_else(unknown)
                };
                let http_matches = match &*reference.matches {
                    [] => group.matches.clone(),
                    some => some.iter().map(named).collect::<Result<_, _>>()?,
                };
                Ok(Rule { http_route_group: group.raw.clone(), http_matches, ..Rule::default() })
            }
            "TCPRoute" => {
                let route = self.facts.tcp_routes.get(&key).ok_or_else(|| missing("TCPRoute"))?;
                Ok(Rule { tcp_route: Some(Arc::clone(route)), ..Rule::default() })
            }
            // Of UDP nothing is held to anything, so it is served without ACL only.
            "UDPRoute" if self.facts.udp_routes.contains_key(&key) => Ok(Rule::default()),
            "UDPRoute" => Err(missing("UDPRoute")),
            other => Err(format!("unknown spec type: {other:?}")),
        }
    }
}

/// Whether a service is part of the mesh.
pub(crate) fn is_meshed(key: &Key, service: &facts::Service, settings: &Settings) -> bool {
    let is_api_server = (&*key.0, &*key.1) == ("default", "kubernetes");
    settings.sees(&key.0, &service.app) && !is_api_server && &*service.kind != "ExternalName"
}

fn view(key: &Key, pod: &Pod) -> PodView {
    PodView {
        name: Arc::clone(&key.1),
        namespace: Arc::clone(&key.0),
        service_account: Arc::clone(&pod.account),
        owner_references: pod.owners.clone(),
        container_ports: pod.raw_ports.clone(),
        ip: Arc::clone(&pod.ip),
        ..PodView::default()
    }
}

/// A target's key as the API shows it.
#[must_use]
pub fn shown_target(key: &TargetKey) -> String {
    format!("{}:{}", shown(&key.0), shown(&key.1))
}

fn by_key<T: Serialize, S: Serializer>(map: &BTreeMap<Key, T>, out: S) -> Result<S::Ok, S::Error> {
    let mut fields = out.serialize_map(Some(map.len()))?;
    for (key, value) in map {
        fields.serialize_entry(&shown(key), value)?;
    }
    fields.end()
}

fn by_both<S: Serializer>(map: &BTreeMap<TargetKey, Target>, out: S) -> Result<S::Ok, S::Error> {
    let mut fields = out.serialize_map(Some(map.len()))?;
    for (key, value) in map {
        fields.serialize_entry(&shown_target(key), value)?;
    }
    fields.end()
}

fn seq<T, V: Serialize, S: Serializer>(
    items: &[T],
    each: impl Fn(&T) -> V,
    out: S,
) -> Result<S::Ok, S::Error> {
    let mut list = out.serialize_seq(Some(items.len()))?;
    for item in items {
        list.serialize_element(&each(item))?;
    }
    list.end()
}

fn key<S: Serializer>(key: &Key, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&shown(key))
}

fn keys<S: Serializer>(keys: &[Key], out: S) -> Result<S::Ok, S::Error> {
    seq(keys, shown, out)
}

fn both<S: Serializer>(keys: &[TargetKey], out: S) -> Result<S::Ok, S::Error> {
    seq(keys, shown_target, out)
}

fn raw<S: Serializer>(ports: &[ServicePort], out: S) -> Result<S::Ok, S::Error> {
    seq(ports, |port| port.raw.clone(), out)
}

fn matches<S: Serializer>(matches: &[HttpMatch], out: S) -> Result<S::Ok, S::Error> {
    seq(matches, |one| one.raw.clone(), out)
}

fn route<S: Serializer>(route: &Option<Arc<TcpRoute>>, out: S) -> Result<S::Ok, S::Error> {
    route.as_ref().map(|route| &route.raw).serialize(out)
}
