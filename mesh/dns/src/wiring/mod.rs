//! What is to be changed in a cluster so that its DNS knows the zones of the mesh.
//!
//! Objects in, steps out: [`plan`] and [`undo`]. Owns how the DNS of a cluster is found and configured, and checks which
//! SMI groups are served ([`smi`]). Must not do I/O. Invariants: a plan for what a plan has made is empty; [`undo`]
//! needs to know nothing but what is there, so it works where [`plan`] has a problem.

mod core_dns;
mod corefile;
mod detect;
mod object;
mod openshift;
mod problem;
pub mod smi;
mod step;
mod stubs;
#[cfg(test)]
mod tests;
mod version;
mod wanted;

use std::collections::BTreeMap;

use serde_json::Value;

use object::{data, mounts, name, namespace};

pub use corefile::{CorefileError, block, patch, restore};
pub use detect::{CoreDns, Detected, Form, KubeDns};
pub use openshift::OperatorError;
pub use problem::Problem;
pub use step::{Base, ConfigMap, Kind, Operator, Step, Workload};
pub use stubs::StubError;
pub use version::Version;
pub use wanted::Wanted;

/// What a cluster holds, as its API server says it.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The Deployments of `kube-system`.
    pub deployments: Vec<Value>,
    /// Its `DaemonSet`s.
    pub daemon_sets: Vec<Value>,
    /// Its `ConfigMap`s; those of DNS will do.
    pub config_maps: Vec<Value>,
    /// The object `default` of `dns.operator.openshift.io`, where there is one.
    pub operator: Option<Value>,
}

/// What is to be done so that the DNS of the cluster is as wanted; nothing when it is.
///
/// # Errors
///
/// There is no DNS that can be configured, or what it is configured with cannot be changed without harm.
pub fn plan(seen: &Seen, wanted: &Wanted) -> Result<Vec<Step>, Problem> {
    match (Detected::of(seen), &seen.operator) {
        (Detected::CoreDns(found), _) => core_dns::plan(seen, &found, wanted),
        (Detected::KubeDns(found), _) => stubs::plan(seen, &found, wanted),
        (Detected::OpenShift, Some(operator)) => Ok(openshift::plan(operator, wanted)?),
        (Detected::OpenShift, None) => Err(Problem::NoProvider),
        (Detected::None(problem), _) => Err(problem),
    }
}

/// What is to be done so that nothing of a mesh is left in the DNS of the cluster, whoever put it there.
#[must_use]
pub fn undo(seen: &Seen) -> Vec<Step> {
    let mut steps = seen.operator.as_ref().map(openshift::undo).unwrap_or_default();
    let mut changed = Vec::new();
    for object in &seen.config_maps {
        let change = restored(object);
        if !change.is_empty() {
            steps.push(core_dns::write(object, change));
            changed.push((namespace(object), name(object)));
        }
    }
    for (workload, kind) in seen.workloads() {
        let is_changed = |name: &str| changed.contains(&(namespace(workload), name));
        if mounts(workload).iter().any(|mount| is_changed(mount.config_map)) {
            steps.push(Step::Restart(object::workload(workload, kind)));
        }
    }
    steps
}

fn restored(object: &Value) -> BTreeMap<String, Option<String>> {
    let mut change = core_dns::restored(object);
    if name(object) == detect::KUBE_DNS
        && let Some(text) = data(object, stubs::KEY).and_then(stubs::restore)
    {
        change.insert(stubs::KEY.to_owned(), Some(text));
    }
    change
}

impl Seen {
    fn deployment(&self, wanted: &str) -> Option<&Value> {
        self.deployments.iter().find(|object| name(object) == wanted)
    }

    fn config_map(&self, in_namespace: &str, wanted: &str) -> Option<&Value> {
        self.config_maps.iter().find(|object| name(object) == wanted && namespace(object) == in_namespace)
    }

    fn workloads(&self) -> impl Iterator<Item = (&Value, Kind)> {
        let deployments = self.deployments.iter().map(|object| (object, Kind::Deployment));
        deployments.chain(self.daemon_sets.iter().map(|object| (object, Kind::DaemonSet)))
    }

    fn workload(&self, wanted: &Workload) -> Option<&Value> {
        let found = self.workloads().find(|(object, kind)| object::workload(object, *kind) == *wanted);
        found.map(|(object, _)| object)
    }
}
