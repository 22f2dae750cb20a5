//! Objects that Kubernetes brings along.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use windrose_config::redact::Secret as Hidden;

use super::meta::label;
use super::{Body, take};

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Service {
    /// Its type; empty means `ClusterIP`.
    #[serde(rename = "type")]
    pub kind: Arc<str>,
    /// Its address in the cluster; `None` is how a headless one says that it has none.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Arc<str>,
    /// The name that a Service of type ExternalName stands for.
    pub external_name: Arc<str>,
    /// Further addresses.
    #[serde(rename = "externalIPs")]
    pub external_ips: Box<[Arc<str>]>,
    /// Its ports.
    pub ports: Box<[ServicePort]>,
    /// What its load balancer is reached by.
    #[serde(skip)]
    pub balanced: Box<[LoadBalanced]>,
}

/// One port of a Service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePort {
    /// Its name.
    pub name: Arc<str>,
    /// Its number.
    pub port: i64,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Arc<str>,
    /// Its number on every node; 0 where there is none.
    pub node_port: i64,
}

/// What clients reach something by, as a status has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, serde::Serialize)]
#[serde(default)]
pub struct LoadBalanced {
    /// An address.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub ip: Arc<str>,
    /// A name.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub hostname: Arc<str>,
    /// Ports, as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Value>,
}

impl Body for Service {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        let mut service = Self::deserialize(take(object, "spec"))?;
        if let Some(balanced) = object.pointer_mut("/status/loadBalancer/ingress") {
            service.balanced = Option::deserialize(balanced.take())?.unwrap_or_default();
        }
        Ok(service)
    }
}

/// Some of the endpoints of a Service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointSlice {
    /// The Service.
    #[serde(skip)]
    pub service: Arc<str>,
    /// `IPv4`, `IPv6` or `FQDN`.
    pub address_type: Arc<str>,
    /// Where they listen.
    pub ports: Option<Box<[EndpointPort]>>,
    /// The endpoints.
    pub endpoints: Option<Box<[Endpoint]>>,
}

/// A port of endpoints.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct EndpointPort {
    /// The name of the Service's port.
    pub name: Option<Arc<str>>,
    /// Its number.
    pub port: Option<i64>,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Endpoint {
    /// Its addresses.
    pub addresses: Box<[Arc<str>]>,
    /// How it is.
    pub conditions: Conditions,
}

/// How an endpoint is; unknown means well.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Conditions {
    /// Whether it takes traffic and will go on to.
    pub ready: Option<bool>,
    /// Whether it takes traffic.
    pub serving: Option<bool>,
    /// Whether it is about to end.
    pub terminating: Option<bool>,
}

impl Body for EndpointSlice {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        let service = label(object, "kubernetes.io/service-name");
        let slice = Self::deserialize(object.take())?;
        Ok(Self { service, ..slice })
    }
}

/// A Secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secret {
    /// Its type.
    pub kind: Arc<str>,
    /// Its values that are text; others are of no use here.
    pub data: BTreeMap<Arc<str>, Option<Hidden>>,
}

impl Body for Secret {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        let kind = Option::<Arc<str>>::deserialize(take(object, "type"))?.unwrap_or_default();
        let data =
            Option::<BTreeMap<Arc<str>, String>>::deserialize(take(object, "data"))?.unwrap_or_default();
        let decoded = data.into_iter().map(|(key, value)| {
            let bytes = data_encoding::BASE64.decode(value.as_bytes()).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            (key, text.map(Hidden::new))
        });
        Ok(Self { kind, data: decoded.collect() })
    }
}

/// A ConfigMap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigMap {
    /// Its texts.
    pub data: BTreeMap<Arc<str>, Arc<str>>,
}

impl Body for ConfigMap {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        let mut data =
            Option::<BTreeMap<Arc<str>, Arc<str>>>::deserialize(take(object, "data"))?.unwrap_or_default();
        // Authorities, and options and fields, which are short; a ConfigMap can be large.
        data.retain(|key, value| CA_KEYS.contains(&&**key) || value.len() <= SHORT);
        Ok(Self { data })
    }
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// Its addresses, each with its type.
    pub addresses: Box<[NodeAddress]>,
}

/// An address of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct NodeAddress {
    /// `InternalIP`, `ExternalIP`, `Hostname` and others.
    #[serde(rename = "type")]
    pub kind: Arc<str>,
    /// The address.
    pub address: Arc<str>,
}

impl Node {
    /// Its addresses of a type.
    pub fn addresses_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.addresses.iter().filter(move |address| &*address.kind == kind).map(|address| &*address.address)
    }
}

impl Body for Node {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        let addresses = object.pointer_mut("/status/addresses").map(Value::take).unwrap_or_default();
        Ok(Self { addresses: Option::deserialize(addresses)?.unwrap_or_default() })
    }
}

/// A class of Ingresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct IngressClass {
    /// Who is to serve them.
    pub controller: Arc<str>,
}

impl Body for IngressClass {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        Ok(Option::deserialize(take(object, "spec"))?.unwrap_or_default())
    }
}

/// A namespace; those that are known are the ones that are watched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Namespace;

impl Body for Namespace {
    fn read(_: &mut Value) -> Result<Self, serde_json::Error> {
        Ok(Self)
    }
}

/// The longest value of a ConfigMap that is remembered whatever it is.
const SHORT: usize = 4096;
/// The keys that authorities stand under, the preferred first.
pub(crate) const CA_KEYS: [&str; 2] = ["tls.ca", "ca.crt"];
