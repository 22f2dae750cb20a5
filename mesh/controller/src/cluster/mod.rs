//! What is remembered of a cluster: the facts that a mesh is made of.
//!
//! Custom kinds are watched in every version that a cluster may serve; of an object that is there in several the newest
//! counts.

mod edge;

use std::sync::Arc;

use serde::de::Error as _;
use serde_json::{Value, json};
use windrose_mesh_topology::facts::{
    self, HttpGroup, Pod, Service, Slice, Split, Target, TcpRoute, UdpRoute,
};
use windrose_mesh_topology::{Fact, Facts};
use windrose_provider_kubernetes::objects::{Body, Change, Kind, Meta, Object, Table};
use windrose_provider_kubernetes::watch::Wanted;

use crate::options::Secrets;
use edge::{Edge, Group};

/// The objects, as they come in.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    services: Held<Service>,
    shadows: Table<Written>,
    slices: Held<Slice>,
    pods: Held<Pod>,
    splits: [Held<Split>; 4],
    targets: [Held<Target>; 3],
    http_groups: [Held<HttpGroup>; 4],
    tcp_routes: [Held<TcpRoute>; 4],
    udp_routes: [Held<UdpRoute>; 1],
    edge: Edge,
}

/// The objects of one path.
type Held<T> = Table<Known<T>>;

/// A fact as the body of an object.
#[derive(Debug, PartialEq)]
struct Known<T>(Arc<T>);

/// What is written of a shadow service.
#[derive(Debug, PartialEq)]
pub(crate) struct Written(pub(crate) Value);

impl Cluster {
    /// All of it.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            services: self.services(),
            slices: newest([&self.slices]),
            pods: newest([&self.pods]),
            splits: newest(&self.splits),
            targets: newest(&self.targets),
            http_groups: newest(&self.http_groups),
            tcp_routes: newest(&self.tcp_routes),
            udp_routes: newest(&self.udp_routes),
            middlewares: self.edge.middlewares(),
            traefik_services: self.edge.traefik_services(),
        }
    }

    /// The Services, the mesh's own among them.
    pub(crate) fn services(&self) -> facts::Table<Service> {
        newest([&self.services])
    }

    /// The shadow services that there are in a namespace.
    pub(crate) fn shadows<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = (&'a Meta, &'a Value)> {
        let there = self.shadows.iter().filter(move |object| &*object.meta.namespace == namespace);
        there.filter_map(|object| Some((&object.meta, &object.body.as_ref().ok()?.0)))
    }

    /// Who an object is that something is wrong with; empty where it is gone.
    pub(crate) fn uid(&self, kind: &str, namespace: &str, name: &str) -> Arc<str> {
        match kind {
            "Service" => uid([&self.services], namespace, name),
            "TrafficSplit" => uid(&self.splits, namespace, name),
            _ => uid(&self.targets, namespace, name),
        }
    }

    fn take_service(&mut self, change: Change) -> bool {
        let of_shadows = match &change {
            Change::Only(scope, there) => Change::Only(scope.clone(), there.clone()),
            Change::Put(value) if is_shadow(value) => Change::Put(value.clone()),
            Change::Put(value) | Change::Gone(value) => Change::Gone(value.clone()),
        };
        let is_changed = self.shadows.take(of_shadows);
        self.services.take(change) || is_changed
    }
}

impl<T: Fact> Body for Known<T> {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        let fact = T::read(object.take());
        fact.map(|fact| Self(Arc::new(fact))).ok_or_else(|| serde_json::Error::custom("it makes no sense"))
    }
}

impl Body for Written {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        let mut part = |path: &str| object.pointer_mut(path).map(Value::take).unwrap_or_default();
        Ok(Self(json!({
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

/// The facts of all versions, the newest of each; older versions stand first.
fn newest<'a, T: 'a>(versions: impl IntoIterator<Item = &'a Held<T>>) -> facts::Table<T> {
    let objects = versions.into_iter().flat_map(Table::iter);
    let fact = |object: &Arc<Object<Known<T>>>| {
        let Known(fact) = object.body.as_ref().ok()?;
        Some(((Arc::clone(&object.meta.namespace), Arc::clone(&object.meta.name)), Arc::clone(fact)))
    };
    objects.filter_map(fact).collect()
}

fn uid<'a, T: 'a>(versions: impl IntoIterator<Item = &'a Held<T>>, namespace: &str, name: &str) -> Arc<str> {
    let found = versions.into_iter().find_map(|version| version.get(namespace, name));
    found.map(|object| Arc::clone(&object.meta.uid)).unwrap_or_default()
}

/// All that is watched.
pub(crate) fn wanted(secrets: Secrets) -> Vec<Wanted<Cluster>> {
    let kinds = KINDS.iter().filter(|kind| kind.plural != "secrets" || secrets == Secrets::Read);
    kinds.map(|kind| Wanted { kind, selector: Arc::default() }).collect()
}

/// Names and groups of the kinds that a cluster may lack.
pub(crate) fn of_smi() -> Vec<(&'static str, &'static str)> {
    let kinds = KINDS.iter().filter(|kind| kind.api.contains(".smi-spec.io/"));
    kinds.map(|kind| (kind.name, kind.api)).collect()
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
            optional: false,
            take: |cluster: &mut Cluster, change| cluster.$($field)+.take(change),
        }
    };
}

/// A kind of the edge, in one of the groups that it has had.
macro_rules! edge_kind {
    ($name:literal, $api:literal, $plural:literal, $take:ident, $group:ident) => {
        Kind {
            name: $name,
            api: $api,
            plural: $plural,
            namespaced: true,
            selector: "",
            optional: false,
            take: |cluster: &mut Cluster, change| cluster.edge.$take(Group::$group, change),
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
        optional: false,
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
    edge_kind!("Middleware", "/apis/traefik.containo.us/v1alpha1", "middlewares", take_middleware, Old),
    edge_kind!("Middleware", "/apis/traefik.io/v1alpha1", "middlewares", take_middleware, New),
    edge_kind!(
        "TraefikService",
        "/apis/traefik.containo.us/v1alpha1",
        "traefikservices",
        take_traefik_service,
        Old
    ),
    edge_kind!("TraefikService", "/apis/traefik.io/v1alpha1", "traefikservices", take_traefik_service, New),
    Kind {
        name: "Secret",
        api: "/api/v1",
        plural: "secrets",
        namespaced: true,
        selector: SECRETS,
        optional: false,
        take: |cluster, change| cluster.edge.take_secret(change),
    },
];

/// Those that Helm keeps releases in are large, and of no use here.
const SECRETS: &str = Kind::SECRET.selector;
