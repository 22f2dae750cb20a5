//! What translation sees of a cluster, and what it looked at.

use std::cell::RefCell;
use std::sync::Arc;

use crate::objects::{
    ConfigMap, EndpointSlice, IngressRoute, Mark, Node, Object, Secret, Service, TlsOption, World,
};

/// What was looked at; nothing is noted unless somebody wants to know.
#[derive(Debug, Default)]
pub struct Needs(RefCell<Option<Vec<Mark>>>);

/// The objects that others name. Whoever looks at one depends on it.
#[derive(Debug, Clone, Copy)]
pub struct View<'w> {
    world: &'w World,
    needs: &'w Needs,
}

impl Needs {
    /// Notes from now on.
    pub(super) fn begin(&self) {
        self.0.replace(Some(Vec::new()));
    }

    /// What was looked at since; nothing is noted any more.
    pub(super) fn end(&self) -> Vec<Mark> {
        self.0.take().unwrap_or_default()
    }

    /// Notes that something was looked at, whether it is there or not.
    pub(super) fn note(&self, mark: impl FnOnce() -> Mark) {
        if let Some(marks) = &mut *self.0.borrow_mut() {
            marks.push(mark());
        }
    }
}

/// Looks at an object by its name.
macro_rules! by_name {
    ($($what:ident, $kind:literal, $body:ty, $field:ident;)*) => {$(
        #[doc = concat!("The ", $kind, " of a name.")]
        #[must_use]
        pub fn $what(self, namespace: &str, name: &str) -> Option<&'w Arc<Object<$body>>> {
            self.needs.note(|| Mark::content($kind, namespace, name));
            self.world.$field.get(namespace, name)
        }
    )*};
}

impl<'w> View<'w> {
    /// A view of a cluster.
    #[must_use]
    pub fn new(world: &'w World, needs: &'w Needs) -> Self {
        Self { world, needs }
    }

    by_name! {
        service, "Service", Service, services;
        secret, "Secret", Secret, secrets;
        config_map, "ConfigMap", ConfigMap, config_maps;
        ingress_route, "IngressRoute", IngressRoute, ingress_routes;
        tls_option, "TLSOption", TlsOption, tls_options;
    }

    /// The parts of a Service.
    pub fn slices(self, namespace: &str, service: &str) -> impl Iterator<Item = &'w EndpointSlice> + use<'w> {
        self.needs.note(|| Mark::content("EndpointSlice", namespace, service));
        self.world.slices.of(namespace, service)
    }

    /// All nodes.
    pub fn nodes(self) -> impl Iterator<Item = &'w Arc<Object<Node>>> {
        self.needs.note(|| Mark::kind("Node"));
        self.world.nodes.iter()
    }

    /// What is looked at is noted here.
    pub(super) fn needs(self) -> &'w Needs {
        self.needs
    }
}
