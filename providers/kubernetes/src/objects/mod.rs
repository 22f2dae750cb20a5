//! What is remembered of the cluster's objects: the fields that are used, and no others.
//!
//! Owns [`Object`] and the types of its bodies. Must not know how objects get here, nor what is made of them.
//! Invariant: an object that cannot be read is remembered with the reason, and costs no other one.

mod changes;
mod core;
mod crd;
mod ingress;
mod meta;
#[cfg(test)]
mod tests;
mod world;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

pub use changes::{Changes, Mark};
pub(crate) use core::CA_KEYS;
pub use core::{Conditions, ConfigMap, IngressClass, LoadBalanced, Namespace, NodeAddress, Secret};
pub use core::{Endpoint, EndpointPort, EndpointSlice, Node, Service, ServicePort};
pub use crd::{
    Backend, BufferPool, Certificates, ClientCertificates, Compression, Fallback, IngressRoute,
    IngressRouteTcp, IngressRouteUdp, Mirrored, Mirroring, ProxyConfiguration, Reference, Rooted, Route,
    RouteTcp, RouteTls, RouteUdp, Spec, StoreCertificate, TlsOption, TlsStore, TraefikService, Weighted,
};
pub use ingress::{Backing, Ingress, IngressPath, IngressRule, IngressTls, NamedPort};
pub(crate) use meta::ACCEPTED;
pub use meta::{Accepted, Condition, Meta};
pub use world::{Both, Change, Key, Kind, Slices, Table, World};

/// An object of the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Object<T> {
    /// Who it is.
    pub meta: Meta,
    /// What it says, or why that cannot be read.
    pub body: Result<T, Unreadable>,
}

/// Why an object cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub Arc<str>);

/// What an object says, made from its fields.
pub trait Body: Sized {
    /// Reads it; the value is the whole object, and is used up.
    ///
    /// # Errors
    ///
    /// What is odd about it.
    fn read(object: &mut Value) -> Result<Self, serde_json::Error>;
}

impl<T: Body> Object<T> {
    /// Reads an object; nothing when it has no name.
    pub fn read(mut value: Value) -> Option<Self> {
        let meta = Meta::read(&mut value)?;
        let body = T::read(&mut value).map_err(|error| Unreadable(error.to_string().into()));
        Some(Self { meta, body })
    }
}

/// A port as it is written: its number or its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(untagged)]
pub enum Port {
    /// A number.
    Number(i64),
    /// A name.
    Name(Arc<str>),
}

impl Port {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        match self {
            Self::Number(number) => *number == 0,
            Self::Name(name) => name.is_empty(),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Name(name) => name.fmt(formatter),
        }
    }
}

/// Takes a field out of an object; null when there is none.
fn take(object: &mut Value, field: &str) -> Value {
    object.get_mut(field).map(Value::take).unwrap_or_default()
}
