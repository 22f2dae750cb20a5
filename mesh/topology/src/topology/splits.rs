//! Traffic splits: which services answer for a root.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Backend, Rule, Split, Topology, targets};
use crate::facts::{self, Facts, Key};
use crate::problem::{Kind, Problem};
use crate::settings::Settings;

/// Adds all splits that are seen.
pub(super) fn add(topology: &mut Topology, facts: &Facts, settings: &Settings) {
    for (key, split) in &facts.splits {
        let key = Key::from(key);
        if !settings.sees(&key.namespace, &split.app) {
            continue;
        }
        let mut errors = Vec::new();
        let (split, is_whole) = read(topology, facts, &key, split, &mut errors);
        let closes = if is_whole { closed(topology, &split) } else { None };
        if let Some(service) = &closes {
            errors.push(format!(
                "circular reference detected on TrafficSplit \"{key}\" in Service \"{service}\""
            ));
        }
        let tell = |message: &String| Problem::new(Kind::TrafficSplit, &key, message.clone());
        topology.problems.extend(errors.iter().map(tell));
        if is_whole && closes.is_none() {
            link(topology, &key, &split);
        }
        topology.traffic_splits.insert(key, Split { errors, ..split });
    }
    let mut known = BTreeMap::new();
    for key in topology.traffic_splits.keys() {
        incoming(topology, key, &mut known);
    }
    for (key, pods) in known {
        if let Some(split) = topology.traffic_splits.get_mut(&key) {
            split.incoming = pods.into_iter().collect();
        }
    }
}

/// What a split says, and whether it can be followed.
fn read(
    topology: &Topology,
    facts: &Facts,
    key: &Key,
    written: &facts::Split,
    errors: &mut Vec<String>,
) -> (Split, bool) {
    let mut split = Split {
        name: Arc::clone(&key.name),
        namespace: Arc::clone(&key.namespace),
        service: Key::new(&key.namespace, &written.service),
        backends: Vec::new(),
        rules: Vec::new(),
        incoming: Vec::new(),
        errors: Vec::new(),
    };
    let Some(root) = topology.services.get(&split.service) else {
        errors.push(format!("unable to find root Service \"{}\"", split.service));
        return (split, false);
    };
    let rules = written.matches.iter().map(|object| targets::rule_of(facts, &key.namespace, object, &[]));
    match rules.collect::<Result<Vec<Rule>, String>>() {
        Ok(rules) => split.rules = rules,
        Err(message) => {
            errors.push(message);
            return (split, false);
        }
    }
    for backend in &written.backends {
        let service = Key::new(&key.namespace, &backend.service);
        let Some(found) = topology.services.get(&service) else {
            errors.push(format!("unable to find backend Service \"{service}\""));
            continue;
        };
        let has = |number: u16| found.ports.iter().any(|port| port.number == number);
        match root.ports.iter().find(|port| !has(port.number)) {
            Some(port) => errors.push(format!("port {} must be exposed", port.number)),
            None => split.backends.push(Backend { weight: backend.weight, service }),
        }
    }
    (split, true)
}

/// The service from which the root of a split is reached again. A root that is its own backend answers itself, and
/// that is no circle.
fn closed(topology: &Topology, split: &Split) -> Option<Key> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&Key> = backends(split, Own::Not).collect();
    while let Some(service) = next.pop() {
        if !seen.insert(service) {
            continue;
        }
        for split_below in splits_of(topology, service) {
            if split_below.backends.iter().any(|backend| backend.service == split.service) {
                return Some(split.service.clone());
            }
            next.extend(backends(split_below, Own::Not));
        }
    }
    None
}

/// Whether a root that is its own backend counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    Too,
    Not,
}

fn backends(split: &Split, own: Own) -> impl Iterator<Item = &Key> {
    let services = split.backends.iter().map(|backend| &backend.service);
    services.filter(move |service| own == Own::Too || **service != split.service)
}

fn splits_of<'t>(topology: &'t Topology, service: &Key) -> impl Iterator<Item = &'t Split> {
    let keys = topology.services.get(service).map_or(&[][..], |service| &service.traffic_splits);
    keys.iter().filter_map(|key| topology.traffic_splits.get(key))
}

fn link(topology: &mut Topology, key: &Key, split: &Split) {
    if let Some(root) = topology.services.get_mut(&split.service) {
        root.traffic_splits.push(key.clone());
    }
    for backend in &split.backends {
        let service = topology.services.get_mut(&backend.service);
        let service = service.filter(|service| service.backend_of.last() != Some(key));
        service.into_iter().for_each(|service| service.backend_of.push(key.clone()));
    }
}

/// The pods that are let in to every backend, those of splits below included. Each split is worked out once.
fn incoming(topology: &Topology, key: &Key, known: &mut BTreeMap<Key, BTreeSet<Key>>) -> BTreeSet<Key> {
    if let Some(pods) = known.get(key) {
        return pods.clone();
    }
    let mut all: Option<BTreeSet<Key>> = None;
    for backend in topology.traffic_splits.get(key).into_iter().flat_map(|split| backends(split, Own::Too)) {
        let Some(service) = topology.services.get(backend) else { continue };
        let is_root = topology.traffic_splits.get(key).is_some_and(|split| split.service == *backend);
        let pods: BTreeSet<Key> = if service.traffic_splits.is_empty() || is_root {
            let targets = service.traffic_targets.iter();
            let targets = targets.filter_map(|key| topology.service_traffic_targets.get(key));
            targets.flat_map(|target| &target.sources).flat_map(|source| &source.pods).cloned().collect()
        } else {
            service.traffic_splits.iter().flat_map(|below| incoming(topology, below, known)).collect()
        };
        all = Some(all.map_or_else(|| pods.clone(), |all| all.intersection(&pods).cloned().collect()));
    }
    let all = all.unwrap_or_default();
    known.insert(key.clone(), all.clone());
    all
}
