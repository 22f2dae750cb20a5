//! What is to be done, as requests that somebody else makes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// One thing to do. Steps are taken in their order, each only after the one before it.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Write a `ConfigMap`.
    Write(ConfigMap),
    /// Start the pods of a workload again, so that they read what was written.
    Restart(Workload),
    /// Patch the object `default` of `dns.operator.openshift.io/v1`, which has no namespace.
    Operator(Operator),
}

/// A change of a `ConfigMap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigMap {
    /// Where it is.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The new text of each key that changes; nothing for one that goes.
    pub data: BTreeMap<String, Option<String>>,
    /// What the change was made from.
    pub base: Base,
}

/// What a change was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// There is none: create it.
    Missing,
    /// The object in this version, where it said one. When it is another by now, the API server refuses the change.
    Read(Option<String>),
}

/// What runs pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its kind.
    pub kind: Kind,
    /// Where it is.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A kind of workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Deployment`.
    Deployment,
    /// `DaemonSet`.
    DaemonSet,
}

/// A change of OpenShift's DNS operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    /// `spec.servers` as a whole; nothing when no entry is left.
    pub servers: Option<Vec<Value>>,
    /// The version that the change was made from, where the object said one.
    pub resource_version: Option<String>,
}

impl ConfigMap {
    /// The object to create, or the merge patch of the one that is there.
    #[must_use]
    pub fn body(&self) -> Value {
        match &self.base {
            Base::Missing => {
                let data: Map<String, Value> = self
                    .data
                    .iter()
                    .filter_map(|(key, text)| Some((key.clone(), json!(text.as_ref()?))))
                    .collect();
                json!({
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"namespace": self.namespace, "name": self.name},
                    "data": data,
                })
            }
            Base::Read(version) => versioned(json!({"data": self.data}), version.as_deref()),
        }
    }
}

impl Workload {
    /// The merge patch that starts its pods again: an annotation of theirs gets this value, which must be a new one.
    #[must_use]
    pub fn restart(&self, hash: &str) -> Value {
        json!({"spec": {"template": {"metadata": {"annotations": {ANNOTATION: hash}}}}})
    }
}

impl Operator {
    /// The merge patch.
    #[must_use]
    pub fn body(&self) -> Value {
        versioned(json!({"spec": {"servers": self.servers}}), self.resource_version.as_deref())
    }
}

/// A merge patch that holds for one version of the object.
fn versioned(mut patch: Value, version: Option<&str>) -> Value {
    if let (Some(version), Some(object)) = (version, patch.as_object_mut()) {
        object.insert("metadata".to_owned(), json!({"resourceVersion": version}));
    }
    patch
}

const ANNOTATION: &str = "traefik-mesh-hash";
