//! Whose an address is.
//!
//! A client is known by the address of its pod, as everywhere in the mesh. Pods that have ended and pods with the network
//! of their node are nobody: others may have their address.

mod owner;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use windrose_mesh_topology::{Facts, Key, Topology};

/// A pod, and everything that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub key: Key,
    /// The account that it runs under.
    pub account: Arc<str>,
    /// The node that it is on; empty until it has one.
    pub node: Arc<str>,
    /// What made it, and what made that: kinds with names, in its namespace.
    pub owners: Vec<(Arc<str>, Arc<str>)>,
    /// The Services that it answers for.
    pub services: Vec<Key>,
    /// All its labels.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
}

/// A split, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Its name.
    pub key: Key,
    /// The Service that is shared out.
    pub root: Key,
    /// To whom, with weights.
    pub backends: Vec<(Key, u64)>,
}

/// All that figures can be about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directory {
    by_address: BTreeMap<IpAddr, Arc<Pod>>,
    pub(crate) pods: BTreeMap<Key, Arc<Pod>>,
    pub(crate) services: BTreeSet<Key>,
    pub(crate) splits: BTreeMap<Key, Split>,
    /// The addresses of the mesh's own nodes, which may report.
    nodes: BTreeSet<IpAddr>,
    /// Those of its controllers, one for each.
    controllers: BTreeSet<IpAddr>,
}

/// The mesh's own pods: their namespace, and the components that nodes and controllers are.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// The mesh's own namespace.
    pub namespace: &'a str,
    /// What nodes are labelled with.
    pub nodes: &'a str,
    /// What controllers are labelled with.
    pub controllers: &'a str,
}

impl Directory {
    /// What a cluster says.
    #[must_use]
    pub fn new(facts: &Facts, topology: &Topology, own: Own<'_>) -> Self {
        let mut services: BTreeMap<&Key, Vec<Key>> = BTreeMap::new();
        for (key, service) in &topology.services {
            service.pods.iter().for_each(|pod| services.entry(pod).or_default().push(key.clone()));
        }
        let mut directory = Self { services: topology.services.keys().cloned().collect(), ..Self::default() };
        for (name, fact) in facts.pods.iter().filter(|(_, fact)| !fact.is_over) {
            let addresses = || fact.addresses().filter_map(|text| text.parse::<IpAddr>().ok());
            let key = Key::from(name);
            if *key.namespace == *own.namespace {
                if *fact.component == *own.nodes {
                    directory.nodes.extend(addresses());
                } else if *fact.component == *own.controllers {
                    directory.controllers.extend(addresses().next());
                }
            }
            let pod = Arc::new(Pod {
                account: Arc::clone(&fact.account),
                node: Arc::clone(&fact.node),
                owners: owner::owners(fact),
                services: services.get(&key).cloned().unwrap_or_default(),
                labels: fact.labels.clone(),
                key: key.clone(),
            });
            if !fact.is_on_host {
                directory.by_address.extend(addresses().map(|address| (address, Arc::clone(&pod))));
            }
            directory.pods.insert(key, pod);
        }
        for (key, split) in &topology.traffic_splits {
            let backends = split.backends.iter().map(|backend| (backend.service.clone(), backend.weight));
            let split = Split { key: key.clone(), root: split.service.clone(), backends: backends.collect() };
            directory.splits.insert(key.clone(), split);
        }
        directory
    }

    /// Who has an address.
    #[must_use]
    pub fn pod(&self, address: IpAddr) -> Option<&Arc<Pod>> {
        self.by_address.get(&address.to_canonical())
    }

    /// The one backend of a split that a pod answers for.
    pub(crate) fn backend(&self, split: &Key, pod: &Pod) -> Option<Key> {
        let backends = &self.splits.get(split)?.backends;
        let mut found =
            pod.services.iter().filter(|service| backends.iter().any(|(backend, _)| backend == *service));
        found.next().filter(|_| found.next().is_none()).cloned()
    }

    /// The addresses of all controllers.
    pub fn controllers(&self) -> impl Iterator<Item = IpAddr> {
        self.controllers.iter().copied()
    }

    /// Whether a node of the mesh has this address.
    #[must_use]
    pub fn is_node(&self, address: IpAddr) -> bool {
        self.nodes.contains(&address.to_canonical())
    }
}
