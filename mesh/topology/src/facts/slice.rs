//! Endpoint slices: the servers of a Service.

use std::sync::Arc;

use serde_json::Value;

use super::{Fact, Key, Protocol, read};

/// What is used of an `EndpointSlice`.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Label `app`; empty if it has none.
    pub app: Arc<str>,
    /// The Service that it is about, in its own namespace.
    pub service: Arc<str>,
    /// The ports that its endpoints listen at.
    pub ports: Vec<SlicePort>,
    /// The servers.
    pub endpoints: Vec<Endpoint>,
}

/// A port of an `EndpointSlice`.
#[derive(Clone, Debug, PartialEq)]
pub struct SlicePort {
    /// The name of the Service's port.
    pub name: Arc<str>,
    /// Where the endpoints listen; none stands for every port.
    pub number: Option<u16>,
    /// By what it is spoken to.
    pub protocol: Protocol,
}

/// A server.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Its addresses.
    pub addresses: Vec<Arc<str>>,
    /// Whether it may be given new requests; so it is where nothing is said.
    pub is_ready: bool,
    /// Whether it answers, though it may be on its way out.
    pub is_serving: bool,
    /// Whether it is on its way out.
    pub is_terminating: bool,
    /// What it is.
    pub target: EndpointTarget,
    /// The node that it is on; empty if that is not said.
    pub node: Arc<str>,
    /// The zone that it is in; empty if that is not said.
    pub zone: Arc<str>,
}

/// What an endpoint is.
#[derive(Clone, Debug, PartialEq)]
pub enum EndpointTarget {
    /// Nobody says: it was written by hand.
    Unknown,
    /// A pod.
    Pod(Key),
    /// An object of another kind.
    Other,
}

impl Fact for Slice {
    fn read(object: Value) -> Option<Self> {
        let service = read::label(&object, "kubernetes.io/service-name");
        if service.is_empty() {
            return None;
        }
        let namespace = read::text(&object, "/metadata/namespace");
        let endpoints = read::list(&object, "/endpoints");
        Some(Self {
            app: read::label(&object, "app"),
            service,
            ports: read::list(&object, "/ports").iter().map(SlicePort::read).collect(),
            endpoints: endpoints.iter().map(|endpoint| Endpoint::read(endpoint, &namespace)).collect(),
        })
    }
}

impl SlicePort {
    fn read(port: &Value) -> Self {
        Self {
            name: read::text(port, "/name"),
            number: read::port(port.get("port")),
            protocol: Protocol::read(port),
        }
    }
}

impl Endpoint {
    fn read(endpoint: &Value, namespace: &Arc<str>) -> Self {
        let condition = |name: &str| endpoint.get("conditions")?.get(name)?.as_bool();
        let is_ready = condition("ready").unwrap_or(true);
        Self {
            addresses: read::texts(endpoint, "/addresses"),
            is_ready,
            is_serving: condition("serving").unwrap_or(is_ready),
            is_terminating: condition("terminating").unwrap_or(false),
            target: EndpointTarget::read(endpoint.get("targetRef"), namespace),
            node: read::text(endpoint, "/nodeName"),
            zone: read::text(endpoint, "/zone"),
        }
    }
}

impl EndpointTarget {
    fn read(reference: Option<&Value>, namespace: &Arc<str>) -> Self {
        let Some(reference) = reference.filter(|reference| reference.is_object()) else {
            return Self::Unknown;
        };
        if reference.get("kind").is_some_and(|kind| kind != "Pod") {
            return Self::Other;
        }
        let written = read::text(reference, "/namespace");
        let namespace = if written.is_empty() { namespace } else { &written };
        Self::Pod(Key::new(namespace, &read::text(reference, "/name")))
    }
}
