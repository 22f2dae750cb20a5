//! Splits and targets, as people wrote them and as far as they are followed.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_mesh_topology::facts::{Match, Reference, Target};
use windrose_mesh_topology::topology::{Split, TargetKey};
use windrose_mesh_topology::{Key, Mode};

use super::{Counts, Listed, Query, Sight, of, pair, text};

impl Sight {
    /// The splits, by namespace and name.
    pub(crate) fn list_splits(&self, query: &Query) -> Listed {
        let counts = self.counts("TrafficSplit");
        let is_meant = |(key, split): &(&Key, &Split)| {
            let backends = split.backends.iter().map(|backend| &*backend.service.name);
            let names = [&*key.name, &*key.namespace, &*split.service.name];
            query.is_in(&names.into_iter().chain(backends).collect::<Vec<&str>>())
        };
        let meant = self.topology.traffic_splits.iter().filter(is_meant);
        query.cut(meant, |(key, split)| self.split(key, split, &counts))
    }

    /// The targets that are looked at, by namespace and name.
    pub(crate) fn list_targets(&self, query: &Query) -> Listed {
        let counts = self.counts("TrafficTarget");
        let is_meant = |(key, target): &(Key, &Arc<Target>)| {
            let sources = target.sources.iter().map(|source| &*source.name);
            let names = [&*key.name, &*key.namespace, &*target.destination.name];
            query.is_in(&names.into_iter().chain(sources).collect::<Vec<&str>>())
        };
        query.cut(self.targets().filter(is_meant), |(key, target)| self.target(&key, target, &counts))
    }

    pub(super) fn targets(&self) -> impl Iterator<Item = (Key, &Arc<Target>)> {
        let all = self.facts.targets.iter().map(|(name, target)| (Key::from(name), target));
        all.filter(|(key, target)| self.settings.sees(&key.namespace, &target.app))
    }

    fn split(&self, key: &Key, split: &Split, counts: &Counts<'_>) -> Value {
        let backend = |service: &Key, weight: u64| json!({"service": text(service), "weight": weight, "isThere": self.topology.services.contains_key(service)});
        let written = self.facts.splits.get(&pair(key));
        let backends = written.iter().flat_map(|fact| &fact.backends);
        let backends = backends.map(|one| backend(&Key::new(&key.namespace, &one.service), one.weight));
        let matches = written.iter().flat_map(|fact| &fact.matches);
        json!({
            "name": &*key.name,
            "namespace": &*key.namespace,
            "root": text(&split.service),
            "isFollowed": self.is_followed(key, split),
            "backends": backends.collect::<Vec<Value>>(),
            "rules": matches.map(|object| self.rule(&key.namespace, object, &[])).collect::<Vec<Value>>(),
            "problems": of(counts, key),
            "messages": self.problems_of("TrafficSplit", key).map(|row| &*row.message).collect::<Vec<&str>>(),
        })
    }

    fn target(&self, key: &Key, target: &Target, counts: &Counts<'_>) -> Value {
        let destination = &target.destination;
        let written = &destination.namespace;
        let namespace = if written.is_empty() { &key.namespace } else { written };
        let account = |namespace: &str, name: &str| format!("{namespace}/{name}");
        let services = || self.topology.service_traffic_targets.keys().filter(|at| at.target == *key);
        let is_open = |at: &TargetKey| {
            let service = self.topology.services.get(&at.service);
            service.is_some_and(|service| service.traffic_targets.contains(at))
        };
        let rules = target.rules.iter();
        json!({
            "name": &*key.name,
            "namespace": &*key.namespace,
            "sources": target.sources.iter().map(|source| account(&source.namespace, &source.name)).collect::<Vec<String>>(),
            "destination": account(namespace, &destination.name),
            "port": target.port,
            "isFollowed": services().any(is_open),
            "services": services().map(|at| text(&at.service)).collect::<Vec<Value>>(),
            "rules": rules.map(|rule| self.rule(&key.namespace, &rule.object, &rule.matches)).collect::<Vec<Value>>(),
            "problems": of(counts, key),
            "messages": self.problems_of("TrafficTarget", key).map(|row| &*row.message).collect::<Vec<&str>>(),
        })
    }

    /// Whether anything is routed by a split. Of UDP nothing says so, and it counts when its root knows it.
    fn is_followed(&self, key: &Key, split: &Split) -> bool {
        let root = self.topology.services.get(&split.service);
        let is_linked = root.is_some_and(|root| root.traffic_splits.contains(key));
        let is_udp = || self.mode(&split.service) == Mode::Udp.text();
        is_linked && (self.splits.contains(&*format!("{}/{}", key.namespace, key.name)) || is_udp())
    }

    /// What an object allows or chooses; `names` are those of its matches that are meant, all of them where none is.
    fn rule(&self, namespace: &Arc<str>, object: &Reference, names: &[Arc<str>]) -> Value {
        let key = (Arc::clone(namespace), Arc::clone(&object.name));
        let mut rule = json!({"kind": &*object.kind, "name": &*object.name});
        let (matches, ports) = match &*object.kind {
            "HTTPRouteGroup" => (self.facts.http_groups.get(&key).map(|group| &*group.matches), None),
            "TCPRoute" => (None, self.facts.tcp_routes.get(&key).map(|route| &*route.ports)),
            "UDPRoute" => (None, self.facts.udp_routes.get(&key).map(|route| &*route.ports)),
            _ => (None, None),
        };
        rule["isThere"] = (matches.is_some() || ports.is_some()).into();
        if let Some(ports) = ports {
            rule["ports"] = ports.into();
        }
        if let Some(matches) = matches {
            let is_meant = |one: &&Match| names.is_empty() || names.contains(&one.name);
            rule["matches"] = matches.iter().filter(is_meant).map(one_match).collect();
        }
        rule
    }
}

fn one_match(one: &Match) -> Value {
    let header = |(name, value): &(Arc<str>, Arc<str>)| {
        let is_secret = SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret));
        // What lets somebody in is not told to whoever looks.
        json!({"name": &**name, "value": if is_secret { Value::Null } else { (**value).into() }})
    };
    json!({
        "name": &*one.name,
        "path": &*one.path,
        "methods": one.methods,
        "headers": one.headers.iter().map(header).collect::<Vec<Value>>(),
    })
}

/// Fields that hold credentials.
const SECRET: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-csrf-token"];
