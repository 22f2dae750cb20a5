//! What is remembered of a cluster: the facts that a mesh is made of.
//!
//! Custom kinds are watched in every version that a cluster may serve; of an object that is there in several the newest
//! counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_mesh_topology::facts::{
    HttpGroup, Pod, Service, Slice, Split, Table, Target, TcpRoute, UdpRoute,
};
use windrose_mesh_topology::{Fact, Facts};
use windrose_provider_kubernetes::objects::{Change, Kind};
use windrose_provider_kubernetes::watch::Wanted;

/// The facts, as they come in.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    services: Held<Service>,
    shadows: Held<Written>,
    slices: Held<Slice>,
    pods: Held<Pod>,
    splits: [Held<Split>; 4],
    targets: [Held<Target>; 3],
    http_groups: [Held<HttpGroup>; 4],
    tcp_routes: [Held<TcpRoute>; 4],
    udp_routes: [Held<UdpRoute>; 1],
}

/// The objects of one path.
#[derive(Debug)]
struct Held<T> {
    facts: Table<T>,
    /// Who they are, for Events.
    uids: BTreeMap<Key, Arc<str>>,
}

/// Namespace and name.
type Key = (Arc<str>, Arc<str>);

/// What is written of a shadow service.
#[derive(Debug, PartialEq)]
pub(crate) struct Written(pub(crate) Value);

impl Cluster {
    /// All of it.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            services: self.services.facts.clone(),
            slices: self.slices.facts.clone(),
            pods: self.pods.facts.clone(),
            splits: newest(&self.splits),
            targets: newest(&self.targets),
            http_groups: newest(&self.http_groups),
            tcp_routes: newest(&self.tcp_routes),
            udp_routes: newest(&self.udp_routes),
        }
    }
}

impl Cluster {
    /// The shadow services that there are.
    pub(crate) fn shadows(&self) -> &Table<Written> {
        &self.shadows.facts
    }

    /// Who an object is that something is wrong with; empty where it is gone.
    pub(crate) fn uid(&self, kind: &str, key: &Key) -> Arc<str> {
        let found = match kind {
            "Service" => self.services.uids.get(key),
            "TrafficSplit" => self.splits.iter().find_map(|held| held.uids.get(key)),
            _ => self.targets.iter().find_map(|held| held.uids.get(key)),
        };
        found.cloned().unwrap_or_default()
    }

    fn take_service(&mut self, change: Change) -> bool {
        let of_shadows = match &change {
            Change::All(scope, values) => {
                Change::All(scope.clone(), values.iter().filter(|value| is_shadow(value)).cloned().collect())
            }
            Change::Put(value) if is_shadow(value) => Change::Put(value.clone()),
            Change::Put(value) | Change::Gone(value) => Change::Gone(value.clone()),
        };
        let is_changed = self.shadows.take(of_shadows);
        self.services.take(change) || is_changed
    }
}

impl Fact for Written {
    fn read(mut object: Value) -> Option<Self> {
        let mut part = |path: &str| object.pointer_mut(path).map(Value::take).unwrap_or_default();
        Some(Self(json!({
            "metadata": {"name": part("/metadata/name"), "annotations": part("/metadata/annotations")},
            "spec": {"ports": part("/spec/ports"), "trafficDistribution": part("/spec/trafficDistribution")},
        })))
    }
}

/// Whether a Service stands in the mesh for another one.
fn is_shadow(service: &Value) -> bool {
    let label = |path: &str| service.pointer(path).and_then(Value::as_str);
    label("/metadata/labels/app") == Some("maesh") && label("/metadata/labels/type") == Some("shadow")
}

/// The objects of all versions, the newest of each; older versions stand first.
fn newest<T>(versions: &[Held<T>]) -> Table<T> {
    let mut all = Table::new();
    for Held { facts, .. } in versions {
        all.extend(facts.iter().map(|(key, object)| (key.clone(), Arc::clone(object))));
    }
    all
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { facts: BTreeMap::new(), uids: BTreeMap::new() }
    }
}

impl<T: Fact> Held<T> {
    /// Takes in what the API server says; whether anything is different.
    fn take(&mut self, change: Change) -> bool {
        match change {
            Change::All(scope, values) => {
                let objects: BTreeMap<Key, (T, Arc<str>)> = values.into_iter().filter_map(read).collect();
                let is_kept = |key: &Key| {
                    scope.as_ref().is_some_and(|scope| *scope != key.0) || objects.contains_key(key)
                };
                let before = self.facts.len();
                self.facts.retain(|key, _| is_kept(key));
                self.uids.retain(|key, _| is_kept(key));
                let mut is_changed = self.facts.len() != before;
                for (key, (fact, uid)) in objects {
                    is_changed |= self.put(key, fact, uid);
                }
                is_changed
            }
            Change::Put(value) => match (key(&value), read(value)) {
                (_, Some((key, (fact, uid)))) => self.put(key, fact, uid),
                // What makes no sense any more is not what it was.
                (Some(key), None) => self.facts.remove(&key).is_some(),
                (None, None) => false,
            },
            Change::Gone(value) => key(&value).is_some_and(|key| {
                self.uids.remove(&key);
                self.facts.remove(&key).is_some()
            }),
        }
    }

