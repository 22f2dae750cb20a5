//! An instance of a service, as Consul tells of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use windrose_config::source::labels::{self, Labels};
use windrose_config::{Problem, decode};
use windrose_providers_core::labels::tags;

use super::Options;

/// An instance with its node and its checks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Entry {
    pub(super) node: Node,
    pub(super) service: Service,
    pub(super) checks: Vec<Check>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Node {
    pub(super) node: String,
    pub(super) address: String,
    pub(super) datacenter: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Service {
    #[serde(rename = "ID")]
    pub(super) id: String,
    pub(super) tags: Option<Vec<String>>,
    pub(super) address: String,
    pub(super) port: u32,
    pub(super) namespace: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Check {
    #[serde(rename = "CheckID")]
    pub(super) id: String,
    #[serde(rename = "Status")]
    pub(super) status: String,
}

impl Entry {
    pub(super) fn tags(&self) -> &[String] {
        self.service.tags.as_deref().unwrap_or_default()
    }

    /// Where it listens: of its own, or of its node.
    pub(super) fn address(&self) -> &str {
        match self.service.address.as_str() {
            "" => &self.node.address,
            own => own,
        }
    }

    pub(super) fn namespace(&self) -> &str {
        match self.service.namespace.as_str() {
            "" => "default",
            own => own,
        }
    }

    /// Its health: the worst of its checks, as Consul itself sums them up.
    pub(super) fn status(&self) -> &'static str {
        let is_kept_back =
            |check: &Check| check.id == "_node_maintenance" || check.id.starts_with("_service_maintenance:");
        let any = |status: &str| self.checks.iter().any(|check| check.status == status);
        if self.checks.iter().any(is_kept_back) {
            "maintenance"
        } else if any("critical") {
            "critical"
        } else if any("warning") {
            "warning"
        } else {
            "passing"
        }
    }
}

/// What tags say to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) is_enabled: bool,
    pub(super) is_in_mesh: bool,
    pub(super) is_canary: bool,
}

impl Own {
    /// Reads them.
    pub(super) fn read(
        owner: &str,
        all: &BTreeMap<String, String>,
        options: &Options,
    ) -> Result<Self, Vec<Problem>> {
        let pairs = all.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let filters = ["traefik.consulcatalog.", "traefik.enable"];
        let Labels { tree, source, problems } = labels::parse(owner, pairs, &filters);
        if !problems.is_empty() {
            return Err(problems);
        }
        let written: Written = decode(&tree, &source)?;
        Ok(Self {
            is_enabled: written.enable.unwrap_or(options.exposed_by_default),
            is_in_mesh: written.consulcatalog.connect.unwrap_or(options.connect_by_default),
            is_canary: written.consulcatalog.canary,
        })
    }

    /// What the tags of all instances of a service together say, which only decides whether to look closer.
    pub(super) fn of_service(name: &str, all: &[String], options: &Options) -> Self {
        let labels = tags::as_labels(all, &options.prefix);
        Self::read(name, &labels, options).unwrap_or(Self {
            is_enabled: true,
            is_in_mesh: false,
            is_canary: false,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    enable: Option<bool>,
    consulcatalog: Specific,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Specific {
    connect: Option<bool>,
    canary: bool,
}
