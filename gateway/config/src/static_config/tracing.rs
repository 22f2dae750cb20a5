//! Traces of requests.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::OtlpExporter;
use crate::is_default;

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
        }
    }
}
