//! The kinds of resources, and who of two ends is one.

use std::collections::BTreeSet;
use std::sync::Arc;

use windrose_mesh_topology::Key;

use crate::directory::{Directory, Pod};
use crate::shown::Resource;
use crate::window::Flow;

/// A kind that figures can be about.
#[derive(Debug)]
pub(super) struct Kind {
    /// As it stands in paths.
    pub(super) plural: &'static str,
    /// As it stands in references.
    pub(super) name: &'static str,
    pub(super) of: Of,
}

/// How a pod comes to be of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Pod,
    Owner,
    Service,
    Account,
    Namespace,
    Node,
    /// No pod is; it stands between them.
    Split,
}

/// All there are, by name.
pub(super) static KINDS: &[Kind] = &[
    Kind { plural: "daemonsets", name: "DaemonSet", of: Of::Owner },
    Kind { plural: "deployments", name: "Deployment", of: Of::Owner },
    Kind { plural: "jobs", name: "Job", of: Of::Owner },
    Kind { plural: "namespaces", name: "Namespace", of: Of::Namespace },
    Kind { plural: "nodes", name: "Node", of: Of::Node },
    Kind { plural: "pods", name: "Pod", of: Of::Pod },
    Kind { plural: "replicasets", name: "ReplicaSet", of: Of::Owner },
    Kind { plural: "replicationcontrollers", name: "ReplicationController", of: Of::Owner },
    Kind { plural: "serviceaccounts", name: "ServiceAccount", of: Of::Account },
    Kind { plural: "services", name: "Service", of: Of::Service },
    Kind { plural: "statefulsets", name: "StatefulSet", of: Of::Owner },
    Kind { plural: "trafficsplits", name: "TrafficSplit", of: Of::Split },
];

impl Kind {
    pub(super) fn named(plural: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.plural == plural)
    }

    pub(super) const fn is_namespaced(&self) -> bool {
        !matches!(self.of, Of::Namespace | Of::Node)
    }

    pub(super) fn resource(&self, key: Key) -> Resource {
        Resource { kind: self.name, key }
    }

    /// What of this kind a pod is, or belongs to.
    pub(super) fn of_pod(&self, pod: &Pod) -> BTreeSet<Key> {
        let here = |name: &Arc<str>| Key::new(&pod.key.namespace, name);
        match self.of {
            Of::Pod => [pod.key.clone()].into(),
            Of::Owner => {
                let owners = pod.owners.iter().filter(|(kind, _)| **kind == *self.name);
                owners.map(|(_, name)| here(name)).collect()
            }
            Of::Service => pod.services.iter().cloned().collect(),
            Of::Account if pod.account.is_empty() => [here(&"default".into())].into(),
            Of::Account => [here(&pod.account)].into(),
            Of::Namespace => [bare(&pod.key.namespace)].into(),
            Of::Node if pod.node.is_empty() => BTreeSet::new(),
            Of::Node => [bare(&pod.node)].into(),
            Of::Split => BTreeSet::new(),
        }
    }

    /// Who of this kind asked.
    pub(super) fn client(&self, flow: &Flow) -> BTreeSet<Key> {
        flow.client.as_ref().map(|pod| self.of_pod(pod)).unwrap_or_default()
    }

    /// Who of this kind was asked. A Service was where its name was asked for, or a split gave it the request.
    pub(super) fn server(&self, flow: &Flow) -> BTreeSet<Key> {
        match (self.of, &flow.server) {
            (Of::Service, _) => flow.service.iter().chain(&flow.backend).cloned().collect(),
            (_, Some(pod)) => self.of_pod(pod),
            (Of::Namespace, None) => flow.service.iter().map(|service| bare(&service.namespace)).collect(),
            (_, None) => BTreeSet::new(),
        }
    }

    /// All of this kind that a cluster has, as far as the mesh knows it.
    pub(super) fn all(&self, directory: &Directory) -> BTreeSet<Key> {
        let of_pods = directory.pods.values().flat_map(|pod| self.of_pod(pod));
        match self.of {
            Of::Service => directory.services.clone(),
            Of::Split => directory.splits.keys().cloned().collect(),
            Of::Namespace => {
                let of_services = directory.services.iter().map(|service| bare(&service.namespace));
                of_pods.chain(of_services).collect()
            }
            _ => of_pods.collect(),
        }
    }
}

/// The name of something without a namespace.
pub(super) fn bare(name: &Arc<str>) -> Key {
    Key { namespace: Arc::default(), name: Arc::clone(name) }
}
