//! From containers to routing. Pure.

use serde::Deserialize;
use windrose_config::refuse::DYNAMIC;
use windrose_config::source::labels::{self as written_labels, Labels};
use windrose_config::{DynamicConfig, Problem};
use windrose_providers_core::labels::{self, DefaultRule, Servers, Workload, merge, normalize};
use windrose_providers_core::template::Data;

use crate::options::Options;
use crate::task::Running;

/// What containers declare.
pub(crate) fn declare(found: &[Running], options: &Options) -> DynamicConfig {
    let mut parts: Vec<(String, DynamicConfig)> = Vec::new();
    for running in found {
        if let Some(config) = one(running, options) {
            parts.push((format!("{}-{}", normalize(&running.name), running.id), config));
        }
    }
    // traefik: in this order, too.
    parts.sort_by(|(left, _), (right, _)| left.cmp(right));
    merge(parts.iter().map(|(_, config)| config))
}

fn one(running: &Running, options: &Options) -> Option<DynamicConfig> {
    let owner = running.owner();
    let is_enabled = match is_enabled(&owner, running, options) {
        Ok(is_enabled) => is_enabled,
        // It is only unclear whether it is meant at all.
        Err(problems) => return Some(DynamicConfig { problems, ..DynamicConfig::default() }),
    };
    let serves = running.is_running && (running.is_healthy || !options.healthy_tasks_only);
    let is_wanted = is_enabled && options.constraints.match_labels(&running.labels);
    if !is_wanted || !serves || running.address.is_empty() {
        return None;
    }
    let name = normalize(&running.name);
    let data = [("Name", Data::Text(&name)), ("Labels", Data::Texts(&running.labels))];
    let rule =
        DefaultRule { template: &options.default_rule, option: "providers.ecs.defaultRule", data: &data };
    let find = |port: Option<&str>| running.address(port);
    let workload = Workload {
        owner: &owner,
        name: &name,
        labels: &running.labels,
        servers: Servers::At(&find),
        rule,
        constraints: &options.constraints,
    };
    Some(labels::read(&workload, DYNAMIC))
}

fn is_enabled(owner: &str, running: &Running, options: &Options) -> Result<bool, Vec<Problem>> {
    let pairs = running.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let Labels { tree, source, problems } = written_labels::parse(owner, pairs, &["traefik.enable"]);
    if !problems.is_empty() {
        return Err(problems);
    }
    let written: Written = windrose_config::decode(&tree, &source)?;
    Ok(written.enable.unwrap_or(options.exposed_by_default))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    enable: Option<bool>,
}
