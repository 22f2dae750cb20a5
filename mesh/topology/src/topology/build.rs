//! The topology of facts: services and their pods first, then targets, then splits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Pod, Service, Topology, splits, targets};
use crate::facts::{self, EndpointTarget, Facts, Key};
use crate::settings::Settings;

/// What the cluster comes to. The same facts give the same topology.
#[must_use]
pub fn build(facts: &Facts, settings: &Settings) -> Topology {
    let mut topology = Topology::default();
    let mut ready = ready_pods(facts, settings);
    for (key, service) in settings.services(facts) {
        let pods = ready.remove(&key).unwrap_or_default();
        for pod in &pods {
            topology.take_pod(facts, pod);
        }
        let service = Service::new(&key, service, pods.into_iter().collect());
        topology.services.insert(key, service);
    }
    if settings.acl {
        targets::add(&mut topology, facts, settings);
    }
    splits::add(&mut topology, facts, settings);
    topology
}

/// The pods that answer for each service.
fn ready_pods(facts: &Facts, settings: &Settings) -> BTreeMap<Key, BTreeSet<Key>> {
    let mut pods: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
    for ((namespace, _), slice) in &facts.slices {
        if !settings.sees(namespace, &slice.app) {
            continue;
        }
        let service = pods.entry(Key::new(namespace, &slice.service)).or_default();
        for endpoint in slice.endpoints.iter().filter(|endpoint| endpoint.is_ready) {
            let EndpointTarget::Pod(key) = &endpoint.target else { continue };
            // Whoever may write slices of one namespace has no say in another.
            let pod = key.find(&facts.pods).filter(|_| key.namespace == *namespace);
            if pod.is_some_and(|pod| settings.sees(&key.namespace, &pod.app)) {
                service.insert(key.clone());
            }
        }
    }
    pods
}

impl Topology {
    /// Makes sure that a pod is among the pods.
    pub(super) fn take_pod(&mut self, facts: &Facts, key: &Key) -> Option<&mut Pod> {
        let pod = key.find(&facts.pods)?;
        Some(self.pods.entry(key.clone()).or_insert_with(|| Pod::new(key, pod)))
    }
}

impl Service {
    fn new(key: &Key, service: &facts::Service, pods: Vec<Key>) -> Self {
        Self {
            name: Arc::clone(&key.name),
            namespace: Arc::clone(&key.namespace),
            selector: service.selector.clone(),
            annotations: service.annotations.clone(),
            ports: service.ports.clone(),
            cluster_ip: Arc::clone(&service.cluster_ip),
            pods,
            traffic_targets: Vec::new(),
            traffic_splits: Vec::new(),
            backend_of: Vec::new(),
            errors: Vec::new(),
        }
    }
}

impl Pod {
    fn new(key: &Key, pod: &facts::Pod) -> Self {
        Self {
            name: Arc::clone(&key.name),
            namespace: Arc::clone(&key.namespace),
            service_account: Arc::clone(&pod.account),
            owner_references: pod.owners.clone(),
            container_ports: pod.ports.clone(),
            ip: Arc::clone(&pod.ip),
            source_of: Vec::new(),
            destination_of: Vec::new(),
        }
    }
}
