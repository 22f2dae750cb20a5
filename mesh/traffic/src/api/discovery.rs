//! What there is in the group.

use serde_json::{Value, json};

use super::Answer;
use super::kinds::{KINDS, Of};

/// The answer at a path that says what there is; nothing at others.
pub(super) fn answer(path: &str) -> Option<Answer> {
    let body = match path.strip_prefix("/apis")? {
        "" => json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group()]}),
        "/metrics.smi-spec.io" => group(),
        rest => {
            let version = rest.strip_prefix("/metrics.smi-spec.io/")?;
            VERSIONS.contains(&version).then(|| resources(version))?
        }
    };
    Some(Answer { status: 200, body })
}

fn group() -> Value {
    let version = |version: &&str| json!({"groupVersion": format!("{GROUP}/{version}"), "version": version});
    let versions: Vec<Value> = VERSIONS.iter().map(version).collect();
    let preferred = versions.first().cloned();
    json!({
        "kind": "APIGroup", "apiVersion": "v1", "name": GROUP,
        "versions": versions, "preferredVersion": preferred,
    })
}

fn resources(version: &str) -> Value {
    let mut resources = Vec::new();
    for kind in KINDS {
        // By the interface all resources have one kind. The tools of Kubernetes go from a resource to its kind and back,
        // and end at another resource then; so the newer version has a kind for each.
        let name = match version {
            "v1alpha1" => "TrafficMetrics".to_owned(),
            _ => format!("{}TrafficMetrics", kind.name),
        };
        let resource = |plural: String, namespaced: bool, verbs: &[&str]| json!({"name": plural, "singularName": "", "namespaced": namespaced, "kind": name, "verbs": verbs});
        resources.push(resource(kind.plural.to_owned(), kind.is_namespaced(), &["get", "list"]));
        if kind.of != Of::Split {
            resources.push(resource(format!("{}/edges", kind.plural), kind.is_namespaced(), &["get"]));
        }
    }
    json!({
        "kind": "APIResourceList", "apiVersion": "v1",
        "groupVersion": format!("{GROUP}/{version}"), "resources": resources,
    })
}

/// The group.
pub(super) const GROUP: &str = "metrics.smi-spec.io";
/// What all its paths begin with.
pub(super) const PREFIX: &str = "/apis/metrics.smi-spec.io/";
/// Its versions, the preferred one first.
pub(super) const VERSIONS: &[&str] = &["v1alpha1", "v1alpha2"];
