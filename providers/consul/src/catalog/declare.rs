//! From instances to routing. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use windrose_config::dynamic_config::{ServiceKind, TcpServiceKind};
use windrose_config::refuse::DYNAMIC;
use windrose_config::{DynamicConfig, Located, Mark, Origin, Problem, Source, Written};
use windrose_providers_core::labels::{
    self, Address, DefaultRule, Servers, Workload, merge, normalize, tags,
};
use windrose_providers_core::template::Data;

use super::connect::{Mesh, transport_name};
use super::instance::{Entry, Own};
use super::options::Options;

/// What the instances of services declare, given by the names of their services.
pub(super) fn declare(found: &[(String, Entry)], options: &Options, mesh: Option<&Mesh>) -> DynamicConfig {
    let mut parts: Vec<(String, DynamicConfig)> = Vec::new();
    let mut transports = DynamicConfig::default();
    for (name, entry) in found {
        let key = normalize(&format!("{}-{name}-{}", entry.node.node, entry.service.id));
        if let Some(config) = instance(name, entry, options, mesh, &mut transports) {
            parts.push((key, config));
        }
    }
    // traefik: in this order, too.
    parts.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut all = merge(parts.iter().map(|(_, config)| config));
    all.http.servers_transports = transports.http.servers_transports;
    all.tcp.servers_transports = transports.tcp.servers_transports;
    all
}

/// What one instance declares; nothing where it is left out.
fn instance(
    name: &str,
    entry: &Entry,
    options: &Options,
    mesh: Option<&Mesh>,
    transports: &mut DynamicConfig,
) -> Option<DynamicConfig> {
    let owner = format!("instance {} of service {name} at Consul", entry.service.id);
    let all: Vec<&str> = entry.tags().iter().map(String::as_str).collect();
    let labels = tags::as_labels(entry.tags(), &options.prefix);
    let status = entry.status();
    let serves = options.strict_checks.iter().any(|state| matches!(&**state, "any") || **state == *status);
    let own = match Own::read(&owner, &labels, options) {
        Ok(own) => own,
        Err(problems) => {
            let mut config = read(name, &owner, &labels, options, Servers::None);
            config.problems = problems;
            labels::close(&mut config);
            return Some(config);
        }
    };
    if !own.is_enabled || !options.constraints.match_tags(&all) || !serves {
        return None;
    }
    if own.is_in_mesh && !options.connect_aware {
        tracing::debug!(providerName = crate::CATALOG, owner, "left out, as connectAware is off");
        return None;
    }
    let own_name = if own.is_canary { tags::canary_name(name, entry.tags()) } else { normalize(name) };
    let find = |port: Option<&str>| address(entry, port);
    let mut config = read_as(&own_name, name, &owner, &labels, options, Servers::At(&find));
    if own.is_in_mesh {
        match mesh {
            Some(mesh) => through(&mut config, name, entry, mesh, transports),
            None => {
                let message = format!("{owner} is in the mesh, and Consul gives no certificate for it");
                config = DynamicConfig::default();
                config.problems.push(Problem::error(message).at(&Source::other(&owner), Mark::default()));
            }
        }
    }
    Some(config)
}

fn address(entry: &Entry, port: Option<&str>) -> Result<Vec<Address>, String> {
    let host = entry.address();
    if host.is_empty() {
        return Err("neither the instance nor its node has an address".to_owned());
    }
    match (port, entry.service.port) {
        (Some(port), _) => Ok(vec![Address::new(host, port)]),
        (None, 0) => Err("port is missing: the instance is registered without one".to_owned()),
        (None, port) => Ok(vec![Address::new(host, port.to_string())]),
    }
}

fn read(
    name: &str,
    owner: &str,
    labels: &BTreeMap<String, String>,
    options: &Options,
    servers: Servers<'_>,
) -> DynamicConfig {
    read_as(&normalize(name), name, owner, labels, options, servers)
}

fn read_as(
    own_name: &str,
    name: &str,
    owner: &str,
    labels: &BTreeMap<String, String>,
    options: &Options,
    servers: Servers<'_>,
) -> DynamicConfig {
    let data = [("Name", Data::Text(name)), ("Labels", Data::Texts(labels))];
    let rule = DefaultRule {
        template: &options.default_rule,
        option: "providers.consulCatalog.defaultRule",
        data: &data,
    };
    let workload =
        Workload { owner, name: own_name, labels, servers, rule, constraints: &options.constraints };
    labels::read(&workload, DYNAMIC)
}

/// Has the servers reached through the mesh.
fn through(
    config: &mut DynamicConfig,
    name: &str,
    entry: &Entry,
    mesh: &Mesh,
    transports: &mut DynamicConfig,
) {
    let transport = transport_name(name, entry);
    let origin = Origin::new(Source::other("the mesh of Consul"), Mark::default());
    for service in config.http.services.values_mut() {
        let ServiceKind::LoadBalancer(balancer) = &mut Arc::make_mut(service).value.kind else { continue };
        balancer.servers_transport = Some(Located::from(Arc::clone(&transport)));
        for server in &mut balancer.servers {
            if let Some((_, rest)) = server.url.value.split_once("://") {
                server.url.value = format!("https://{rest}").into();
            }
        }
        let made = mesh.transport(name, entry);
        let written = Arc::new(Written::new(made, origin.clone()));
        transports.http.servers_transports.entry(Arc::clone(&transport)).or_insert(written);
    }
    for service in config.tcp.services.values_mut() {
        let TcpServiceKind::LoadBalancer(balancer) = &mut Arc::make_mut(service).value.kind else { continue };
        balancer.servers_transport = Some(Located::from(Arc::clone(&transport)));
        for server in &mut balancer.servers {
            server.tls = true;
        }
        let made = mesh.tcp_transport(name, entry);
        let written = Arc::new(Written::new(made, origin.clone()));
        transports.tcp.servers_transports.entry(Arc::clone(&transport)).or_insert(written);
    }
}
