//! Objects of our own kinds, as people write them.
//!
//! Options that a routing file has too are those of `windrose-config`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use windrose_config::GoDuration;
use windrose_config::dynamic_config::{
    CanaryMark, DefaultGeneratedCert, FailoverErrors, HealthCheck, PassiveHealthCheck, ResponseForwarding,
    RouterObservability, Sticky, TcpProxyProtocol, Timeouts, TlsDomain,
};

use super::{Body, Port, take};

/// Reads the `spec` of an object.
macro_rules! of_spec {
    ($($body:ty),*) => {$(
        impl Body for $body {
            fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
                Ok(Option::deserialize(take(object, "spec"))?.unwrap_or_default())
            }
        }
    )*};
}

of_spec!(
    IngressRoute,
    IngressRouteTcp,
    IngressRouteUdp,
    TlsOption,
    TlsStore,
    TraefikService,
    ProxyConfiguration
);

/// Which requests go where.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressRoute {
    /// Names of entry points; none means the default set.
    pub entry_points: Box<[Arc<str>]>,
    /// Its class.
    pub ingress_class_name: Option<Arc<str>>,
    /// The IngressRoutes whose routes come before its own.
    pub parent_refs: Box<[Reference]>,
    /// The routes.
    pub routes: Box<[Route]>,
    /// Present when they are for TLS.
    pub tls: Option<RouteTls>,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Route {
    /// `Rule`, or nothing.
    pub kind: Option<Arc<str>>,
    /// The rule.
    #[serde(rename = "match")]
    pub rule: Arc<str>,
    /// Higher is tried first.
    pub priority: i64,
    /// `v2` or `v3`.
    pub syntax: Option<Box<str>>,
    /// Where requests go.
    pub services: Box<[Backend]>,
    /// What happens on the way.
    pub middlewares: Box<[Reference]>,
    /// What is recorded about them.
    pub observability: Option<Box<RouterObservability>>,
}

/// The name of another object.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Reference {
    /// Its name, with `@provider` or not.
    pub name: Arc<str>,
    /// Its namespace; empty means that of the object it is written in.
    pub namespace: Arc<str>,
}

/// How a route is for TLS.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteTls {
    /// A Secret with a certificate.
    pub secret_name: Arc<str>,
    /// Who obtains certificates.
    pub cert_resolver: Arc<str>,
    /// Names to obtain certificates for.
    pub domains: Box<[TlsDomain]>,
    /// TLS options.
    pub options: Option<Reference>,
    /// A store; only `default` is consulted.
    pub store: Option<Reference>,
    /// For TCP: hand the bytes on without opening them.
    pub passthrough: bool,
}

/// A Service or TraefikService, and how it is used.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Backend {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace; empty means that of the object it is written in.
    pub namespace: Arc<str>,
    /// `Service`, which empty means, or `TraefikService`.
    pub kind: Arc<str>,
    /// The port of a Service.
    pub port: Option<Port>,
    /// In place of what the port says.
    pub scheme: Arc<str>,
    /// How servers are chosen.
    pub strategy: Arc<str>,
    /// Its share.
    pub weight: Option<i64>,
    /// Keeping a client on one server.
    pub sticky: Option<Sticky>,
    /// How servers are reached.
    pub servers_transport: Arc<str>,
    /// Whether the client's Host is passed on; nothing means yes.
    pub pass_host_header: Option<bool>,
    /// How answers are passed on.
    pub response_forwarding: Option<ResponseForwarding>,
    /// Active health checks.
    pub health_check: Option<Box<HealthCheck>>,
    /// Passive health checks.
    pub passive_health_check: Option<PassiveHealthCheck>,
    /// Whether the cluster's own balancing is used.
    #[serde(rename = "nativeLB")]
    pub native_lb: Option<bool>,
    /// Whether nodes are used as servers.
    #[serde(rename = "nodePortLB")]
    pub node_port_lb: bool,
    /// Middlewares of the service.
    pub middlewares: Box<[Reference]>,
    /// How long its requests may take. Ours.
    pub timeouts: Option<Box<Timeouts>>,
    /// Beside others: requests that say in a field whether they are for it. Ours.
    pub header: Option<Box<CanaryMark>>,
    /// Beside others: requests that say so in a cookie. Ours.
    pub cookie: Option<Box<CanaryMark>>,
    /// For TCP: speak TLS with servers.
    pub tls: bool,
    /// For TCP: send a PROXY header.
    pub proxy_protocol: Option<TcpProxyProtocol>,
    /// For TCP: milliseconds for which the other half stays open once one half is closed.
    pub termination_delay: Option<i64>,
}

/// Which connections go where.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressRouteTcp {
    /// Names of entry points; none means the default set.
    pub entry_points: Box<[Arc<str>]>,
    /// Its class.
    pub ingress_class_name: Option<Arc<str>>,
    /// The routes.
    pub routes: Box<[RouteTcp]>,
    /// Present when they are for TLS.
    pub tls: Option<RouteTls>,
}

/// One route of TCP.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteTcp {
    /// The rule.
    #[serde(rename = "match")]
    pub rule: Arc<str>,
    /// Higher is tried first.
    pub priority: i64,
    /// `v2` or `v3`.
    pub syntax: Option<Box<str>>,
    /// Where connections go.
    pub services: Box<[Backend]>,
    /// What happens on the way.
    pub middlewares: Box<[Reference]>,
}