    fn put(&mut self, key: Key, fact: T, uid: Arc<str>) -> bool {
        self.uids.insert(key.clone(), uid);
        if self.facts.get(&key).is_some_and(|known| **known == fact) {
            return false;
        }
        self.facts.insert(key, Arc::new(fact));
        true
    }
}

fn read<T: Fact>(value: Value) -> Option<(Key, (T, Arc<str>))> {
    let key = key(&value)?;
    let uid = value.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().into();
    Some((key, (T::read(value)?, uid)))
}

fn key(value: &Value) -> Option<Key> {
    let field = |name: &str| value.pointer(name).and_then(Value::as_str);
    Some((field("/metadata/namespace").unwrap_or_default().into(), field("/metadata/name")?.into()))
}

/// All that is watched.
pub(crate) fn wanted() -> Vec<Wanted<Cluster>> {
    KINDS.iter().map(|kind| Wanted { kind, selector: Arc::default() }).collect()
}

/// What the DNS server watches.
pub(crate) fn shadows() -> Vec<Wanted<Cluster>> {
    let services = KINDS.iter().filter(|kind| kind.plural == "services");
    services.map(|kind| Wanted { kind, selector: "app=maesh,type=shadow".into() }).collect()
}

/// Where a kind is found, and where it is kept.
macro_rules! kind {
    ($name:literal, $api:literal, $plural:literal, $($field:tt)+) => {
        Kind {
            name: $name,
            api: $api,
            plural: $plural,
            namespaced: true,
            selector: "",
            take: |cluster: &mut Cluster, change| cluster.$($field)+.take(change),
        }
    };
}

static KINDS: &[Kind<Cluster>] = &[
    Kind {
        name: "Service",
        api: "/api/v1",
        plural: "services",
        namespaced: true,
        selector: "",
        take: Cluster::take_service,
    },
    kind!("EndpointSlice", "/apis/discovery.k8s.io/v1", "endpointslices", slices),
    kind!("Pod", "/api/v1", "pods", pods),
    kind!("TrafficSplit", "/apis/split.smi-spec.io/v1alpha1", "trafficsplits", splits[0]),
    kind!("TrafficSplit", "/apis/split.smi-spec.io/v1alpha2", "trafficsplits", splits[1]),
    kind!("TrafficSplit", "/apis/split.smi-spec.io/v1alpha3", "trafficsplits", splits[2]),
    kind!("TrafficSplit", "/apis/split.smi-spec.io/v1alpha4", "trafficsplits", splits[3]),
    kind!("TrafficTarget", "/apis/access.smi-spec.io/v1alpha1", "traffictargets", targets[0]),
    kind!("TrafficTarget", "/apis/access.smi-spec.io/v1alpha2", "traffictargets", targets[1]),
    kind!("TrafficTarget", "/apis/access.smi-spec.io/v1alpha3", "traffictargets", targets[2]),
    kind!("HTTPRouteGroup", "/apis/specs.smi-spec.io/v1alpha1", "httproutegroups", http_groups[0]),
    kind!("HTTPRouteGroup", "/apis/specs.smi-spec.io/v1alpha2", "httproutegroups", http_groups[1]),
    kind!("HTTPRouteGroup", "/apis/specs.smi-spec.io/v1alpha3", "httproutegroups", http_groups[2]),
    kind!("HTTPRouteGroup", "/apis/specs.smi-spec.io/v1alpha4", "httproutegroups", http_groups[3]),
    kind!("TCPRoute", "/apis/specs.smi-spec.io/v1alpha1", "tcproutes", tcp_routes[0]),
    kind!("TCPRoute", "/apis/specs.smi-spec.io/v1alpha2", "tcproutes", tcp_routes[1]),
    kind!("TCPRoute", "/apis/specs.smi-spec.io/v1alpha3", "tcproutes", tcp_routes[2]),
    kind!("TCPRoute", "/apis/specs.smi-spec.io/v1alpha4", "tcproutes", tcp_routes[3]),
    kind!("UDPRoute", "/apis/specs.smi-spec.io/v1alpha4", "udproutes", udp_routes[0]),
];
