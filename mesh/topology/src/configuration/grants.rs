//! Whom traffic targets let in, to which servers, for which requests.
//!
//! Targets add up: a client may do what any of them allows. Where one router leads to servers of several services or
//! targets, [`groups`] sorts clients by what they may do, so that nobody reaches a server which no target opens to
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rule;
use crate::facts::{Key, PodPort, ServicePort};
use crate::settings::{Mode, Settings, Unruled};
use crate::topology::{Pod, ServiceTarget, TargetKey, Topology};

/// What one target allows at one port.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grant {
    /// Who.
    pub(super) ips: BTreeSet<Arc<str>>,
    /// Which requests; none stands for all.
    pub(super) rule: Option<String>,
    /// Which servers.
    pub(super) pods: Vec<Key>,
}

/// Clients that may do the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    /// Their addresses; none stands for everybody.
    pub(super) ips: Option<Vec<Arc<str>>>,
    /// The requests that they may send to each of the servers; none stands for all.
    pub(super) rule: Option<String>,
    /// The servers of each backend.
    pub(super) pods: Vec<Vec<Key>>,
}

/// What the targets of a service allow at one of its ports.
pub(super) fn at_port(
    topology: &Topology,
    settings: &Settings,
    ips: &BTreeMap<TargetKey, BTreeSet<Arc<str>>>,
    service: &Key,
    port: &ServicePort,
    mode: Mode,
) -> Vec<Grant> {
    let targets = topology.services.get(service).map_or(&[][..], |service| &service.traffic_targets);
    let targets = targets.iter().filter_map(|key| Some((key, topology.service_traffic_targets.get(key)?)));
    let grant = |(key, target): (&TargetKey, &ServiceTarget)| {
        if !opens(topology, settings, target, port, mode) {
            return None;
        }
        let rule = if mode == Mode::Http { rule::requests(&target.rules).ok()? } else { None };
        Some(Grant { ips: ips.get(key)?.clone(), rule, pods: target.destination.pods.clone() })
    };
    targets.filter_map(grant).collect()
}

/// Whether a target lets anybody in to a port of its service that is spoken to in this way.
pub(super) fn opens(
    topology: &Topology,
    settings: &Settings,
    target: &ServiceTarget,
    port: &ServicePort,
    mode: Mode,
) -> bool {
    if !target.destination.ports.iter().any(|open| open.number == port.number) {
        return false;
    }
    let tcp: Vec<&[u16]> =
        target.rules.iter().filter_map(|rule| Some(&*rule.tcp_route.as_ref()?.ports)).collect();
    let udp: Vec<&[u16]> =
        target.rules.iter().filter_map(|rule| Some(&*rule.udp_route.as_ref()?.ports)).collect();
    let has_http = target.rules.iter().any(|rule| rule.http_route_group.is_some());
    let named = |routes: &[&[u16]]| {
        routes.iter().any(|ports| {
            ports.is_empty() || ports.iter().any(|number| is_number(topology, target, port, *number))
        })
    };
    match mode {
        Mode::Http if target.rules.is_empty() => settings.targets_without_rules == Unruled::Allow,
        // A route of TCP beside a group of requests says at which ports the requests are meant.
        Mode::Http if tcp.is_empty() => has_http,
        Mode::Http | Mode::Tcp => named(&tcp),
        Mode::Udp => named(&udp),
    }
}

/// Whether a number means a port: as clients know it, or as the pods do.
fn is_number(topology: &Topology, target: &ServiceTarget, port: &ServicePort, number: u16) -> bool {
    let mut pods = target.destination.pods.iter().filter_map(|key| topology.pods.get(key));
    port.number == number || pods.any(|pod| number_at(pod, port) == Some(number))
}

/// Where a pod listens for a port of a service.
pub(super) fn number_at(pod: &Pod, port: &ServicePort) -> Option<u16> {
    match &port.target {
        PodPort::Number(number) => Some(*number),
        PodPort::Name(name) => {
            let mut ports = pod.container_ports.iter();
            ports.find(|own| own.name == *name && own.protocol == port.protocol).map(|own| own.number)
        }
    }
}

/// The servers of one backend that a client reaches, by what it may ask of them.
type Reach<'g> = BTreeMap<&'g [Key], Option<BTreeSet<&'g str>>>;

/// Sorts clients by what they may do at all of these backends. Who may do nothing at one of them is in no group.
pub(super) fn groups(backends: &[Vec<Grant>]) -> Vec<Group> {
    let Some(first) = backends.first() else { return Vec::new() };
    let ips: BTreeSet<&Arc<str>> = first.iter().flat_map(|grant| &grant.ips).collect();
    let mut groups: BTreeMap<Vec<Reach<'_>>, Vec<Arc<str>>> = BTreeMap::new();
    for ip in ips {
        let reach: Vec<Reach<'_>> = backends.iter().map(|grants| reach(grants, ip)).collect();
        if reach.iter().all(|reach| !reach.is_empty()) {
            groups.entry(reach).or_default().push(Arc::clone(ip));
        }
    }
    let group = |(reach, ips): (Vec<Reach<'_>>, Vec<Arc<str>>)| Group {
        ips: Some(ips),
        rule: common_rule(&reach),
        pods: reach.iter().map(pods).collect(),
    };
    groups.into_iter().map(group).collect()
}

fn reach<'g>(grants: &'g [Grant], ip: &Arc<str>) -> Reach<'g> {
    let mut reach = Reach::new();
    for grant in grants.iter().filter(|grant| grant.ips.contains(ip)) {
        let rules = reach.entry(&*grant.pods).or_insert_with(|| Some(BTreeSet::new()));
        match (&grant.rule, rules) {
            (Some(rule), Some(rules)) => {
                rules.insert(rule);
            }
            (_, rules) => *rules = None,
        }
    }
    reach
}

/// Which server answers is not known when a request is let in, so all of them have to be open to it.
fn common_rule(reach: &[Reach<'_>]) -> Option<String> {
    let rules: BTreeSet<String> = reach
        .iter()
        .flat_map(BTreeMap::values)
        .flatten()
        .map(|rules| rules.iter().copied().collect::<Vec<&str>>().join(" || "))
        .collect();
    let rules: Vec<String> = rules.into_iter().collect();
    match rules.as_slice() {
        [] => None,
        [rule] => Some(rule.clone()),
        rules => Some(rules.iter().map(|rule| format!("({rule})")).collect::<Vec<String>>().join(" && ")),
    }
}

fn pods(reach: &Reach<'_>) -> Vec<Key> {
    let pods: BTreeSet<&Key> = reach.keys().copied().flatten().collect();
    pods.into_iter().cloned().collect()
}