/// Which datagrams go where.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressRouteUdp {
    /// Names of entry points; none means the default set.
    pub entry_points: Box<[Arc<str>]>,
    /// Its class.
    pub ingress_class_name: Option<Arc<str>>,
    /// The routes.
    pub routes: Box<[RouteUdp]>,
}

/// One route of UDP.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct RouteUdp {
    /// Where datagrams go.
    pub services: Box<[Backend]>,
}

/// A service of services.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TraefikService {
    /// Services that share the requests by weight.
    pub weighted: Option<Weighted>,
    /// One service, with copies of its requests sent to others.
    pub mirroring: Option<Box<Mirroring>>,
    /// Services chosen by the client's address.
    pub highest_random_weight: Option<Weighted>,
    /// One service, and another when it fails.
    pub failover: Option<Box<Fallback>>,
}

/// Services that share the requests.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Weighted {
    /// The services.
    pub services: Box<[Backend]>,
    /// Keeping a client on one of them.
    pub sticky: Option<Sticky>,
}

/// One service with copies.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mirroring {
    /// The service that answers.
    #[serde(flatten)]
    pub main: Backend,
    /// Whether bodies are copied too.
    pub mirror_body: Option<bool>,
    /// The longest body copied.
    pub max_body_size: Option<i64>,
    /// The services that get copies.
    pub mirrors: Box<[Mirrored]>,
}

/// One service that gets copies.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Mirrored {
    /// The service.
    #[serde(flatten)]
    pub backend: Backend,
    /// How many of a hundred requests are copied.
    pub percent: i64,
}

/// One service, and another when it fails.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Fallback {
    /// The main service.
    pub service: Backend,
    /// The other one.
    pub fallback: Backend,
    /// Answers that send a request to the other one.
    pub errors: Option<Box<FailoverErrors>>,
}

/// How handshakes with clients are made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsOption {
    /// The lowest version.
    pub min_version: Arc<str>,
    /// The highest version.
    pub max_version: Arc<str>,
    /// Names of cipher suites.
    pub cipher_suites: Box<[Arc<str>]>,
    /// Names of key exchange groups.
    pub curve_preferences: Box<[Arc<str>]>,
    /// Whether clients must show a certificate.
    pub client_auth: ClientCertificates,
    /// Refuse clients that name a host without a certificate.
    pub sni_strict: bool,
    /// Protocols offered.
    pub alpn_protocols: Option<Box<[Arc<str>]>>,
    /// Do not hand out session tickets.
    pub disable_session_tickets: bool,
    /// Without effect.
    pub prefer_server_cipher_suites: Option<bool>,
}

/// Whether and how clients are asked for a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientCertificates {
    /// Secrets with authorities.
    pub secret_names: Box<[Arc<str>]>,
    /// Files with authorities. Ours: only the file provider of Traefik has them.
    pub ca_files: Box<[Arc<str>]>,
    /// For example `RequireAndVerifyClientCert`.
    pub client_auth_type: Arc<str>,
}

/// A store of certificates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsStore {
    /// Served when no certificate matches.
    pub default_certificate: Option<StoreCertificate>,
    /// How to obtain the default certificate.
    pub default_generated_cert: Option<Box<DefaultGeneratedCert>>,
    /// Further certificates.
    pub certificates: Box<[StoreCertificate]>,
}

/// A certificate in a Secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StoreCertificate {
    /// The Secret.
    pub secret_name: Arc<str>,
}

/// Authorities: a Secret or a ConfigMap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rooted {
    /// A Secret.
    pub secret: Option<Arc<str>>,
    /// A ConfigMap.
    pub config_map: Option<Arc<str>>,
}

/// The Secrets that a transport needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Certificates {
    /// Authorities.
    #[serde(rename = "rootCAs")]
    pub roots: Box<[Rooted]>,
    /// Authorities in Secrets.
    #[serde(rename = "rootCAsSecrets")]
    pub root_secrets: Box<[Arc<str>]>,
    /// Certificates to show.
    pub certificates_secrets: Box<[Arc<str>]>,
}

/// How servers are reached by the routes of a namespace that say nothing of it, and how answers are sent. Ours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProxyConfiguration {
    /// Idle connections kept for all servers; 0 means no limit.
    pub max_idle_conns: Option<u32>,
    /// Idle connections kept per server.
    pub max_idle_conns_per_host: Option<i64>,
    /// How long an idle connection is kept.
    pub idle_conn_timeout: Option<GoDuration>,
    /// The longest wait for a connection.
    pub dial_timeout: Option<GoDuration>,
    /// The longest wait for the head of an answer; 0 means no limit.
    pub response_header_timeout: Option<GoDuration>,
    /// How long a server has to ask for a body.
    pub expect_continue_timeout: Option<GoDuration>,
    /// The buffers that bodies are carried in.
    pub buffer_pool: Option<BufferPool>,
    /// Compression of answers.
    pub compress: Option<Compression>,
}

/// The buffers that bodies are carried in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct BufferPool {
    /// Whether they are used again.
    pub enabled: Option<bool>,
    /// How large they are.
    pub size: Option<u64>,
}

/// Compression of answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Compression {
    /// Whether answers are compressed.
    pub enabled: bool,
    /// The options of the middleware.
    #[serde(flatten)]
    pub options: serde_json::Map<String, Value>,
}

/// The `spec` of an object whose options belong to others: middlewares, transports, metrics and traces.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spec(pub Value);

impl Body for Spec {
    fn read(object: &mut Value) -> Result<Self, serde_json::Error> {
        Ok(Self(take(object, "spec")))
    }
}
