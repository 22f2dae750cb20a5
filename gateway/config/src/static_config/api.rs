//! The API, the dashboard and the ping endpoint.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::origin::Located;

/// The API and the dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Api {
    /// The path before all its paths.
    pub base_path: Located<Arc<str>>,
    /// Serve it on entry point `traefik` without authentication.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure: bool,
    /// Serve the dashboard.
    pub dashboard: bool,
    /// The dashboard's title.
    #[serde(skip_serializing_if = "is_default")]
    pub dashboard_name: Arc<str>,
    /// Serve `/debug`.
    #[serde(skip_serializing_if = "is_default")]
    pub debug: bool,
    /// Hide the dashboard's advertisement.
    #[serde(skip_serializing_if = "is_default")]
    pub disable_dashboard_ad: bool,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            base_path: Located::from(Arc::from("/")),
            insecure: false,
            dashboard: true,
            dashboard_name: Arc::default(),
            debug: false,
            disable_dashboard_ad: false,
        }
    }
}

/// The ping endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ping {
    /// The entry point of its router.
    pub entry_point: Located<Arc<str>>,
    /// Do not make a router; the service `ping@internal` is still there.
    #[serde(skip_serializing_if = "is_default")]
    pub manual_routing: bool,
    /// The answer while the program stops.
    pub terminating_status_code: u16,
}

impl Default for Ping {
    fn default() -> Self {
        Self {
            entry_point: Located::from(Arc::from("traefik")),
            manual_routing: false,
            terminating_status_code: 503,
        }
    }
}
