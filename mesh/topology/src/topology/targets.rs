//! Traffic targets: one for each service that has pods of the destination.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Destination, Rule, ServiceTarget, Source, TargetKey, Topology};
use crate::facts::{Facts, HttpGroup, Key, Match, PodPort, Reference, ServicePort, Target};
use crate::problem::{Kind, Problem};
use crate::settings::Settings;

/// Pods by the account that they run under.
type Accounts = BTreeMap<Key, Vec<Key>>;

/// Adds all targets that are seen.
pub(super) fn add(topology: &mut Topology, facts: &Facts, settings: &Settings) {
    let sources = source_pods(facts, settings);
    let destinations = destination_pods(topology);
    for (key, target) in &facts.targets {
        let key = Key::from(key);
        if !settings.sees(&key.namespace, &target.app) {
            continue;
        }
        let written = &target.destination.namespace;
        let namespace = if written.is_empty() { &key.namespace } else { written };
        let account = Key::new(namespace, &target.destination.name);
        tell_of_subjects(topology, &key, target);
        let sources = sources_of(target, &sources);
        for pod in sources.iter().flat_map(|source| &source.pods) {
            topology.take_pod(facts, pod);
        }
        let Some(services) = destinations.get(&account).filter(|_| target.destination.is_account()) else {
            continue;
        };
        for (service, pods) in services {
            let at = TargetKey { service: service.clone(), target: key.clone() };
            let target = ServiceTarget {
                service: service.clone(),
                name: Arc::clone(&key.name),
                namespace: Arc::clone(&key.namespace),
                sources: sources.clone(),
                destination: Destination {
                    service_account: Arc::clone(&account.name),
                    namespace: Arc::clone(&account.namespace),
                    ports: Vec::new(),
                    pods: pods.clone(),
                },
                rules: Vec::new(),
                errors: Vec::new(),
            };
            put(topology, facts, settings, at, target);
        }
    }
}

/// Adds a target at a service. One with an error lets nobody in, and nothing else refers to it.
fn put(
    topology: &mut Topology,
    facts: &Facts,
    settings: &Settings,
    at: TargetKey,
    mut target: ServiceTarget,
) {
    match understood(topology, facts, settings, &at, &mut target) {
        Ok(()) => {
            let service = topology.services.get_mut(&at.service);
            service.into_iter().for_each(|service| service.traffic_targets.push(at.clone()));
            for pod in target.sources.iter().flat_map(|source| &source.pods) {
                let pod = topology.take_pod(facts, pod);
                pod.into_iter().for_each(|pod| pod.source_of.push(at.clone()));
            }
            for pod in &target.destination.pods {
                let pod = topology.take_pod(facts, pod);
                pod.into_iter().for_each(|pod| pod.destination_of.push(at.clone()));
            }
        }
        Err(message) => {
            topology.problems.push(Problem::new(Kind::TrafficTarget, &at.target, message.clone()));
            target.errors.push(message);
        }
    }
    topology.service_traffic_targets.insert(at, target);
}

/// Fills in rules and destination, as far as they are understood.
fn understood(
    topology: &Topology,
    facts: &Facts,
    settings: &Settings,
    at: &TargetKey,
    made: &mut ServiceTarget,
) -> Result<(), String> {
    let written = at.target.find(&facts.targets);
    let service = topology.services.get(&at.service);
    let (Some(written), Some(service)) = (written, service) else { return Ok(()) };
    let namespace = &at.target.namespace;
    let rules =
        written.rules.iter().map(|rule| rule_of(facts, settings, namespace, &rule.object, &rule.matches));
    match rules.collect::<Result<Vec<Rule>, String>>() {
        Ok(rules) => made.rules = rules,
        Err(message) => {
            // Nothing says any more what would be reached.
            made.destination = Destination::default();
            return Err(format!("unable to build spec: {message}"));
        }
    }
    let Some(number) = written.port else {
        made.destination.ports.clone_from(&service.ports);
        return Ok(());
    };
    let pods = &made.destination.pods;
    let is_meant = |port: &&ServicePort| match &port.target {
        PodPort::Number(target) => *target == number,
        PodPort::Name(name) => pods.iter().filter_map(|pod| topology.pods.get(pod)).any(|pod| {
            let mut ports = pod.container_ports.iter();
            ports.any(|own| own.number == number && own.name == *name && own.protocol == port.protocol)
        }),
    };
    made.destination.ports = service.ports.iter().filter(is_meant).cloned().collect();
    if made.destination.ports.is_empty() {
        let TargetKey { service, target } = at;
        return Err(format!(
            "unable to find destination ports on Service \"{service}\": destination port {number} of \
             TrafficTarget \"{target}\" is not exposed by the service"
        ));
    }
    Ok(())
}

