//! HTTP routers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Name;
use crate::is_default;

/// Which requests go to which service, through which middlewares.
///
/// Compact on purpose: a configuration may hold a million.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Router {
    /// Names of the entry points; empty means the default set.
    #[serde(skip_serializing_if = "is_default")]
    pub entry_points: Box<[Name]>,
    /// Middlewares, in the order in which they run.
    #[serde(skip_serializing_if = "is_default")]
    pub middlewares: Box<[Name]>,
    /// The service; required except for a parent router.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Name>,
    /// The rule; its mark is that of its first character, so that offsets can be added. Empty when not written.
    #[serde(skip_serializing_if = "is_default")]
    pub rule: Name,
    /// `v2` or `v3`; `None` means the gateway's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_syntax: Option<Box<str>>,
    /// Higher is tried first; 0 means the length of the rule.
    #[serde(skip_serializing_if = "is_default")]
    pub priority: i64,
    /// Present when the router answers TLS requests only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Box<RouterTls>>,
    /// What is recorded about its requests.
    #[serde(deserialize_with = "crate::tree::filled", skip_serializing_if = "Option::is_none")]
    pub observability: Option<Box<RouterObservability>>,
    /// Parent routers, for routing in several layers.
    #[serde(skip_serializing_if = "is_default")]
    pub parent_refs: Box<[Name]>,
}

/// How a router terminates TLS.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouterTls {
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

/// The names of one certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsDomain {
    /// The main name.
    #[serde(skip_serializing_if = "is_default")]
    pub main: Arc<str>,
    /// Further names.
    #[serde(skip_serializing_if = "is_default")]
    pub sans: Box<[Arc<str>]>,
}

/// What is recorded about a router's requests; unset values come from the entry point.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouterObservability {
    /// Write them to the access log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_logs: Option<bool>,
    /// Count them in metrics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<bool>,
    /// Trace them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing: Option<bool>,
    /// `minimal` or `detailed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_verbosity: Option<Box<str>>,
}
