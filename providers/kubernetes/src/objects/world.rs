//! All that is known of a cluster.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;

use super::{
    Body, ConfigMap, EndpointSlice, Ingress, IngressClass, IngressRoute, IngressRouteTcp, IngressRouteUdp,
    Namespace, Node, Object, Secret, Service, Spec, TlsOption, TlsStore, TraefikService,
};

/// Namespace and name.
type Key = (Arc<str>, Arc<str>);

/// Namespace, Service and name of a part of it.
type Part = (Arc<str>, Arc<str>, Arc<str>);

/// The objects of one kind, by namespace and name.
#[derive(Debug)]
pub struct Table<T>(BTreeMap<Key, Arc<Object<T>>>);

/// The objects of one kind in both groups that it has had. traefik: an object of the new group hides that of the same
/// name in the old one.
#[derive(Debug)]
pub struct Both<T> {
    new: Table<T>,
    old: Table<T>,
}

/// The parts of Services, by Service.
#[derive(Debug, Default)]
pub struct Slices {
    slices: Table<EndpointSlice>,
    by_service: BTreeMap<Part, Arc<Object<EndpointSlice>>>,
}

/// All that is known of a cluster.
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "each is the kind of its name")]
pub struct World {
    pub services: Table<Service>,
    pub slices: Slices,
    pub secrets: Table<Secret>,
    pub config_maps: Table<ConfigMap>,
    pub nodes: Table<Node>,
    pub namespaces: Table<Namespace>,
    pub ingresses: Table<Ingress>,
    pub ingress_classes: Table<IngressClass>,
    pub ingress_routes: Both<IngressRoute>,
    pub ingress_routes_tcp: Both<IngressRouteTcp>,
    pub ingress_routes_udp: Both<IngressRouteUdp>,
    pub middlewares: Both<Spec>,
    pub middlewares_tcp: Both<Spec>,
    pub servers_transports: Both<Spec>,
    pub servers_transports_tcp: Both<Spec>,
    pub tls_options: Both<TlsOption>,
    pub tls_stores: Both<TlsStore>,
    pub traefik_services: Both<TraefikService>,
}

/// What the API server says of the objects of a kind.
#[derive(Debug)]
pub enum Change {
    /// These are all there are in a namespace, or in all of them.
    All(Option<Arc<str>>, Vec<Value>),
    /// This one is new or different.
    Put(Value),
    /// This one is gone.
    Gone(Value),
}

/// A kind of object: where it is found, and where `W` keeps it.
pub struct Kind<W = World> {
    /// Its name.
    pub name: &'static str,
    /// The path of its group and version.
    pub api: &'static str,
    /// Its name in paths.
    pub plural: &'static str,
    /// Whether it lives in namespaces.
    pub namespaced: bool,
    /// What of it is watched, as the query of a request has it.
    pub selector: &'static str,
    /// Takes in a change; says whether anything is different.
    pub take: fn(&mut W, Change) -> bool,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Default for Both<T> {
    fn default() -> Self {
        Self { new: Table::default(), old: Table::default() }
    }
}

impl<T> Table<T> {
    /// An object.
    #[must_use]
    pub fn get(&self, namespace: &str, name: &str) -> Option<&Arc<Object<T>>> {
        self.0.get(&(Arc::from(namespace), Arc::from(name)))
    }

    /// All of them, by namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Object<T>>> {
        self.0.values()
    }
}

impl<T: Body + PartialEq> Table<T> {
    /// Takes in a change; says whether anything is different.
    pub fn take(&mut self, change: Change) -> bool {
        match change {
            Change::All(scope, values) => {
                let mut objects: BTreeMap<Key, _> = values
                    .into_iter()
                    .filter_map(Object::read)
                    .map(|object| (key(&object), object))
                    .collect();
                let before = self.0.len();
                self.0.retain(|key, _| {
                    scope.as_ref().is_some_and(|scope| *scope != key.0) || objects.contains_key(key)
                });
                let mut is_changed = self.0.len() != before;
                while let Some((_, object)) = objects.pop_first() {
                    is_changed |= self.put(object);
                }
                is_changed
            }
            Change::Put(value) => Object::read(value).is_some_and(|object| self.put(object)),
            Change::Gone(value) => {
                Object::<T>::read(value).is_some_and(|object| self.0.remove(&key(&object)).is_some())
            }
        }
    }

    fn put(&mut self, object: Object<T>) -> bool {
        let key = key(&object);
        if self.0.get(&key).is_some_and(|known| **known == object) {
            return false;
        }
        self.0.insert(key, Arc::new(object));
        true
    }
}

impl<T> Both<T> {
    /// All of them, by namespace and name, those of the new group first.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Object<T>>> {
        let old = self.old.0.iter().filter(|(key, _)| !self.new.0.contains_key(*key));
        self.new.0.values().chain(old.map(|(_, object)| object))
    }

    /// An object.
    #[must_use]
    pub fn get(&self, namespace: &str, name: &str) -> Option<&Arc<Object<T>>> {
        self.new.get(namespace, name).or_else(|| self.old.get(namespace, name))
    }
}