/// The rule that an object of a namespace gives.
pub(super) fn rule_of(
    facts: &Facts,
    settings: &Settings,
    namespace: &Arc<str>,
    object: &Reference,
    names: &[Arc<str>],
) -> Result<Rule, String> {
    let key = Key::new(namespace, &object.name);
    let missing = || format!("unable to find {} \"{key}\"", object.kind);
    let sees = |app: &Arc<str>| settings.sees(namespace, app);
    match &*object.kind {
        "HTTPRouteGroup" => {
            let group = key.find(&facts.http_groups).filter(|group| sees(&group.app)).ok_or_else(missing)?;
            let http_matches = matches_of(group, names, &key)?;
            Ok(Rule { http_route_group: Some(Arc::clone(group)), http_matches, ..Rule::default() })
        }
        "TCPRoute" => {
            let route = key.find(&facts.tcp_routes).filter(|route| sees(&route.app)).ok_or_else(missing)?;
            Ok(Rule { tcp_route: Some(Arc::clone(route)), ..Rule::default() })
        }
        "UDPRoute" => {
            let route = key.find(&facts.udp_routes).filter(|route| sees(&route.app)).ok_or_else(missing)?;
            Ok(Rule { udp_route: Some(Arc::clone(route)), ..Rule::default() })
        }
        other => Err(format!("unknown spec type: {other:?}")),
    }
}

fn matches_of(group: &HttpGroup, names: &[Arc<str>], key: &Key) -> Result<Vec<Match>, String> {
    if names.is_empty() {
        return Ok(group.matches.clone());
    }
    let find = |name: &Arc<str>| {
        let found = group.matches.iter().find(|entry| entry.name == *name).cloned();
        found.ok_or_else(|| format!("unable to find match {:?} in HTTPRouteGroup \"{key}\"", &**name))
    };
    names.iter().map(find).collect()
}

/// A source without a namespace means nobody.
fn sources_of(target: &Target, pods: &Accounts) -> Vec<Source> {
    let accounts = target.sources.iter().filter(|source| source.is_account());
    let source = |subject: &crate::facts::Subject| Source {
        service_account: Arc::clone(&subject.name),
        namespace: Arc::clone(&subject.namespace),
        pods: pods.get(&Key::new(&subject.namespace, &subject.name)).cloned().unwrap_or_default(),
    };
    accounts.map(source).collect()
}

fn tell_of_subjects(topology: &mut Topology, key: &Key, target: &Target) {
    let mut tell = |message: String| {
        topology.problems.push(Problem::new(Kind::TrafficTarget, key, message));
    };
    for subject in target.sources.iter().chain([&target.destination]) {
        if !subject.is_account() {
            tell(format!("kind {:?} is not known, expected ServiceAccount", &*subject.kind));
        }
    }
    for source in target.sources.iter().filter(|source| source.namespace.is_empty()) {
        tell(format!("source {:?} has no namespace and means nobody, write its namespace", &*source.name));
    }
}

/// Whoever has an address can ask. The address of a pod that has ended may be another's.
fn source_pods(facts: &Facts, settings: &Settings) -> Accounts {
    let mut accounts = Accounts::new();
    for (key, pod) in &facts.pods {
        if settings.sees(&key.0, &pod.app) && !pod.ip.is_empty() && !pod.is_over {
            accounts.entry(Key::new(&key.0, &pod.account)).or_default().push(key.into());
        }
    }
    accounts
}

/// For each account the services that have pods of it.
fn destination_pods(topology: &Topology) -> BTreeMap<Key, BTreeMap<Key, Vec<Key>>> {
    let mut accounts: BTreeMap<Key, BTreeMap<Key, Vec<Key>>> = BTreeMap::new();
    for (service, about) in &topology.services {
        for key in &about.pods {
            let Some(pod) = topology.pods.get(key) else { continue };
            let account = Key::new(&pod.namespace, &pod.service_account);
            accounts.entry(account).or_default().entry(service.clone()).or_default().push(key.clone());
        }
    }
    accounts
}
