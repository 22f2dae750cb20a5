//! Traffic splits: which services answer for a root.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Backend, Rule, Service, Split, Topology, targets};
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
        let (split, is_whole) = read(topology, facts, settings, &key, split, &mut errors);
        let tell = |message: &String| Problem::new(Kind::TrafficSplit, &key, message.clone());
        topology.problems.extend(errors.iter().map(tell));
        if is_whole {
            link(topology, &key, &split);
        }
        topology.traffic_splits.insert(key, Split { errors, ..split });
    }
    follow(topology);
}

/// What a split says, and whether it can be followed.
fn read(
    topology: &Topology,
    facts: &Facts,
    settings: &Settings,
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
    let rules =
        written.matches.iter().map(|object| targets::rule_of(facts, settings, &key.namespace, object, &[]));
    match rules.collect::<Result<Vec<Rule>, String>>() {
        Ok(rules) => split.rules = rules,
        Err(message) => {
            errors.push(format!("unable to build spec: {message}"));
            return (split, false);
        }
    }
    let Some(root) = topology.services.get(&split.service) else {
        errors.push(format!("unable to find root Service \"{}\"", split.service));
        return (split, false);
    };
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

fn link(topology: &mut Topology, key: &Key, split: &Split) {
    if let Some(root) = topology.services.get_mut(&split.service) {
        root.traffic_splits.push(key.clone());
    }
    for backend in &split.backends {
        let service = topology.services.get_mut(&backend.service);
        service.into_iter().for_each(|service| service.backend_of.push(key.clone()));
    }
}

/// Finds who is let in to all of each split, and takes those off their roots from which a circle is reached.
fn follow(topology: &mut Topology) {
    let mut walk = Walk { topology, seen: BTreeMap::new() };
    let linked: Vec<Key> =
        topology.services.values().flat_map(|root| &root.traffic_splits).cloned().collect();
    for key in &linked {
        let _ = walk.split(key);
    }
    let mut next = BTreeMap::new();
    for (key, seen) in walk.seen {
        match seen {
            Seen::Whole(pods) => {
                let split = topology.traffic_splits.get_mut(&key);
                split.into_iter().for_each(|split| split.incoming = pods.iter().cloned().collect());
            }
            Seen::Broken(below) => {
                next.insert(key, below);
            }
            Seen::Begun => {}
        }
    }
    for (key, closes) in closing(&next) {
        let Some(at) = topology.traffic_splits.get(&closes).map(|split| split.service.clone()) else {
            continue;
        };
        let Some(split) = topology.traffic_splits.get_mut(&key) else { continue };
        let message = format!(
            "unable to get incoming pods: circular reference detected on TrafficSplit \"{closes}\" in Service \
             \"{at}\""
        );
        split.errors.push(message.clone());
        let root = topology.services.get_mut(&split.service);
        root.into_iter().for_each(|root| root.traffic_splits.retain(|other| *other != key));
        topology.problems.push(Problem::new(Kind::TrafficSplit, &key, message));
    }
}

/// A way through splits and the splits of their backends. Each is worked out once.
struct Walk<'t> {
    topology: &'t Topology,
    seen: BTreeMap<Key, Seen>,
}

/// What is known of a split.
enum Seen {
    /// The way goes through it.
    Begun,
    /// Who is let in to all of its backends.
    Whole(BTreeSet<Key>),
    /// A circle is reached, by this split of a backend.
    Broken(Key),
}

/// A circle is reached by way of this split.
struct Circle(Key);

impl Walk<'_> {
    fn split(&mut self, key: &Key) -> Result<BTreeSet<Key>, Circle> {
        match self.seen.get(key) {
            Some(Seen::Whole(pods)) => return Ok(pods.clone()),
            Some(Seen::Begun | Seen::Broken(_)) => return Err(Circle(key.clone())),
            None => {}
        }
        self.seen.insert(key.clone(), Seen::Begun);
        match self.backends(key) {
            Ok(pods) => {
                self.seen.insert(key.clone(), Seen::Whole(pods.clone()));
                Ok(pods)
            }
            Err(Circle(below)) => {
                self.seen.insert(key.clone(), Seen::Broken(below));
                Err(Circle(key.clone()))
            }
        }
    }

    /// The pods that are let in to every backend; nobody looks further once there are none.
    fn backends(&mut self, key: &Key) -> Result<BTreeSet<Key>, Circle> {
        let Some(split) = self.topology.traffic_splits.get(key) else { return Ok(BTreeSet::new()) };
        let mut all = None;
        for backend in &split.backends {
            let Some(service) = self.topology.services.get(&backend.service) else { continue };
            // A root that is its own backend answers itself, and that is no circle.
            let pods = if service.traffic_splits.is_empty() || backend.service == split.service {
                self.sources(service)
            } else {
                let mut below = None;
                for key in &service.traffic_splits {
                    let pods = common(below, self.split(key)?);
                    let is_over = pods.is_empty();
                    below = Some(pods);
                    if is_over {
                        break;
                    }
                }
                below.unwrap_or_default()
            };
            let pods = common(all, pods);
            if pods.is_empty() {
                return Ok(pods);
            }
            all = Some(pods);
        }
        Ok(all.unwrap_or_default())
    }

    fn sources(&self, service: &Service) -> BTreeSet<Key> {
        let targets = service.traffic_targets.iter();
        let targets = targets.filter_map(|key| self.topology.service_traffic_targets.get(key));
        targets.flat_map(|target| &target.sources).flat_map(|source| &source.pods).cloned().collect()
    }
}

fn common(all: Option<BTreeSet<Key>>, pods: BTreeSet<Key>) -> BTreeSet<Key> {
    all.map_or_else(|| pods.clone(), |all| all.intersection(&pods).cloned().collect())
}

/// For each of these the one where its circle closes, which is itself if it lies on one.
fn closing(next: &BTreeMap<Key, Key>) -> BTreeMap<Key, Key> {
    let mut found: BTreeMap<Key, Key> = BTreeMap::new();
    for start in next.keys() {
        let (mut path, mut places) = (Vec::new(), BTreeMap::new());
        let mut at = start;
        while !found.contains_key(at) && !places.contains_key(at) {
            places.insert(at, path.len());
            path.push(at);
            at = next.get(at).unwrap_or(at);
        }
        let entry = found.get(at).unwrap_or(at).clone();
        let circle = places.get(at).copied().unwrap_or(path.len());
        for (place, key) in path.into_iter().enumerate() {
            found.insert(key.clone(), if place < circle { entry.clone() } else { key.clone() });
        }
    }
    found
}
