//! UDP routers and services.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Name;
use crate::is_default;

/// Which entry points' datagrams go to which service.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UdpRouter {
    /// Names of the entry points; empty means all of UDP.
    #[serde(skip_serializing_if = "is_default")]
    pub entry_points: Box<[Name]>,
    /// The service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Name>,
}

/// A UDP service: exactly one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UdpService {
    /// What it is.
    pub kind: UdpServiceKind,
}

/// The kinds of UDP service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UdpServiceKind {
    /// Servers that share the sessions.
    LoadBalancer(UdpLoadBalancer),
    /// Services that share the sessions by weight.
    Weighted(UdpWeighted),
}

/// Servers that share the sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct UdpLoadBalancer {
    /// The servers.
    pub servers: Box<[UdpServer]>,
}

/// One UDP server.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct UdpServer {
    /// `host:port`.
    #[serde(skip_serializing_if = "is_default")]
    pub address: Name,
}

/// Services that share the sessions by weight.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct UdpWeighted {
    /// The children.
    pub services: Box<[UdpWeightedChild]>,
}

/// One child of a weighted UDP service.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct UdpWeightedChild {
    /// The child service.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Name,
    /// Its share; 0 takes it out.
    pub weight: i64,
}

impl Default for UdpWeightedChild {
    fn default() -> Self {
        Self { name: Name::default(), weight: 1 }
    }
}

/// The shape of a UDP service in a document: every kind a field.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fields {
    #[serde(deserialize_with = "crate::tree::filled")]
    load_balancer: Option<UdpLoadBalancer>,
    #[serde(deserialize_with = "crate::tree::filled")]
    weighted: Option<UdpWeighted>,
}

impl<'de> Deserialize<'de> for UdpService {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kind = match Fields::deserialize(deserializer)? {
            Fields { load_balancer: Some(kind), weighted: None } => UdpServiceKind::LoadBalancer(kind),
            Fields { load_balancer: None, weighted: Some(kind) } => UdpServiceKind::Weighted(kind),
            Fields { load_balancer: None, weighted: None } => {
                return Err(D::Error::custom("service has no kind, write one of loadBalancer, weighted"));
            }
            Fields { load_balancer: Some(_), weighted: Some(_) } => {
                return Err(D::Error::custom(
                    "service has two kinds, loadBalancer and weighted, keep one of them",
                ));
            }
        };
        Ok(Self { kind })
    }
}

impl Serialize for UdpService {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match &self.kind {
            UdpServiceKind::LoadBalancer(kind) => map.serialize_entry("loadBalancer", kind)?,
            UdpServiceKind::Weighted(kind) => map.serialize_entry("weighted", kind)?,
        }
        map.end()
    }
}
