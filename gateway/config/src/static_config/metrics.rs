//! Exporters of metrics.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{OtlpGrpc, OtlpHttp};
use crate::duration::GoDuration;
use crate::is_default;
use crate::origin::Located;
use crate::redact::Secret;

/// Exporters of metrics; absent ones are off.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metrics {
    /// Count requests to internal services too.
    #[serde(skip_serializing_if = "is_default")]
    pub add_internals: bool,
    /// An endpoint for Prometheus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<Prometheus>,
    /// Sending to Datadog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datadog: Option<Datadog>,
    /// Sending to StatsD.
    #[serde(rename = "statsD", skip_serializing_if = "Option::is_none")]
    pub statsd: Option<StatsD>,
    /// Sending to InfluxDB 2.
    #[serde(rename = "influxDB2", skip_serializing_if = "Option::is_none")]
    pub influx_db2: Option<InfluxDb2>,
    /// Sending over OTLP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp: Option<OtlpMetrics>,
}

/// An endpoint for Prometheus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Prometheus {
    /// Upper bounds of the histograms, in seconds.
    pub buckets: Box<[f64]>,
    /// Metrics of entry points.
    pub add_entry_points_labels: bool,
    /// Metrics of routers.
    pub add_routers_labels: bool,
    /// Metrics of services.
    pub add_services_labels: bool,
    /// The entry point of its router.
    pub entry_point: Located<Arc<str>>,
    /// Do not make a router; the service `prometheus@internal` is still there.
    #[serde(skip_serializing_if = "is_default")]
    pub manual_routing: bool,
    /// Labels taken from request headers.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub header_labels: IndexMap<Arc<str>, Arc<str>>,
}

impl Default for Prometheus {
    fn default() -> Self {
        Self {
            buckets: Box::new([0.1, 0.3, 1.2, 5.0]),
            add_entry_points_labels: true,
            add_routers_labels: false,
            add_services_labels: true,
            entry_point: Located::from(Arc::from("traefik")),
            manual_routing: false,
            header_labels: IndexMap::new(),
        }
    }
}

/// Sending to Datadog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Datadog {
    /// `host:port`, or a socket of scheme `unix`, `unixgram` or `unixstream`.
    pub address: Located<Arc<str>>,
    /// Time between reports.
    pub push_interval: GoDuration,
    /// Metrics of entry points.
    pub add_entry_points_labels: bool,
    /// Metrics of routers.
    pub add_routers_labels: bool,
    /// Metrics of services.
    pub add_services_labels: bool,
    /// What names begin with.
    pub prefix: Arc<str>,
}

impl Default for Datadog {
    fn default() -> Self {
        Self {
            address: Located::from(Arc::from("localhost:8125")),
            push_interval: GoDuration::from_secs(10),
            add_entry_points_labels: true,
            add_routers_labels: false,
            add_services_labels: true,
            prefix: "traefik".into(),
        }
    }
}

/// Sending to StatsD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatsD {
    /// `host:port`.
    pub address: Located<Arc<str>>,
    /// Time between reports.
    pub push_interval: GoDuration,
    /// Metrics of entry points.
    pub add_entry_points_labels: bool,
    /// Metrics of routers.
    pub add_routers_labels: bool,
    /// Metrics of services.
    pub add_services_labels: bool,
    /// What names begin with.
    pub prefix: Arc<str>,
}

impl Default for StatsD {
    fn default() -> Self {
        Self {
            address: Located::from(Arc::from("localhost:8125")),
            push_interval: GoDuration::from_secs(10),
            add_entry_points_labels: true,
            add_routers_labels: false,
            add_services_labels: true,
            prefix: "traefik".into(),
        }
    }
}

/// Sending to InfluxDB 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InfluxDb2 {
    /// The URL.
    pub address: Located<Arc<str>>,
    /// The token.
    #[serde(skip_serializing_if = "is_default")]
    pub token: Secret,
    /// The organisation.
    #[serde(skip_serializing_if = "is_default")]
    pub org: Arc<str>,
    /// The bucket.
    #[serde(skip_serializing_if = "is_default")]
    pub bucket: Arc<str>,
    /// Time between reports.
    pub push_interval: GoDuration,
    /// Metrics of entry points.
    pub add_entry_points_labels: bool,
    /// Metrics of routers.
    pub add_routers_labels: bool,
    /// Metrics of services.
    pub add_services_labels: bool,
    /// Labels of every point.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub additional_labels: IndexMap<Arc<str>, Arc<str>>,
}

impl Default for InfluxDb2 {
    fn default() -> Self {
        Self {
            address: Located::from(Arc::from("http://localhost:8086")),
            token: Secret::default(),
            org: Arc::default(),
            bucket: Arc::default(),
            push_interval: GoDuration::from_secs(10),
            add_entry_points_labels: true,
            add_routers_labels: false,
            add_services_labels: true,
            additional_labels: IndexMap::new(),
        }
    }
}

/// Sending metrics over OTLP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OtlpMetrics {
    /// Metrics of entry points.
    pub add_entry_points_labels: bool,
    /// Metrics of routers.
    pub add_routers_labels: bool,
    /// Metrics of services.
    pub add_services_labels: bool,
    /// Upper bounds of the histograms, in seconds.
    pub explicit_boundaries: Box<[f64]>,
    /// Time between reports.
    pub push_interval: GoDuration,
    /// The name of this program.
    pub service_name: Arc<str>,
    /// Further attributes of this program.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub resource_attributes: IndexMap<Arc<str>, Arc<str>>,
    /// Over HTTP, the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Box<OtlpHttp>>,
    /// Over gRPC, which wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc: Option<Box<OtlpGrpc>>,
}

impl Default for OtlpMetrics {
    fn default() -> Self {
        Self {
            add_entry_points_labels: true,
            add_routers_labels: false,
            add_services_labels: true,
            explicit_boundaries: Box::new([
                0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
            ]),
            push_interval: GoDuration::from_secs(10),
            service_name: "traefik".into(),
            resource_attributes: IndexMap::new(),
            http: Some(Box::default()),
            grpc: None,
        }
    }
}
