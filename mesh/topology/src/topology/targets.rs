//! Targets, at each service whose pods they concern.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Builder, Destination, Source, Target, TargetKey};
use crate::facts::{self, Key, ServicePort, TargetPort, shown};

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
        let rules = match self.rules(&key.0, &target.rules) {
            Ok(rules) => rules,
            Err(why) => return self.refuse(key, &concerned, &why),
        };
        if rules.is_empty() && !self.settings.ruleless_allow {
            self.tell("TrafficTarget", key, "it has no rules, and so allows nothing");
        }
        let sources = self.sources(key, target, by_account);
        for (service, pods) in concerned {
            let ports =
                self.topology.services.get(&service).map(|view| view.ports.clone()).unwrap_or_default();
            let ports = match target.port {
                None => ports,
                Some(port) => {
                    let found: Vec<ServicePort> =
                        ports.into_iter().filter(|known| known.target == TargetPort::Number(port)).collect();
                    if found.is_empty() {
                        let name = shown(key);
                        let why = format!(
                            "destination port {port} of TrafficTarget {name:?} is not exposed by the service"
                        );
                        self.refuse(key, &[(service, pods)], &why);
                        continue;
                    }
                    found
                }
            };
            self.add((service, key.clone()), target, &of, sources.clone(), ports, pods, rules.clone());
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one object")]
    fn add(
        &mut self,
        at: TargetKey,
        target: &facts::Target,
        of: &Arc<str>,
        sources: Vec<Source>,
        ports: Vec<ServicePort>,
        pods: Vec<Key>,
        rules: Vec<super::Rule>,
    ) {
        for pod in sources.iter().flat_map(|source| &source.pods) {
            self.see(pod);
            if let Some(pod) = self.topology.pods.get_mut(pod) {
                pod.source_of.push(at.clone());
            }
        }
        for pod in &pods {
            if let Some(pod) = self.topology.pods.get_mut(pod) {
                pod.destination_of.push(at.clone());
            }
        }
        if let Some(service) = self.topology.services.get_mut(&at.0) {
            service.traffic_targets.push(at.clone());
        }
        let view = Target {
            service: at.0.clone(),
            name: Arc::clone(&at.1.1),
            namespace: Arc::clone(&at.1.0),
            sources,
            destination: Destination {
                service_account: Arc::clone(&target.destination.name),
                namespace: Arc::clone(of),
                ports,
                pods,
            },
            rules,
            errors: None,
        };
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
            let pods = of_account.iter().filter(|pod| !on_host(pod)).cloned().collect();
            sources.push(Source { service_account: account.1, namespace: account.0, pods });
        }
        sources
    }

    /// Leaves a target out at these services, and says why.
    fn refuse(&mut self, key: &Key, concerned: &[(Key, Vec<Key>)], why: &str) {
        self.tell("TrafficTarget", key, why);
        for (service, _) in concerned {
            if let Some(service) = self.topology.services.get_mut(service) {
                let name = shown(key);
                let told = format!("unable to build TrafficTarget {name:?}: {why}");
                service.errors.get_or_insert_default().push(told);
            }
        }
    }
}