impl Slices {
    /// The parts of a Service.
    pub fn of<'a>(
        &'a self,
        namespace: &str,
        service: &str,
    ) -> impl Iterator<Item = &'a EndpointSlice> + use<'a> {
        let (namespace, service): (Arc<str>, Arc<str>) = (namespace.into(), service.into());
        let from = (Arc::clone(&namespace), Arc::clone(&service), Arc::from(""));
        self.by_service
            .range((Bound::Included(from), Bound::Unbounded))
            .take_while(move |((of, name, _), _)| *of == namespace && *name == service)
            .filter_map(|(_, object)| object.body.as_ref().ok())
    }

    fn take(&mut self, change: Change) -> bool {
        if !self.slices.take(change) {
            return false;
        }
        let parts = self.slices.iter().filter_map(|object| {
            let service = Arc::clone(&object.body.as_ref().ok()?.service);
            Some((
                (Arc::clone(&object.meta.namespace), service, Arc::clone(&object.meta.name)),
                Arc::clone(object),
            ))
        });
        self.by_service = parts.collect();
        true
    }
}

fn key<T>(object: &Object<T>) -> Key {
    (Arc::clone(&object.meta.namespace), Arc::clone(&object.meta.name))
}

/// A kind of Kubernetes' own.
macro_rules! core_kind {
    ($constant:ident, $name:literal, $api:literal, $plural:literal, $namespaced:literal, $selector:literal, $field:ident) => {
        #[doc = concat!("The kind ", $name, ".")]
        pub const $constant: Self = Self {
            name: $name,
            api: $api,
            plural: $plural,
            namespaced: $namespaced,
            selector: $selector,
            take: |world, change| world.$field.take(change),
        };
    };
}

/// Our own kinds, in both groups.
macro_rules! crd_kinds {
    ($($name:literal, $plural:literal, $field:ident;)*) => {
        /// Our own kinds, each in both groups it has had.
        pub const CUSTOM: &[Self] = &[$(
            Self {
                name: $name,
                api: "/apis/traefik.io/v1alpha1",
                plural: $plural,
                namespaced: true,
                selector: "",
                take: |world, change| world.$field.new.take(change),
            },
            Self {
                name: $name,
                api: "/apis/traefik.containo.us/v1alpha1",
                plural: $plural,
                namespaced: true,
                selector: "",
                take: |world, change| world.$field.old.take(change),
            },
        )*];
    };
}

impl<W> Kind<W> {
    /// Whether two are the same kind.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.api == other.api && self.plural == other.plural
    }
}

impl Kind {
    core_kind!(SERVICE, "Service", "/api/v1", "services", true, "", services);
    core_kind!(SLICE, "EndpointSlice", "/apis/discovery.k8s.io/v1", "endpointslices", true, "", slices);
    core_kind!(SECRET, "Secret", "/api/v1", "secrets", true, "labelSelector=owner%21%3Dhelm", secrets);
    core_kind!(CONFIG_MAP, "ConfigMap", "/api/v1", "configmaps", true, "", config_maps);
    core_kind!(NODE, "Node", "/api/v1", "nodes", false, "", nodes);
    core_kind!(NAMESPACE, "Namespace", "/api/v1", "namespaces", false, "", namespaces);
    core_kind!(INGRESS, "Ingress", "/apis/networking.k8s.io/v1", "ingresses", true, "", ingresses);
    core_kind!(
        INGRESS_CLASS,
        "IngressClass",
        "/apis/networking.k8s.io/v1",
        "ingressclasses",
        false,
        "",
        ingress_classes
    );
    crd_kinds! {
        "IngressRoute", "ingressroutes", ingress_routes;
        "IngressRouteTCP", "ingressroutetcps", ingress_routes_tcp;
        "IngressRouteUDP", "ingressrouteudps", ingress_routes_udp;
        "Middleware", "middlewares", middlewares;
        "MiddlewareTCP", "middlewaretcps", middlewares_tcp;
        "ServersTransport", "serverstransports", servers_transports;
        "ServersTransportTCP", "serverstransporttcps", servers_transports_tcp;
        "TLSOption", "tlsoptions", tls_options;
        "TLSStore", "tlsstores", tls_stores;
        "TraefikService", "traefikservices", traefik_services;
    }

    /// The kind of an object by its `apiVersion` and `kind`.
    #[must_use]
    pub fn find(api_version: &str, kind: &str) -> Option<&'static Self> {
        const CORE: &[Kind] = &[
            Kind::SERVICE,
            Kind::SLICE,
            Kind::SECRET,
            Kind::CONFIG_MAP,
            Kind::NODE,
            Kind::NAMESPACE,
            Kind::INGRESS,
            Kind::INGRESS_CLASS,
        ];
        let is_it = |known: &&Self| {
            let version = known.api.trim_start_matches("/apis/").trim_start_matches("/api/");
            known.name == kind && version == api_version
        };
        CORE.iter().chain(Self::CUSTOM).find(is_it)
    }
}
