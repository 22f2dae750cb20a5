//! What is known of a cluster: of each object the fields that a mesh is made of.

mod core;
mod smi;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

pub use core::{Endpoint, Pod, Port, Service, ServicePort, Slice, TargetPort};
pub use smi::{Backend, HttpGroup, HttpMatch, Reference, Split, Subject, Target, TcpRoute, UdpRoute};

/// Something that is read from an object.
pub trait Fact: Sized + PartialEq {
    /// Reads it; nothing when the object makes no sense.
    fn read(object: Value) -> Option<Self>;
}

/// Namespace and name.
pub type Key = (Arc<str>, Arc<str>);

/// The objects of one kind.
pub type Table<T> = BTreeMap<Key, Arc<T>>;

/// All that is known.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "each is the kind of its name")]
pub struct Facts {
    pub services: Table<Service>,
    pub slices: Table<Slice>,
    pub pods: Table<Pod>,
    pub splits: Table<Split>,
    pub targets: Table<Target>,
    pub http_groups: Table<HttpGroup>,
    pub tcp_routes: Table<TcpRoute>,
    pub udp_routes: Table<UdpRoute>,
}

/// A key as the API of the mesh shows it.
#[must_use]
pub fn shown(key: &Key) -> String {
    format!("{}@{}", key.1, key.0)
}

fn text(object: &Value, path: &str) -> Arc<str> {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default().into()
}

fn list<'a>(object: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    object.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

fn texts(object: &Value, path: &str) -> Vec<Arc<str>> {
    list(object, path).filter_map(Value::as_str).map(Arc::from).collect()
}
