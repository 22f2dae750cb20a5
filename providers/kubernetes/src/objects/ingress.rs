//! Ingresses.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::core::LoadBalanced;
use super::{Body, take};

/// An Ingress.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ingress {
    /// Its class.
    pub ingress_class_name: Option<Arc<str>>,
    /// Where requests go that no rule is about.
    pub default_backend: Option<Backing>,
    /// Its rules.
    pub rules: Box<[IngressRule]>,
    /// Its certificates.
    pub tls: Box<[IngressTls]>,
    /// What its status says that clients reach it by.
    #[serde(skip)]
    pub balanced: Box<[LoadBalanced]>,
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Backing {
    /// A Service.
    pub service: Option<NamedService>,
    /// Something else.
    pub resource: Option<Value>,
}

/// A Service and one of its ports.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct NamedService {
    /// Its name.
    pub name: Arc<str>,
    /// The port.
    pub port: NamedPort,
}

/// A port, by one of both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct NamedPort {
    /// Its name.
    pub name: Arc<str>,
    /// Its number.
    pub number: i64,
}

/// The rules of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct IngressRule {
    /// The host; empty means any.
    pub host: Arc<str>,
    /// Its paths.
    pub http: Option<IngressPaths>,
}

/// The paths of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct IngressPaths {
    /// Each with its backend.
    pub paths: Box<[IngressPath]>,
}

/// One path.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressPath {
    /// The path.
    pub path: Arc<str>,
    /// `Exact`, `Prefix` or `ImplementationSpecific`.
    pub path_type: Arc<str>,
    /// Where requests go.
    pub backend: Backing,
}

/// Hosts and their certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressTls {
    /// The hosts.
    pub hosts: Box<[Arc<str>]>,
    /// A Secret with the certificate.
    pub secret_name: Arc<str>,
}

impl Body for Ingress {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        let mut ingress = Option::<Self>::deserialize(take(object, "spec"))?.unwrap_or_default();
        if let Some(balanced) = object.pointer_mut("/status/loadBalancer/ingress") {
            ingress.balanced = Option::deserialize(balanced.take())?.unwrap_or_default();
        }
        Ok(ingress)
    }
}
