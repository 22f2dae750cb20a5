//! HTTP services: where requests go.

use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{HealthCheck, HealthMarker, Name, PassiveHealthCheck, Timeouts};
use crate::duration::GoDuration;
use crate::is_default;
use crate::origin::Located;

/// A service: exactly one kind, and middlewares that run before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// What it is.
    pub kind: ServiceKind,
    /// Middlewares of the service, in the order in which they run.
    pub middlewares: Box<[Name]>,
    /// How long its requests may take.
    pub timeouts: Option<Box<Timeouts>>,
}

impl From<ServiceKind> for Service {
    fn from(kind: ServiceKind) -> Self {
        Self { kind, middlewares: Box::default(), timeouts: None }
    }
}

/// The kinds of service.
#[derive(Debug, Clone, PartialEq)]
pub enum ServiceKind {
    /// Servers that share the requests.
    LoadBalancer(Box<LoadBalancer>),
    /// Services that share the requests by weight.
    Weighted(Box<Weighted>),
    /// One service, with copies of its requests sent to others.
    Mirroring(Box<Mirroring>),
    /// One service, and another when it fails.
    Failover(Box<Failover>),
    /// Services chosen by the client's address.
    HighestRandomWeight(Box<HighestRandomWeight>),
}

impl ServiceKind {
    /// The kind as written, for example `loadBalancer`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LoadBalancer(_) => "loadBalancer",
            Self::Weighted(_) => "weighted",
            Self::Mirroring(_) => "mirroring",
            Self::Failover(_) => "failover",
            Self::HighestRandomWeight(_) => "highestRandomWeight",
        }
    }
}

/// Servers that share the requests.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadBalancer {
    /// Keeping a client on one server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Sticky>,
    /// The servers.
    #[serde(skip_serializing_if = "is_default")]
    pub servers: Box<[Server]>,
    /// `wrr`, `p2c`, `leasttime` or `hrw`.
    pub strategy: Located<Box<str>>,
    /// Active health checks.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub health_check: Option<Box<HealthCheck>>,
    /// Passive health checks.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub passive_health_check: Option<PassiveHealthCheck>,
    /// Whether the client's Host is passed on; otherwise the host of the server's URL is sent.
    pub pass_host_header: bool,
    /// How answers are passed on.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub response_forwarding: Option<ResponseForwarding>,
    /// The transport; `None` means the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servers_transport: Option<Name>,
    /// Further protocols that connections may change to. Ours: Traefik lets them change to any.
    #[serde(skip_serializing_if = "is_default")]
    pub upgrade_protocols: Box<[Box<str>]>,
}

impl Default for LoadBalancer {
    fn default() -> Self {
        Self {
            sticky: None,
            servers: Box::default(),
            strategy: Located::from(Box::from("wrr")),
            health_check: None,
            passive_health_check: None,
            pass_host_header: true,
            response_forwarding: None,
            servers_transport: None,
            upgrade_protocols: Box::default(),
        }
    }
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Server {
    /// `http://…`, `https://…` or `h2c://…`.
    #[serde(skip_serializing_if = "is_default")]
    pub url: Name,
    /// Its share; `None` means 1, and 0 or below takes it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
    /// Whether the path of the URL is put before that of the request.
    #[serde(skip_serializing_if = "is_default")]
    pub preserve_path: bool,
}

/// Keeping a client on one server or child.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sticky {
    /// The cookie that remembers the choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie: Option<Box<StickyCookie>>,
}

/// The cookie of a sticky session.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StickyCookie {
    /// Its name; empty means one made from the service's name.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Box<str>,
    /// Attribute `Secure`.
    #[serde(skip_serializing_if = "is_default")]
    pub secure: bool,
    /// Attribute `HttpOnly`.
    #[serde(skip_serializing_if = "is_default")]
    pub http_only: bool,
    /// Attribute `SameSite`: `none`, `lax` or `strict`, in any case.
    #[serde(skip_serializing_if = "is_default")]
    pub same_site: Box<str>,
    /// Attribute `Max-Age` in seconds; 0 means a session cookie, below 0 one that expires at once.
    #[serde(skip_serializing_if = "is_default")]
    pub max_age: i64,
    /// Attribute `Path`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Box<str>>,
    /// Attribute `Domain`.
    #[serde(skip_serializing_if = "is_default")]
    pub domain: Box<str>,
}

impl Default for StickyCookie {
    fn default() -> Self {
        Self {
            name: Box::default(),
            secure: false,
            http_only: false,
            same_site: Box::default(),
            max_age: 0,
            path: Some("/".into()),
            domain: Box::default(),
        }
    }
}

/// How answers are passed on to the client.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResponseForwarding {
    /// The longest time that a part of an answer is held back; below 0 means none.
    pub flush_interval: GoDuration,
}

impl Default for ResponseForwarding {
    fn default() -> Self {
        Self { flush_interval: GoDuration::from_millis(100) }
    }
}

/// Services that share the requests by weight.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Weighted {
    /// The children.
    #[serde(skip_serializing_if = "is_default")]
    pub services: Box<[WeightedChild]>,
    /// Keeping a client on one child.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Sticky>,
    /// Present when the health of the children is handed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthMarker>,
}

