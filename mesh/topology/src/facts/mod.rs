//! What is known of a cluster: of each object only what the mesh uses.
//!
//! A [`Fact`] is read from the JSON of an object of Kubernetes. An object that says the same of these things gives an
//! equal fact, so whoever watches can tell a change that matters from one that does not. Name and namespace are not
//! in a fact; they are its place in a [`Table`]. What the topology shows again is kept as it was written.
//!
//! Must not know: how objects arrive, and what is made of them.

mod middleware;
mod pod;
mod quantity;
mod read;
mod routes;
mod service;
mod shared;
mod slice;
mod split;
mod target;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

pub use middleware::{Middleware, Named, Step, without_texts};
pub use pod::{ContainerPort, Pod};
pub use routes::{HttpGroup, Match, TcpRoute, UdpRoute};
pub use service::{PodPort, Protocol, Service, ServicePort};
pub use shared::{PartKind, SharedPart, Sharing, TraefikService, Way};
pub use slice::{Endpoint, EndpointTarget, Slice, SlicePort};
pub use split::{Backend, Reference, Split};
pub use target::{Subject, Target, TargetRule};

/// Something that is read from an object of Kubernetes.
pub trait Fact: Sized + PartialEq {
    /// What the object says; none where it lacks what makes it one.
    fn read(object: Value) -> Option<Self>;
}

/// Facts by namespace and name.
pub type Table<T> = BTreeMap<(Arc<str>, Arc<str>), Arc<T>>;

/// All that is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Services, those of the mesh included.
    pub services: Table<Service>,
    /// `EndpointSlice`s.
    pub slices: Table<Slice>,
    /// Pods.
    pub pods: Table<Pod>,
    /// `TrafficSplit`s.
    pub splits: Table<Split>,
    /// `TrafficTarget`s; without access control nobody looks at them.
    pub targets: Table<Target>,
    /// `HTTPRouteGroup`s.
    pub http_groups: Table<HttpGroup>,
    /// `TCPRoute`s.
    pub tcp_routes: Table<TcpRoute>,
    /// `UDPRoute`s.
    pub udp_routes: Table<UdpRoute>,
    /// `Middleware`s, with what their Secrets hold.
    pub middlewares: Table<Middleware>,
    /// `TraefikService`s.
    pub traefik_services: Table<TraefikService>,
}

/// The name of an object within its kind. Written `name@namespace`, ordered by namespace first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Where it is.
    pub namespace: Arc<str>,
    /// What it is called there.
    pub name: Arc<str>,
}

impl Key {
    /// The key of a name in a namespace.
    #[must_use]
    pub fn new(namespace: &Arc<str>, name: &Arc<str>) -> Self {
        Self { namespace: Arc::clone(namespace), name: Arc::clone(name) }
    }

    /// What a table has of this name.
    pub(crate) fn find<'t, T>(&self, table: &'t Table<T>) -> Option<&'t Arc<T>> {
        table.get(&(Arc::clone(&self.namespace), Arc::clone(&self.name)))
    }
}

impl From<&(Arc<str>, Arc<str>)> for Key {
    fn from((namespace, name): &(Arc<str>, Arc<str>)) -> Self {
        Self::new(namespace, name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}@{}", self.name, self.namespace)
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests;
