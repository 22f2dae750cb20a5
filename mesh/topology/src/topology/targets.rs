//! Targets, at each service whose pods they concern.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Builder, Destination, Source, Target, TargetKey};
use crate::facts::{self, Key, TargetPort, shown};

impl Builder<'_> {
    pub(super) fn targets(&mut self) {
        let facts = self.facts;
        let mut by_account: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for (key, pod) in &facts.pods {
            if self.has(key) {
                by_account
                    .entry((Arc::clone(&key.0), Arc::clone(&pod.account)))
                    .or_default()
                    .push(key.clone());
            }
        }
        for (key, target) in &facts.targets {
            if self.settings.sees(&key.0, "") {
                self.target(key, target, &by_account);
            }
        }
    }

    fn target(&mut self, key: &Key, target: &facts::Target, by_account: &BTreeMap<Key, Vec<Key>>) {
        let of = match &*target.destination.namespace {
            "" => Arc::clone(&key.0),
            _ => Arc::clone(&target.destination.namespace),
        };
        let account = (Arc::clone(&of), Arc::clone(&target.destination.name));
        let destination = by_account.get(&account).map_or(&[][..], Vec::as_slice);
        let concerned: Vec<(Key, Vec<Key>)> = self
            .topology
            .services
            .iter()
            .filter(|(service, _)| service.0 == of)
            .map(|(service, view)| {
                let pods = view.pods.iter().filter(|pod| destination.contains(pod)).cloned().collect();
                (service.clone(), pods)
            })
            .filter(|(_, pods): &(Key, Vec<Key>)| !pods.is_empty())
            .collect();
        if concerned.is_empty() {
            return;
        }
        if target.rules.is_empty() && !self.settings.ruleless_allow {
            self.tell("TrafficTarget", key, "it has no rules, and so allows nothing");
        }
        let sources = self.sources(key, target, by_account);
        let rules = self.rules(&key.0, &target.rules);
        for (service, pods) in concerned {
            let all = self.topology.services.get(&service).map(|view| view.ports.clone()).unwrap_or_default();
            let view = Target {
                service: service.clone(),
                name: Arc::clone(&key.1),
                namespace: Arc::clone(&key.0),
                sources: sources.clone(),
                ..Target::default()
            };
            let at = (service, key.clone());
            let rules = match &rules {
                Ok(rules) => rules.clone(),
                Err(why) => {
                    self.refuse(at, view, format!("unable to build spec: {why}"));
                    continue;
                }
            };
            let ports = match target.port {
                None => all,
                Some(port) => {
                    all.into_iter().filter(|known| known.target == TargetPort::Number(port)).collect()
                }
            };
            let is_lacking = target.port.is_some() && ports.is_empty();
            let destination = Destination {
                service_account: Arc::clone(&target.destination.name),
                namespace: Arc::clone(&of),
                ports,
                pods,
            };
            let view = Target { destination, rules, ..view };
            if is_lacking {
                let why = format!(
                    "unable to find destination ports on Service {:?}: destination port {} of TrafficTarget {:?} is not exposed by the service",
                    shown(&at.0),
                    target.port.unwrap_or_default(),
                    shown(key)
                );
                self.refuse(at, view, why);
            } else {
                self.add(at, view);
            }
        }
    }

    /// Shows a target, at its service and its pods too.
    fn add(&mut self, at: TargetKey, view: Target) {
        for pod in view.sources.iter().flat_map(|source| &source.pods) {
            if let Some(pod) = self.topology.pods.get_mut(pod)
                && !pod.source_of.contains(&at)
            {
                pod.source_of.push(at.clone());
            }
        }
        for pod in &view.destination.pods {
            if let Some(pod) = self.topology.pods.get_mut(pod) {
                pod.destination_of.push(at.clone());
            }
        }
        if let Some(service) = self.topology.services.get_mut(&at.0) {
            service.traffic_targets.push(at.clone());
        }
        self.topology.service_traffic_targets.insert(at, view);
    }

    /// Shows a target with the reason why it concerns nobody.
    fn refuse(&mut self, at: TargetKey, mut view: Target, why: String) {
        self.tell("TrafficTarget", &at.1, &why);
        view.errors.get_or_insert_default().push(why);
        self.topology.service_traffic_targets.insert(at, view);
    }

    /// The pods that may ask.
    fn sources(
        &mut self,
        key: &Key,
        target: &facts::Target,
        by_account: &BTreeMap<Key, Vec<Key>>,
    ) -> Vec<Source> {
        let mut sources = Vec::new();
        for source in &target.sources {
            if source.namespace.is_empty() {
                let why = format!("source {:?} says no namespace, and so means nobody", source.name);
                self.tell("TrafficTarget", key, &why);
            }
            let account = (Arc::clone(&source.namespace), Arc::clone(&source.name));
            let of_account = by_account.get(&account).map_or(&[][..], Vec::as_slice);
            let facts = self.facts;
            let on_host = |pod: &Key| facts.pods.get(pod).is_some_and(|pod| pod.on_host);
            if of_account.iter().any(on_host) {
                let why = format!(
                    "pods of source {:?} have the network of their node, where everything has their address; they are not allowed",
                    shown(&account)
                );
                self.tell("TrafficTarget", key, &why);
            }
            let pods: Vec<Key> = of_account.iter().filter(|pod| !on_host(pod)).cloned().collect();
            pods.iter().for_each(|pod| self.see(pod));
            sources.push(Source { service_account: account.1, namespace: account.0, pods });
        }
        sources
    }
}
