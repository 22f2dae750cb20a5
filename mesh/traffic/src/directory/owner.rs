//! What made a pod.

use std::sync::Arc;

use serde_json::Value;
use windrose_mesh_topology::facts;

/// What made it, and what made that. A `ReplicaSet` that a Deployment made has the Deployment's name and a digest, which
/// its pods have as a label: so nobody need watch ReplicaSets for it.
pub(super) fn owners(pod: &facts::Pod) -> Vec<(Arc<str>, Arc<str>)> {
    let owners = pod.owners.as_array().map_or(&[][..], Vec::as_slice);
    let is_controller = |owner: &&Value| owner["controller"] == true;
    let Some(owner) = owners.iter().find(is_controller).or_else(|| owners.first()) else { return Vec::new() };
    let text = |field: &str| owner[field].as_str().unwrap_or_default();
    let (kind, name) = (text("kind"), text("name"));
    // Others may have kinds of the same names.
    let group = text("apiVersion").split('/').next().unwrap_or_default();
    if !matches!((group, kind), ("apps", _) | ("batch", "Job") | ("v1", "ReplicationController"))
        || name.is_empty()
    {
        return Vec::new();
    }
    let mut made = vec![(Arc::from(kind), Arc::from(name))];
    if kind == "ReplicaSet"
        && let Some(digest) = pod.labels.get("pod-template-hash").filter(|digest| !digest.is_empty())
        && let Some(deployment) = name.strip_suffix(&**digest).and_then(|name| name.strip_suffix('-'))
        && !deployment.is_empty()
    {
        made.push(("Deployment".into(), deployment.into()));
    }
    made
}
