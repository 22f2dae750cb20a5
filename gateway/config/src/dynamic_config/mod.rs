//! The routing configuration as a provider declares it: routers, services, middlewares, transports, TLS.
//!
//! Plain data with Traefik's names. An object that could not be read is absent and listed in
//! [`DynamicConfig::problems`]; of a router it is kept where it was, so that its place stays closed. Options of
//! middlewares stay a tree that the owner of the kind decodes.

mod closed;
mod decode;
mod health;
mod middleware;
mod roots;
mod router;
mod service;
mod tcp;
#[cfg(test)]
mod tests;
mod timeouts;
mod tls;
mod transport;
mod udp;

use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::Serialize;

use crate::is_default;
use crate::origin::{Located, Written};
use crate::problem::Problem;

pub use closed::{Lost, UNREADABLE};
pub(crate) use roots::{ROOTS, unknown_root};

pub use health::{HealthCheck, HealthMarker, PassiveHealthCheck};
pub use middleware::Middleware;
pub use router::{Router, RouterObservability, RouterTls, TlsDomain};
pub use service::{
    CanaryMark, Failover, FailoverErrors, HighestRandomWeight, LoadBalancer, Mirror, Mirroring,
    ResponseForwarding, Server, Service, ServiceKind, Sticky, StickyCookie, Weighted, WeightedChild,
};
pub use tcp::{
    TcpHealthCheck, TcpLoadBalancer, TcpProxyProtocol, TcpRouter, TcpRouterTls, TcpServer,
    TcpServersTransport, TcpService, TcpServiceKind, TcpTransportTls, TcpWeighted, TcpWeightedChild,
};
pub use timeouts::Timeouts;
pub use tls::{ClientAuth, DefaultGeneratedCert, TlsCertificate, TlsKeyPair, TlsOptions, TlsStore};
pub use transport::{ForwardingTimeouts, PeerCertSan, ServersTransport, SpiffePeer};
pub use udp::{
    UdpLoadBalancer, UdpRouter, UdpServer, UdpService, UdpServiceKind, UdpWeighted, UdpWeightedChild,
};

/// Named objects in the written order. Compare the `Arc`s by pointer first: unchanged objects keep theirs.
pub type Objects<T> = IndexMap<Arc<str>, Arc<Written<T>>, RandomState>;

/// A name that may be wrong, with its place.
pub type Name = Located<Arc<str>>;

/// All that one provider declares.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DynamicConfig {
    /// HTTP routing.
    #[serde(skip_serializing_if = "HttpConfig::says_nothing")]
    pub http: HttpConfig,
    /// TCP routing.
    #[serde(skip_serializing_if = "TcpConfig::says_nothing")]
    pub tcp: TcpConfig,
    /// UDP routing.
    #[serde(skip_serializing_if = "UdpConfig::says_nothing")]
    pub udp: UdpConfig,
    /// Certificates and TLS options.
    #[serde(skip_serializing_if = "is_default")]
    pub tls: TlsConfig,
    /// What was wrong; objects named here with severity error are absent above.
    #[serde(skip)]
    pub problems: Vec<Problem>,
    /// Which objects are absent above because they could not be read. Nothing else may pass for them.
    #[serde(skip)]
    pub lost: Lost,
}

/// The section `http`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpConfig {
    /// Which requests go where.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub routers: Objects<Router>,
    /// Where requests go.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub services: Objects<Service>,
    /// What happens on the way.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub middlewares: Objects<Middleware>,
    /// How servers are reached.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub servers_transports: Objects<ServersTransport>,
    /// Routers that could not be read, none of them among `routers`: only where they were meant to be is known, and
    /// nobody else may answer there.
    #[serde(skip)]
    pub closed: Objects<Router>,
}

impl HttpConfig {
    /// Whether nothing of it is written out.
    fn says_nothing(&self) -> bool {
        self.routers.is_empty()
            && self.services.is_empty()
            && self.middlewares.is_empty()
            && self.servers_transports.is_empty()
    }
}

/// The section `tcp`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TcpConfig {
    /// Which connections go where.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub routers: Objects<TcpRouter>,
    /// Where connections go.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub services: Objects<TcpService>,
    /// What happens on the way.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub middlewares: Objects<Middleware>,
    /// How servers are reached.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub servers_transports: Objects<TcpServersTransport>,
    /// Routers that could not be read, none of them among `routers`; as those of HTTP.
    #[serde(skip)]
    pub closed: Objects<TcpRouter>,
}

impl TcpConfig {
    /// Whether nothing of it is written out.
    fn says_nothing(&self) -> bool {
        self.routers.is_empty()
            && self.services.is_empty()
            && self.middlewares.is_empty()
            && self.servers_transports.is_empty()
    }
}

/// The section `udp`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct UdpConfig {
    /// Which entry point's datagrams go where.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub routers: Objects<UdpRouter>,
    /// Where datagrams go.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub services: Objects<UdpService>,
    /// Routers that could not be read, none of them among `routers`; as those of HTTP.
    #[serde(skip)]
    pub closed: Objects<UdpRouter>,
}

impl UdpConfig {
    /// Whether nothing of it is written out.
    fn says_nothing(&self) -> bool {
        self.routers.is_empty() && self.services.is_empty()
    }
}

/// The section `tls`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TlsConfig {
    /// Certificates, chosen by the names inside them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Arc<Written<TlsCertificate>>>,
    /// Sets of handshake options that routers refer to.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub options: Objects<TlsOptions>,
    /// Stores; only `default` is consulted.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub stores: Objects<TlsStore>,
}

impl DynamicConfig {
    /// Whether nothing is declared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        is_default(&self.http) && is_default(&self.tcp) && is_default(&self.udp) && is_default(&self.tls)
    }
}
