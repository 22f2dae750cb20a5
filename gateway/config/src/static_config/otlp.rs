//! Blocks shared by exporters.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::origin::Located;
use crate::redact::{FileOrContent, Secret};

/// TLS as a client.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientTls {
    /// Authorities to trust in place of the system's.
    #[serde(skip_serializing_if = "is_default")]
    pub ca: FileOrContent,
    /// The certificate shown to the server.
    #[serde(skip_serializing_if = "is_default")]
    pub cert: FileOrContent,
    /// Its key.
    #[serde(skip_serializing_if = "is_default")]
    pub key: FileOrContent,
    /// Do not verify the server's certificate.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure_skip_verify: bool,
}

impl ClientTls {
    /// Why it cannot be used, as far as it can be seen without its files.
    #[must_use]
    pub fn wrong(&self) -> Option<&'static str> {
        let is_half = self.cert.is_empty() != self.key.is_empty();
        is_half.then_some("tls.cert and tls.key belong together, write both or none")
    }
}

/// Sending logs over OTLP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Otlp {
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

impl Default for Otlp {
    fn default() -> Self {
        Self {
            service_name: "traefik".into(),
            resource_attributes: IndexMap::new(),
            http: Some(Box::default()),
            grpc: None,
        }
    }
}

/// Sending traces over OTLP; the service's name is written at `tracing`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtlpExporter {
    /// Over HTTP, the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Box<OtlpHttp>>,
    /// Over gRPC, which wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc: Option<Box<OtlpGrpc>>,
}

impl Default for OtlpExporter {
    fn default() -> Self {
        Self { http: Some(Box::default()), grpc: None }
    }
}

/// OTLP over HTTP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtlpHttp {
    /// The collector's URL; the scheme `http` means no TLS.
    pub endpoint: Located<Arc<str>>,
    /// Headers of every request.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<Arc<str>, Secret>,
    /// TLS; absent means the defaults.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientTls>,
}

impl Default for OtlpHttp {
    fn default() -> Self {
        Self {
            endpoint: Located::from(Arc::from("https://localhost:4318")),
            headers: IndexMap::new(),
            tls: None,
        }
    }
}

/// OTLP over gRPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtlpGrpc {
    /// The collector's `host:port`.
    pub endpoint: Located<Arc<str>>,
    /// Metadata of every request.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<Arc<str>, Secret>,
    /// Without TLS.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure: Located<bool>,
    /// TLS; not together with `insecure`.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientTls>,
}

impl Default for OtlpGrpc {
    fn default() -> Self {
        Self {
            endpoint: Located::from(Arc::from("localhost:4317")),
            headers: IndexMap::new(),
            insecure: Located::from(false),
            tls: None,
        }
    }
}
