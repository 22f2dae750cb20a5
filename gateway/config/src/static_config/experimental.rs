//! Features behind a gate.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::origin::Located;

/// Features behind a gate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Experimental {
    /// Plugins from the catalogue.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub plugins: IndexMap<Arc<str>, Plugin>,
    /// Plugins from the folder beside the program.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub local_plugins: IndexMap<Arc<str>, LocalPlugin>,
    /// Do not start when a plugin fails.
    #[serde(skip_serializing_if = "is_default")]
    pub abort_on_plugin_failure: bool,
    /// The alternative HTTP/1 engine; absent means off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fast_proxy: Option<FastProxy>,
    /// Allow logs over OTLP.
    #[serde(skip_serializing_if = "is_default")]
    pub otlp_logs: bool,
    /// Allow the Knative provider.
    #[serde(skip_serializing_if = "is_default")]
    pub knative: bool,
    /// Deprecated: no longer needed.
    #[serde(skip_serializing_if = "is_default")]
    pub kubernetes_gateway: bool,
    /// Deprecated: no longer needed.
    #[serde(rename = "kubernetesIngressNGINX", skip_serializing_if = "is_default")]
    pub kubernetes_ingress_nginx: bool,
}

/// A plugin from the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Plugin {
    /// Its module.
    #[serde(skip_serializing_if = "is_default")]
    pub module_name: Located<Arc<str>>,
    /// Its version.
    #[serde(skip_serializing_if = "is_default")]
    pub version: Located<Arc<str>>,
    /// The hash its archive must have.
    #[serde(skip_serializing_if = "is_default")]
    pub hash: Arc<str>,
    /// What it may do.
    #[serde(skip_serializing_if = "is_default")]
    pub settings: PluginSettings,
}

/// A plugin from the folder beside the program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LocalPlugin {
    /// Its module.
    #[serde(skip_serializing_if = "is_default")]
    pub module_name: Located<Arc<str>>,
    /// What it may do.
    #[serde(skip_serializing_if = "is_default")]
    pub settings: PluginSettings,
}

/// What a plugin may do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PluginSettings {
    /// Environment variables it sees.
    #[serde(skip_serializing_if = "is_default")]
    pub envs: Box<[Arc<str>]>,
    /// Directories it sees.
    #[serde(skip_serializing_if = "is_default")]
    pub mounts: Box<[Arc<str>]>,
    /// Whether it may use unsafe packages.
    #[serde(skip_serializing_if = "is_default")]
    pub use_unsafe: bool,
}

/// The alternative HTTP/1 engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FastProxy {
    /// Mark requests that it sends.
    #[serde(skip_serializing_if = "is_default")]
    pub debug: bool,
}
