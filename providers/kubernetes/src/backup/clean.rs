//! What is kept of an object: what somebody wrote.

use std::collections::BTreeSet;

use serde_json::Value;

/// An object without what the API server and others added.
pub(super) fn object(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ADDED {
            metadata.remove(*field);
        }
        if let Some(notes) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            notes.remove(LAST_APPLIED);
        }
    }
    object
}

/// A definition, as an object.
pub(super) fn definition(mut definition: Value) -> Value {
    definition["apiVersion"] = "apiextensions.k8s.io/v1".into();
    definition["kind"] = "CustomResourceDefinition".into();
    object(definition)
}

/// The Secrets that an object names, in whichever of its fields.
pub(super) fn secrets(object: &Value, found: &mut BTreeSet<(String, String)>) {
    let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or("default");
    if let Some(spec) = object.get("spec") {
        named(spec, namespace, found);
    }
}

fn named(value: &Value, namespace: &str, found: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let mut note = |name: &Value| {
                    if let Some(name) = name.as_str().filter(|name| !name.is_empty()) {
                        found.insert((namespace.to_owned(), name.to_owned()));
                    }
                };
                match value {
                    Value::String(_) if ONE.contains(&field.as_str()) => note(value),
                    Value::Array(names) if MANY.contains(&field.as_str()) => names.iter().for_each(note),
                    other => named(other, namespace, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named(item, namespace, found)),
        _ => {}
    }
}

/// What is not written by whoever writes an object.
const ADDED: &[&str] = &[
    "managedFields",
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "selfLink",
    "ownerReferences",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Fields that name a Secret, and those that name several.
const ONE: &[&str] = &["secretName", "secret", "caSecret", "certSecret", "authSecret"];
const MANY: &[&str] = &["secretNames", "certificatesSecrets", "rootCAsSecrets"];