/// One child of a weighted service.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WeightedChild {
    /// The child service.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Name,
    /// Its share; 0 takes it out.
    pub weight: i64,
    /// Requests that say in a field whether they are for it. Ours, not Traefik's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Box<CanaryMark>>,
    /// Requests that say so in a cookie, unless the field has decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie: Option<Box<CanaryMark>>,
}

impl Default for WeightedChild {
    fn default() -> Self {
        Self { name: Name::default(), weight: 1, header: None, cookie: None }
    }
}

/// What marks a request as one for a child.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CanaryMark {
    /// The name of the field or cookie; required.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Located<Box<str>>,
    /// The value that marks; when it is empty, `always` does, and `never` keeps the request from the child.
    #[serde(skip_serializing_if = "is_default")]
    pub value: Box<str>,
}

/// Services chosen by the client's address.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HighestRandomWeight {
    /// The children.
    pub services: Box<[WeightedChild]>,
    /// Present when the health of the children is handed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthMarker>,
}

/// One service, with copies of its requests sent to others.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mirroring {
    /// The service that answers.
    #[serde(skip_serializing_if = "is_default")]
    pub service: Name,
    /// Whether bodies are copied too.
    pub mirror_body: bool,
    /// The longest body copied; longer ones are not mirrored. Below 0 means any.
    pub max_body_size: i64,
    /// The services that get copies.
    #[serde(skip_serializing_if = "is_default")]
    pub mirrors: Box<[Mirror]>,
    /// Present when the health of the main service is handed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthMarker>,
}

impl Default for Mirroring {
    fn default() -> Self {
        Self {
            service: Name::default(),
            mirror_body: true,
            max_body_size: -1,
            mirrors: Box::default(),
            health_check: None,
        }
    }
}

/// One service that gets copies.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mirror {
    /// The service.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Name,
    /// How many of a hundred requests are copied.
    #[serde(skip_serializing_if = "is_default")]
    pub percent: i64,
}

/// One service, and another when it fails.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Failover {
    /// The main service.
    #[serde(skip_serializing_if = "is_default")]
    pub service: Name,
    /// The service used when the main one is down.
    #[serde(skip_serializing_if = "is_default")]
    pub fallback: Name,
    /// Present when the health of the children is handed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthMarker>,
    /// Answers that send a request to the fallback.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub errors: Option<Box<FailoverErrors>>,
}

/// Answers that send a request to the fallback.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FailoverErrors {
    /// Codes or ranges of codes, for example `500-599`.
    #[serde(skip_serializing_if = "is_default")]
    pub status: Box<[Located<Arc<str>>]>,
    /// The longest body kept for the second try; below 0 means any.
    pub max_request_body_bytes: i64,
}

impl Default for FailoverErrors {
    fn default() -> Self {
        Self { status: Box::default(), max_request_body_bytes: -1 }
    }
}

/// The shape of a service in a document: every kind a field.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fields {
    #[serde(deserialize_with = "crate::tree::filled")]
    load_balancer: Option<Box<LoadBalancer>>,
    #[serde(deserialize_with = "crate::tree::filled")]
    weighted: Option<Box<Weighted>>,
    #[serde(deserialize_with = "crate::tree::filled")]
    mirroring: Option<Box<Mirroring>>,
    #[serde(deserialize_with = "crate::tree::filled")]
    failover: Option<Box<Failover>>,
    #[serde(deserialize_with = "crate::tree::filled")]
    highest_random_weight: Option<Box<HighestRandomWeight>>,
    middlewares: Box<[Name]>,
    timeouts: Option<Box<Timeouts>>,
}

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        let kinds = [
            fields.load_balancer.map(ServiceKind::LoadBalancer),
            fields.weighted.map(ServiceKind::Weighted),
            fields.mirroring.map(ServiceKind::Mirroring),
            fields.failover.map(ServiceKind::Failover),
            fields.highest_random_weight.map(ServiceKind::HighestRandomWeight),
        ];
        let mut written = kinds.into_iter().flatten();
        let kind = written
            .next()
            .ok_or_else(|| D::Error::custom(format_args!("service has no kind, write {KINDS}")))?;
        match written.next() {
            None => Ok(Self { kind, middlewares: fields.middlewares, timeouts: fields.timeouts }),
            Some(second) => Err(D::Error::custom(format_args!(
                "service has two kinds, {} and {}, keep one of them",
                kind.name(),
                second.name()
            ))),
        }
    }
}

impl Serialize for Service {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.middlewares.is_empty() {
            map.serialize_entry("middlewares", &self.middlewares)?;
        }
        if let Some(timeouts) = &self.timeouts {
            map.serialize_entry("timeouts", timeouts)?;
        }
        let name = self.kind.name();
        match &self.kind {
            ServiceKind::LoadBalancer(kind) => map.serialize_entry(name, kind)?,
            ServiceKind::Weighted(kind) => map.serialize_entry(name, kind)?,
            ServiceKind::Mirroring(kind) => map.serialize_entry(name, kind)?,
            ServiceKind::Failover(kind) => map.serialize_entry(name, kind)?,
            ServiceKind::HighestRandomWeight(kind) => map.serialize_entry(name, kind)?,
        }
        map.end()
    }
}

const KINDS: &str = "one of loadBalancer, weighted, mirroring, failover, highestRandomWeight";
