//! What is written for the edge and may act in the mesh: Middlewares with their Secrets, and TraefikServices.
//!
//! Middlewares are made ready when something of them changes, for that is seldom, and the mesh is made anew all the
//! time. Invariant: what a Secret holds is nowhere but in options, which are not printed.

use std::sync::Arc;

use serde_json::Value;
use windrose_mesh_topology::Fact;
use windrose_mesh_topology::facts::{self, Middleware, TraefikService, without_texts};
use windrose_provider_kubernetes::objects::{self, Body, Change, Object, Spec, Table, World};
use windrose_provider_kubernetes::translate::crd::{AloneError, alone};
use windrose_provider_kubernetes::translate::secrets::SecretError;

/// The objects of both groups that each kind has had, the older group first.
#[derive(Debug, Default)]
pub(super) struct Edge {
    middlewares: [Table<Spec>; 2],
    traefik_services: [Table<Shared>; 2],
    /// Holds Secrets alone.
    world: World,
    /// Whether anything was ever heard of Secrets.
    secrets: Secrets,
    ready: facts::Table<Middleware>,
}

/// Whether Secrets are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Secrets {
    Known,
    #[default]
    Unknown,
}

/// A group that a kind of the edge has had.
#[derive(Clone, Copy, Debug)]
pub(super) enum Group {
    Old,
    New,
}

#[derive(Debug, PartialEq)]
struct Shared(Arc<TraefikService>);

impl Edge {
    pub(super) fn middlewares(&self) -> facts::Table<Middleware> {
        self.ready.clone()
    }

    /// A name in both groups is that of the newer one.
    pub(super) fn traefik_services(&self) -> facts::Table<TraefikService> {
        let objects = self.traefik_services.iter().flat_map(Table::iter);
        let fact = |object: &Arc<Object<Shared>>| match &object.body {
            Ok(Shared(fact)) => Arc::clone(fact),
            Err(error) => Arc::new(TraefikService::refused(error.to_string())),
        };
        objects.map(|object| (key(object), fact(object))).collect()
    }

    pub(super) fn take_middleware(&mut self, group: Group, change: Change) -> bool {
        self.middlewares[group as usize].take(change) && self.prepare()
    }

    pub(super) fn take_traefik_service(&mut self, group: Group, change: Change) -> bool {
        self.traefik_services[group as usize].take(change)
    }

    pub(super) fn take_secret(&mut self, change: Change) -> bool {
        let is_new = std::mem::replace(&mut self.secrets, Secrets::Known) == Secrets::Unknown;
        // Most Secrets are none of any Middleware.
        (self.world.secrets.take(change) || is_new) && self.prepare()
    }

    /// Makes all Middlewares ready; whether any is another than before.
    fn prepare(&mut self) -> bool {
        let objects = self.middlewares.iter().flat_map(Table::iter);
        let ready = objects.map(|object| (key(object), Arc::new(self.middleware(object)))).collect();
        std::mem::replace(&mut self.ready, ready) != self.ready
    }

    fn middleware(&self, object: &Object<Spec>) -> Middleware {
        let spec = match &object.body {
            Ok(Spec(spec)) => spec,
            Err(error) => return Middleware::Refused(error.to_string().into()),
        };
        let (kind, written) = match Middleware::only_kind(spec) {
            Ok(only) => only,
            Err(why) => return Middleware::Refused(why),
        };
        let plain = Middleware::new(kind, written.clone(), Value::Null);
        if !matches!(plain, Middleware::Step(_)) {
            return plain;
        }
        match alone(&self.world, &object.meta.namespace, kind, written) {
            Ok(made) => {
                let shown = made.shown.unwrap_or_else(|| without_texts(&made.options));
                Middleware::new(kind, made.options, shown)
            }
            Err(AloneError::Secret(SecretError::Missing { name, .. }))
                if self.secrets == Secrets::Unknown =>
            {
                Middleware::Refused(
                    format!("{kind} needs the Secret {name}, and Secrets are not read here; {READ}").into(),
                )
            }
            Err(error) => Middleware::Refused(format!("{kind}: {error}").into()),
        }
    }
}

impl Body for Shared {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        // What the edge cannot read nodes cannot either.
        objects::TraefikService::read(&mut object.clone())?;
        let read = TraefikService::read(object.take());
        Ok(Self(Arc::new(read.unwrap_or_else(|| TraefikService::refused("it makes no sense")))))
    }
}

fn key<T>(object: &Object<T>) -> (Arc<str>, Arc<str>) {
    (Arc::clone(&object.meta.namespace), Arc::clone(&object.meta.name))
}

/// What to do where Secrets are not known.
const READ: &str = "set readSecrets, and let the controller list and watch Secrets";

#[cfg(test)]
mod tests;
