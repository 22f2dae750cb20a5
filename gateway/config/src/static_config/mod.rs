//! The install configuration, read once at start: entry points, providers, logs, the API and defaults.
//!
//! Plain data with Traefik's names and defaults. Options of providers stay trees that their owners decode.

mod api;
mod blank;
mod certificates;
mod choose;
mod entry_point;
mod experimental;
mod load;
mod logs;
mod metrics;
mod otlp;
mod providers;
mod removed;
mod tracing;
mod transport;
mod validate;

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::origin::Located;

pub use api::{Api, Ping};
pub use certificates::{
    Acme, CertificateResolver, DnsChallenge, DnsPropagation, ExternalAccountBinding, HttpChallenge,
    Tailscale, TlsChallenge,
};
pub use choose::{Choice, Present, Search, candidates, choose};
pub use entry_point::{
    EncodedCharacters, EntryPoint, EntryPointHttp, EntryPointHttp2, EntryPointHttp3, EntryPointObservability,
    EntryPointTls, EntryPointUdp, ForwardedHeaders, LifeCycle, ProxyProtocol, Redirection, Redirections,
    RespondingTimeouts, Transport,
};
pub use experimental::{Experimental, FastProxy, LocalPlugin, Plugin, PluginSettings};
pub use load::{Examined, Loaded};
pub use logs::{AccessLog, AccessLogFields, AccessLogFilters, FieldHeaders, FieldQueryParameters, Log};
pub use metrics::{Datadog, InfluxDb2, Metrics, OtlpMetrics, Prometheus, StatsD};
pub use otlp::{ClientTls, Otlp, OtlpExporter, OtlpGrpc, OtlpHttp};
pub use providers::{Provider, Providers};
pub use tracing::{Jaeger, JaegerCollector, Tracing};
pub use transport::{
    StaticForwardingTimeouts, StaticServersTransport, StaticTcpServersTransport, StaticTcpTls,
};
pub use validate::validate;

/// All that is decided at start.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StaticConfig {
    /// Settings of the program as a whole.
    #[serde(skip_serializing_if = "is_default")]
    pub global: Global,
    /// How HTTP servers are reached by services that name no transport.
    #[serde(skip_serializing_if = "is_default")]
    pub servers_transport: StaticServersTransport,
    /// How TCP servers are reached by services that name no transport.
    #[serde(rename = "tcpServersTransport", skip_serializing_if = "is_default")]
    pub tcp_servers_transport: StaticTcpServersTransport,
    /// Where clients connect, in the written order.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub entry_points: IndexMap<Arc<str>, EntryPoint>,
    /// Where the routing configuration comes from.
    #[serde(skip_deserializing)]
    pub providers: Providers,
    /// The API and the dashboard; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// Exporters of metrics; absent means off.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Box<Metrics>>,
    /// The ping endpoint; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ping: Option<Ping>,
    /// The program's own log.
    #[serde(deserialize_with = "crate::tree::may_be_empty", skip_serializing_if = "is_default")]
    pub log: Log,
    /// The log of requests; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_log: Option<Box<AccessLog>>,
    /// Traces of requests; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Box<Tracing>>,
    /// Following CNAMEs of requested hosts; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_resolver: Option<HostResolver>,
    /// Where certificates are obtained.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub certificates_resolvers: IndexMap<Arc<str>, CertificateResolver>,
    /// Features behind a gate.
    #[serde(skip_serializing_if = "is_default")]
    pub experimental: Experimental,
    /// Defaults of the rule language.
    #[serde(skip_serializing_if = "is_default")]
    pub core: Core,
    /// The SPIFFE Workload API; absent means off.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub spiffe: Option<Spiffe>,
    /// Stapling of OCSP answers; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ocsp: Option<Ocsp>,
}

/// Settings of the program as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Global {
    /// Look for newer releases.
    pub check_new_version: bool,
    /// Send statistics.
    #[serde(skip_serializing_if = "is_default")]
    pub send_anonymous_usage: bool,
    /// Never add the peer's address to X-Forwarded-For.
    #[serde(rename = "notAppendXForwardedFor", skip_serializing_if = "is_default")]
    pub not_append_x_forwarded_for: bool,
}

impl Default for Global {
    fn default() -> Self {
        Self { check_new_version: true, send_anonymous_usage: false, not_append_x_forwarded_for: false }
    }
}

/// Following CNAMEs of requested hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostResolver {
    /// Match rules on the CNAME's target too.
    #[serde(skip_serializing_if = "is_default")]
    pub cname_flattening: bool,
    /// The resolver's configuration file.
    pub resolv_config: Arc<str>,
    /// The longest chain followed.
    pub resolv_depth: u32,
}

impl Default for HostResolver {
    fn default() -> Self {
        Self { cname_flattening: false, resolv_config: "/etc/resolv.conf".into(), resolv_depth: 5 }
    }
}

/// Defaults of the rule language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Core {
    /// Deprecated: the syntax of rules whose router names none, `v3` or `v2`.
    pub default_rule_syntax: Located<Arc<str>>,
    /// Refuse TLS options that contradict each other for one host, in place of using the default ones.
    #[serde(rename = "strictTLSOptions", skip_serializing_if = "is_default")]
    pub strict_tls_options: bool,
}

impl Default for Core {
    fn default() -> Self {
        Self { default_rule_syntax: Located::from(Arc::from("v3")), strict_tls_options: false }
    }
}

/// The SPIFFE Workload API.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Spiffe {
    /// Its address.
    #[serde(rename = "workloadAPIAddr", skip_serializing_if = "is_default")]
    pub workload_api_addr: Arc<str>,
}

/// Stapling of OCSP answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ocsp {
    /// Responders to ask in place of those that certificates name.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub responder_overrides: IndexMap<Arc<str>, Located<Arc<str>>>,
}
