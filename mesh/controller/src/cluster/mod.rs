//! What is remembered of a cluster: the facts that a mesh is made of.
//!
//! Custom kinds are watched in every version that a cluster may serve; of an object that is there in several the newest
//! counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use windrose_mesh_topology::facts::{
    Fact, Facts, HttpGroup, Key, Pod, Service, Slice, Split, Table, Target, TcpRoute, UdpRoute,
};
use windrose_provider_kubernetes::objects::{Change, Kind};
use windrose_provider_kubernetes::watch::Wanted;

/// The facts, as they come in.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    services: Held<Service>,
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
struct Held<T>(Table<T>);

impl Cluster {
    /// All of it.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            services: self.services.0.clone(),
            slices: self.slices.0.clone(),
            pods: self.pods.0.clone(),
            splits: newest(&self.splits),
            targets: newest(&self.targets),
            http_groups: newest(&self.http_groups),
            tcp_routes: newest(&self.tcp_routes),
            udp_routes: newest(&self.udp_routes),
        }
    }
}

/// The objects of all versions, the newest of each; older versions stand first.
fn newest<T>(versions: &[Held<T>]) -> Table<T> {
    let mut all = Table::new();
    for Held(version) in versions {
        all.extend(version.iter().map(|(key, object)| (key.clone(), Arc::clone(object))));
    }
    all
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Fact> Held<T> {
    /// Takes in what the API server says; whether anything is different.
    fn take(&mut self, change: Change) -> bool {
        match change {
            Change::All(scope, values) => {
                let objects: Table<T> = values.into_iter().filter_map(read).collect();
                let before = self.0.len();
                let is_kept = |key: &Key| {
                    scope.as_ref().is_some_and(|scope| *scope != key.0) || objects.contains_key(key)
                };
                self.0.retain(|key, _| is_kept(key));
                let mut is_changed = self.0.len() != before;
                for (key, object) in objects {
                    is_changed |= self.put(key, object);
                }
                is_changed
            }
            Change::Put(value) => read(value).is_some_and(|(key, object)| self.put(key, object)),
            Change::Gone(value) => key(&value).is_some_and(|key| self.0.remove(&key).is_some()),
        }
    }

    fn put(&mut self, key: Key, object: Arc<T>) -> bool {
        if self.0.get(&key) == Some(&object) {
            return false;
        }
        self.0.insert(key, object);
        true
    }
}

fn read<T: Fact>(value: Value) -> Option<(Key, Arc<T>)> {
    let key = key(&value)?;
    Some((key, Arc::new(T::read(value)?)))
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
    kind!("Service", "/api/v1", "services", services),
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
