//! Health checks of HTTP services.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::duration::GoDuration;
use crate::is_default;
use crate::redact::header_values;

/// Asking each server from time to time whether it is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HealthCheck {
    /// The scheme in place of the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Box<str>>,
    /// `http` or `grpc`.
    pub mode: Box<str>,
    /// The path to ask for.
    #[serde(skip_serializing_if = "is_default")]
    pub path: Box<str>,
    /// The method; empty means GET.
    #[serde(skip_serializing_if = "is_default")]
    pub method: Box<str>,
    /// The one good status; 0 means 200 to 399.
    #[serde(skip_serializing_if = "is_default")]
    pub status: u16,
    /// The port in place of the server's; 0 means the server's.
    #[serde(skip_serializing_if = "is_default")]
    pub port: u16,
    /// Time between checks of a healthy server.
    pub interval: GoDuration,
    /// Time between checks of a failing server; `None` means the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhealthy_interval: Option<GoDuration>,
    /// The longest wait for an answer.
    pub timeout: GoDuration,
    /// The Host header in place of the server's.
    #[serde(skip_serializing_if = "is_default")]
    pub hostname: Box<str>,
    /// Whether redirections are followed; otherwise they are judged as they are.
    pub follow_redirects: bool,
    /// Further request headers.
    #[serde(skip_serializing_if = "IndexMap::is_empty", serialize_with = "header_values")]
    pub headers: IndexMap<Arc<str>, Arc<str>>,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            scheme: None,
            mode: "http".into(),
            path: Box::default(),
            method: Box::default(),
            status: 0,
            port: 0,
            interval: GoDuration::from_secs(30),
            unhealthy_interval: None,
            timeout: GoDuration::from_secs(5),
            hostname: Box::default(),
            follow_redirects: true,
            headers: IndexMap::new(),
        }
    }
}

/// Judging servers by how they answer real requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PassiveHealthCheck {
    /// The time over which failures are counted, and for which a server is left out.
    pub failure_window: GoDuration,
    /// Failures within the window that put a server out.
    pub max_failed_attempts: u32,
}

impl Default for PassiveHealthCheck {
    fn default() -> Self {
        Self { failure_window: GoDuration::from_secs(10), max_failed_attempts: 1 }
    }
}

/// `healthCheck: {}` on a service of services: the health of its children is handed on to its parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthMarker {}
