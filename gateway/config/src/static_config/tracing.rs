//! Traces of requests.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::OtlpExporter;
use crate::is_default;
use crate::redact::Secret;

/// Traces of requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tracing {
    /// The name of this program.
    pub service_name: Arc<str>,
    /// Further attributes of this program.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub resource_attributes: IndexMap<Arc<str>, Arc<str>>,
    /// Deprecated: use `resourceAttributes`.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub global_attributes: IndexMap<Arc<str>, Arc<str>>,
    /// Request headers recorded.
    #[serde(skip_serializing_if = "is_default")]
    pub captured_request_headers: Box<[Arc<str>]>,
    /// Response headers recorded.
    #[serde(skip_serializing_if = "is_default")]
    pub captured_response_headers: Box<[Arc<str>]>,
    /// Query parameters shown.
    #[serde(skip_serializing_if = "is_default")]
    pub safe_query_params: Box<[Arc<str>]>,
    /// The share of requests traced, from 0 to 1.
    pub sample_rate: f64,
    /// Trace requests to internal services too.
    #[serde(skip_serializing_if = "is_default")]
    pub add_internals: bool,
    /// Where traces go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp: Option<OtlpExporter>,
    /// Of version 2: traces as Jaeger wants them, sent over OTLP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jaeger: Option<Box<Jaeger>>,
}

/// Traces as Jaeger wants them, as version 2 has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Jaeger {
    /// Whom to ask how many requests are traced. Nobody is asked.
    #[serde(rename = "samplingServerURL")]
    pub sampling_server_url: Arc<str>,
    /// `const`, `probabilistic` or `remote`.
    pub sampling_type: Arc<str>,
    /// 0 or 1, or the share of requests.
    pub sampling_param: f64,
    /// The agent: Jaeger is expected on the same host.
    pub local_agent_host_port: Arc<str>,
    /// Ids of 128 bits, not 64.
    #[serde(skip_serializing_if = "is_default")]
    pub gen128_bit: bool,
    /// `jaeger` or `b3`.
    pub propagation: Arc<str>,
    /// The header of `jaeger`.
    pub trace_context_header_name: Arc<str>,
    /// Do not look the agent's name up again. Names are looked up anew for each batch.
    pub disable_attempt_reconnecting: bool,
    /// Sending to a collector, without agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collector: Option<JaegerCollector>,
}

/// A collector of Jaeger.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JaegerCollector {
    /// Its URL, of which the host counts.
    #[serde(skip_serializing_if = "is_default")]
    pub endpoint: Arc<str>,
    /// Who this program is to it.
    #[serde(skip_serializing_if = "is_default")]
    pub user: Arc<str>,
    /// The password.
    #[serde(skip_serializing_if = "is_default")]
    pub password: Secret,
}

impl Default for Jaeger {
    fn default() -> Self {
        Self {
            sampling_server_url: "http://localhost:5778/sampling".into(),
            sampling_type: "const".into(),
            sampling_param: 1.0,
            local_agent_host_port: "127.0.0.1:6831".into(),
            gen128_bit: false,
            propagation: "jaeger".into(),
            trace_context_header_name: "uber-trace-id".into(),
            disable_attempt_reconnecting: true,
            collector: None,
        }
    }
}

impl Default for Tracing {
    fn default() -> Self {
        Self {
            service_name: "traefik".into(),
            resource_attributes: IndexMap::new(),
            global_attributes: IndexMap::new(),
            captured_request_headers: Box::default(),
            captured_response_headers: Box::default(),
            safe_query_params: Box::default(),
            sample_rate: 1.0,
            add_internals: false,
            otlp: Some(OtlpExporter::default()),
            jaeger: None,
        }
    }
}
