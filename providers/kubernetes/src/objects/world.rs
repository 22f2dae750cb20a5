//! All that is known of a cluster.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;

use super::{
    Body, Changes, ConfigMap, EndpointSlice, Ingress, IngressClass, IngressRoute, IngressRouteTcp,
    IngressRouteUdp, Namespace, Node, Object, ProxyConfiguration, Secret, Service, Spec, TlsOption, TlsStore,
    TraefikService,
};

/// Namespace and name.
pub type Key = (Arc<str>, Arc<str>);

/// Namespace, Service and name of a part of it.
type Part = (Arc<str>, Arc<str>, Arc<str>);

/// The objects of one kind, by namespace and name.
#[derive(Debug)]
pub struct Table<T> {
    objects: BTreeMap<Key, Arc<Object<T>>>,
    /// The older ones first, which is in what order they get what several want.
    by_age: Vec<Arc<Object<T>>>,
}

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

/// An object that is different now: what it was, and what it is.
struct Different<'a, T> {
    key: &'a Key,
    before: Option<&'a Arc<Object<T>>>,
    after: Option<&'a Arc<Object<T>>>,
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
    pub proxy_configurations: Both<ProxyConfiguration>,
    pub metrics: Both<Spec>,
    pub tracings: Both<Spec>,
    /// What changed last.
    pub changes: Changes,
}

/// What the API server says of the objects of a kind.
#[derive(Debug)]
pub enum Change {
    /// There are none but these in a namespace, or in all of them; each was put before.
    Only(Option<Arc<str>>, HashSet<Key>),
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
    /// Whether nobody misses it where we may not look.
    pub optional: bool,
    /// Takes in a change; says whether anything is different.
    pub take: fn(&mut W, Change) -> bool,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { objects: BTreeMap::new(), by_age: Vec::new() }
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
        self.objects.get(&(Arc::from(namespace), Arc::from(name)))
    }

    /// All of them, the older ones first.
    #[must_use]
    pub fn by_age(&self) -> &[Arc<Object<T>>] {
        &self.by_age
    }

    /// All of them, by namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Object<T>>> {
        self.objects.values()
    }
}

impl<T: Body + PartialEq> Table<T> {
    /// Takes in a change; says whether anything is different.
    pub fn take(&mut self, change: Change) -> bool {
        let mut is_changed = false;
        self.take_in(change, &mut |_| is_changed = true);
        is_changed
    }

    /// Takes in a change; each object that is different is noted.
    fn take_in(&mut self, change: Change, note: &mut dyn FnMut(Different<'_, T>)) {
        match change {
            Change::Only(scope, there) => {
                let gone: Vec<Key> = self
                    .objects
                    .keys()
                    .filter(|key| scope.as_ref().is_none_or(|scope| *scope == key.0))
                    .filter(|key| !there.contains(*key))
                    .cloned()
                    .collect();
                gone.iter().for_each(|key| self.remove(key, note));
            }
            Change::Put(value) => {
                if let Some(object) = Object::read(value) {
                    self.put(object, note);
                }
            }
            Change::Gone(value) => {
                if let Some(object) = Object::<T>::read(value) {
                    self.remove(&key(&object), note);
                }
            }
        }
    }

    fn put(&mut self, object: Object<T>, note: &mut dyn FnMut(Different<'_, T>)) {
        let key = key(&object);
        if self.objects.get(&key).is_some_and(|known| **known == object) {
            return;
        }
        let object = Arc::new(object);
        let before = self.objects.insert(key.clone(), Arc::clone(&object));
        if let Some(before) = &before {
            self.leave(before);
        }
        let at = self.by_age.partition_point(|other| other.meta.age() < object.meta.age());
        self.by_age.insert(at, Arc::clone(&object));
        note(Different { key: &key, before: before.as_ref(), after: Some(&object) });
    }

    fn remove(&mut self, key: &Key, note: &mut dyn FnMut(Different<'_, T>)) {
        if let Some(before) = self.objects.remove(key) {
            self.leave(&before);
            note(Different { key, before: Some(&before), after: None });
        }
    }

    fn leave(&mut self, object: &Arc<Object<T>>) {
        if let Ok(at) = self.by_age.binary_search_by(|other| other.meta.age().cmp(&object.meta.age())) {
            self.by_age.remove(at);
        }
    }

    /// Takes in a change of a kind; says whether anything is different.
    fn noting(&mut self, change: Change, kind: &'static str, changes: &mut Changes) -> bool {
        let before = changes.count();
        self.take_in(change, &mut |Different { key: (namespace, name), before, after }| {
            changes.note(kind, namespace, name, before.is_some() != after.is_some());
        });
        changes.count() != before
    }
}

impl<T> Both<T> {
    /// All of them, by namespace and name, those of the new group first.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Object<T>>> {
        let old = self.old.objects.iter().filter(|(key, _)| !self.new.objects.contains_key(*key));
        self.new.objects.values().chain(old.map(|(_, object)| object))
    }

    /// All of them, the older ones first.
    pub fn by_age(&self) -> Vec<&Arc<Object<T>>> {
        let mut all: Vec<_> = self.new.by_age.iter().collect();
        let new = all.len();
        all.extend(self.old.by_age.iter().filter(|object| !self.new.objects.contains_key(&key(object))));
        if all.len() > new {
            all.sort_by(|left, right| left.meta.age().cmp(&right.meta.age()));
        }
        all
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

    /// Takes in a change; what is noted is named by its Service.
    fn noting(&mut self, change: Change, kind: &'static str, changes: &mut Changes) -> bool {
        let Self { slices, by_service } = self;
        let count = changes.count();
        slices.take_in(change, &mut |Different { key: (namespace, name), before, after }| {
            let of = |object: &&Arc<Object<EndpointSlice>>| {
                object.body.as_ref().ok().map(|slice| Arc::clone(&slice.service))
            };
            if let Some(service) = before.as_ref().and_then(of) {
                changes.note(kind, namespace, &service, false);
                by_service.remove(&(Arc::clone(namespace), service, Arc::clone(name)));
            }
            if let (Some(object), Some(service)) = (after, after.as_ref().and_then(of)) {
                changes.note(kind, namespace, &service, false);
                by_service.insert((Arc::clone(namespace), service, Arc::clone(name)), Arc::clone(object));
            }
        });
        changes.count() != count
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
            optional: false,
            take: |world, change| world.$field.noting(change, $name, &mut world.changes),
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
                optional: is_ours($name),
                take: |world, change| world.$field.new.noting(change, $name, &mut world.changes),
            },
            Self {
                name: $name,
                api: "/apis/traefik.containo.us/v1alpha1",
                plural: $plural,
                namespaced: true,
                selector: "",
                optional: is_ours($name),
                take: |world, change| world.$field.old.noting(change, $name, &mut world.changes),
            },
        )*];
    };
}

/// Whether a kind is not one of Traefik's, so that rights and definitions that were made for it lack this one.
const fn is_ours(kind: &str) -> bool {
    matches!(kind.as_bytes(), b"ProxyConfiguration" | b"Metrics" | b"Tracing")
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
        "ProxyConfiguration", "proxyconfigurations", proxy_configurations;
        "Metrics", "metrics", metrics;
        "Tracing", "tracings", tracings;
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
