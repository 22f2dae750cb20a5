//! From instances to routing. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use windrose_config::refuse::DYNAMIC;
use windrose_config::source::labels::{self as written_labels, Labels};
use windrose_config::{DynamicConfig, Problem};
use windrose_providers_core::labels::{
    self, Address, DefaultRule, Servers, Workload, merge, normalize, tags,
};
use windrose_providers_core::template::Data;

use crate::api::Instance;
use crate::options::Options;

/// What tags say to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) is_enabled: bool,
    is_canary: bool,
}

impl Own {
    fn read(owner: &str, all: &BTreeMap<String, String>, options: &Options) -> Result<Self, Vec<Problem>> {
        let pairs = all.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let filters = ["traefik.nomad.", "traefik.enable"];
        let Labels { tree, source, problems } = written_labels::parse(owner, pairs, &filters);
        if !problems.is_empty() {
            return Err(problems);
        }
        let written: Written = windrose_config::decode(&tree, &source)?;
        Ok(Self {
            is_enabled: written.enable.unwrap_or(options.exposed_by_default),
            is_canary: written.nomad.canary,
        })
    }
}

/// Whether a service with these tags is to be looked at closer.
pub(crate) fn is_of_interest(all: &[String], options: &Options) -> bool {
    let labels = tags::as_labels(all, &options.prefix);
    // What is wrong is told of each instance.
    let is_enabled = Own::read("", &labels, options).map_or(true, |own| own.is_enabled);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    is_enabled && options.constraints.match_tags(&all)
}

/// What instances declare.
pub(crate) fn declare(found: &[Instance], options: &Options) -> DynamicConfig {
    let mut parts: Vec<(String, DynamicConfig)> = Vec::new();
    for instance in found {
        let key = normalize(&format!("{}-{}-{}", instance.node, instance.service_name, instance.id));
        if let Some(config) = one(instance, options) {
            parts.push((key, config));
        }
    }
    // traefik: in this order, too.
    parts.sort_by(|(left, _), (right, _)| left.cmp(right));
    merge(parts.iter().map(|(_, config)| config))
}

fn one(instance: &Instance, options: &Options) -> Option<DynamicConfig> {
    let owner = format!("instance {} of service {} at Nomad", instance.id, instance.service_name);
    let all = instance.tags.as_deref().unwrap_or_default();
    let labels = tags::as_labels(all, &options.prefix);
    let own = match Own::read(&owner, &labels, options) {
        Ok(own) => own,
        Err(problems) => {
            let name = normalize(&instance.service_name);
            let mut config = read(&name, instance, &owner, &labels, options, Servers::None);
            config.problems = problems;
            labels::close(&mut config);
            return Some(config);
        }
    };
    let texts: Vec<&str> = all.iter().map(String::as_str).collect();
    if !own.is_enabled || !options.constraints.match_tags(&texts) {
        return None;
    }
    let name = match own.is_canary {
        true => tags::canary_name(&instance.service_name, all),
        false => normalize(&instance.service_name),
    };
    let find = |port: Option<&str>| match (port, instance.port) {
        (Some(port), _) => Ok(vec![Address::new(instance.address.as_str(), port)]),
        (None, ..=0) => Err("port is missing: the service is registered without one".to_owned()),
        (None, port) => Ok(vec![Address::new(instance.address.as_str(), port.to_string())]),
    };
    let servers = if instance.address.is_empty() { Servers::None } else { Servers::At(&find) };
    Some(read(&name, instance, &owner, &labels, options, servers))
}

fn read(
    name: &str,
    instance: &Instance,
    owner: &str,
    labels: &BTreeMap<String, String>,
    options: &Options,
    servers: Servers<'_>,
) -> DynamicConfig {
    let data = [("Name", Data::Text(&instance.service_name)), ("Labels", Data::Texts(labels))];
    let rule =
        DefaultRule { template: &options.default_rule, option: "providers.nomad.defaultRule", data: &data };
    let constraints = &options.constraints;
    labels::read(&Workload { owner, name, labels, servers, rule, constraints }, DYNAMIC)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    enable: Option<bool>,
    nomad: Specific,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Specific {
    canary: bool,
}
