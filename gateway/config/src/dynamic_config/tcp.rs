//! TCP routers, services and transports.

use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{HealthMarker, Name, PeerCertSan, SpiffePeer, TlsDomain, TlsKeyPair};
use crate::duration::GoDuration;
use crate::is_default;
use crate::redact::FileOrContent;

/// Which connections go to which service.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpRouter {
    /// Names of the entry points; empty means the default set.
    #[serde(skip_serializing_if = "is_default")]
    pub entry_points: Box<[Name]>,
    /// TCP middlewares, in the order in which they run.
    #[serde(skip_serializing_if = "is_default")]
    pub middlewares: Box<[Name]>,
    /// The service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Name>,
    /// The rule; empty when not written.
    #[serde(skip_serializing_if = "is_default")]
    pub rule: Name,
    /// `v2` or `v3`; `None` means the gateway's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_syntax: Option<Box<str>>,
    /// Higher is tried first; 0 means computed from the rule.
    #[serde(skip_serializing_if = "is_default")]
    pub priority: i64,
    /// Present when the router takes TLS connections only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Box<TcpRouterTls>>,
}

/// How a TCP router treats TLS.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpRouterTls {
    /// Hand the bytes on without opening them.
    pub passthrough: bool,
    /// The name of a set of TLS options.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Name>,
    /// The name of a certificate resolver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_resolver: Option<Name>,
    /// Names to obtain certificates for, in place of those in the rule.
    #[serde(skip_serializing_if = "is_default")]
    pub domains: Box<[TlsDomain]>,
}

/// A TCP service: exactly one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct TcpService {
    /// What it is.
    pub kind: TcpServiceKind,
}

/// The kinds of TCP service.
#[derive(Debug, Clone, PartialEq)]
pub enum TcpServiceKind {
    /// Servers that share the connections.
    LoadBalancer(Box<TcpLoadBalancer>),
    /// Services that share the connections by weight.
    Weighted(Box<TcpWeighted>),
}

/// Servers that share the connections.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpLoadBalancer {
    /// The servers.
    pub servers: Box<[TcpServer]>,
    /// The transport; `None` means the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servers_transport: Option<Name>,
    /// Deprecated: send a PROXY header; the transport's setting wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_protocol: Option<TcpProxyProtocol>,
    /// Deprecated: milliseconds for which the other half stays open once one half is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_delay: Option<i64>,
    /// Active health checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<Box<TcpHealthCheck>>,
}

/// One TCP server.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TcpServer {
    /// `host:port`.
    #[serde(skip_serializing_if = "is_default")]
    pub address: Name,
    /// Speak TLS with it.
    #[serde(skip_serializing_if = "is_default")]
    pub tls: bool,
}

/// Sending a PROXY header.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TcpProxyProtocol {
    /// 1 or 2.
    pub version: u8,
}

impl Default for TcpProxyProtocol {
    fn default() -> Self {
        Self { version: 2 }
    }
}

/// Asking each server from time to time whether it is well.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpHealthCheck {
    /// The port in place of the server's; 0 means the server's.
    #[serde(skip_serializing_if = "is_default")]
    pub port: u16,
    /// What is sent.
    #[serde(skip_serializing_if = "is_default")]
    pub send: Box<str>,
    /// The answer that must come.
    #[serde(skip_serializing_if = "is_default")]
    pub expect: Box<str>,
    /// Time between checks of a healthy server.
    pub interval: GoDuration,
    /// Time between checks of a failing server; `None` means the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhealthy_interval: Option<GoDuration>,
    /// The longest wait for an answer.
    pub timeout: GoDuration,
}

impl Default for TcpHealthCheck {
    fn default() -> Self {
        Self {
            port: 0,
            send: Box::default(),
            expect: Box::default(),
            interval: GoDuration::from_secs(30),
            unhealthy_interval: None,
            timeout: GoDuration::from_secs(5),
        }
    }
}

/// Services that share the connections by weight.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpWeighted {
    /// The children.
    pub services: Box<[TcpWeightedChild]>,
    /// Present when the health of the children is handed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthMarker>,
}

/// One child of a weighted TCP service.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TcpWeightedChild {
    /// The child service.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Name,
    /// Its share; 0 takes it out.
    pub weight: i64,
}

impl Default for TcpWeightedChild {
    fn default() -> Self {
        Self { name: Name::default(), weight: 1 }
    }
}

/// How TCP servers are reached.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpServersTransport {
    /// Time between keep-alive probes.
    pub dial_keep_alive: GoDuration,
    /// The longest wait for a connection.
    pub dial_timeout: GoDuration,
    /// Send a PROXY header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_protocol: Option<TcpProxyProtocol>,
    /// How long the other half stays open once one half is closed; absent or below 0 means as long as it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_delay: Option<GoDuration>,
    /// How TLS with servers is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Box<TcpTransportTls>>,
}

impl Default for TcpServersTransport {
    fn default() -> Self {
        Self {
            dial_keep_alive: GoDuration::from_secs(15),
            dial_timeout: GoDuration::from_secs(30),
            proxy_protocol: None,
            termination_delay: None,
            tls: None,
        }
    }
}

/// How TLS with TCP servers is made.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpTransportTls {
    /// The name sent and verified in the handshake; empty means that of the server's address.
    #[serde(skip_serializing_if = "is_default")]
    pub server_name: Arc<str>,
    /// Do not verify the server's certificate.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
    /// Authorities to trust in place of the system's.
    #[serde(rename = "rootCAs", skip_serializing_if = "is_default")]
    pub root_cas: Box<[FileOrContent]>,
    /// Certificates shown to the server.
    #[serde(skip_serializing_if = "is_default")]
    pub certificates: Box<[TlsKeyPair]>,
    /// The URI that the server's certificate must carry.
    #[serde(rename = "peerCertURI", skip_serializing_if = "is_default")]
    pub peer_cert_uri: Box<str>,
    /// Names of which the server's certificate must carry one.
    #[serde(rename = "peerCertSANs", skip_serializing_if = "is_default")]
    pub peer_cert_sans: Box<[PeerCertSan]>,
    /// Whom to trust by SPIFFE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spiffe: Option<SpiffePeer>,
}

/// The shape of a TCP service in a document: every kind a field.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fields {
    #[serde(deserialize_with = "crate::tree::filled")]
    load_balancer: Option<Box<TcpLoadBalancer>>,
    #[serde(deserialize_with = "crate::tree::filled")]
    weighted: Option<Box<TcpWeighted>>,
}

impl<'de> Deserialize<'de> for TcpService {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kind = match Fields::deserialize(deserializer)? {
            Fields { load_balancer: Some(kind), weighted: None } => TcpServiceKind::LoadBalancer(kind),
            Fields { load_balancer: None, weighted: Some(kind) } => TcpServiceKind::Weighted(kind),
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

impl Serialize for TcpService {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match &self.kind {
            TcpServiceKind::LoadBalancer(kind) => map.serialize_entry("loadBalancer", kind)?,
            TcpServiceKind::Weighted(kind) => map.serialize_entry("weighted", kind)?,
        }
        map.end()
    }
}
