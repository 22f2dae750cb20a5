//! Reading objects of Kubernetes as JSON. What is missing or of another type reads as empty.

use serde_json::Value;

use super::step::{Base, Kind, Workload};

pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub(super) fn namespace(object: &Value) -> &str {
    match text(object, "/metadata/namespace") {
        "" => KUBE_SYSTEM,
        namespace => namespace,
    }
}

pub(super) fn version(object: &Value) -> Option<String> {
    Some(text(object, "/metadata/resourceVersion")).filter(|version| !version.is_empty()).map(str::to_owned)
}

pub(super) fn base(object: &Value) -> Base {
    Base::Read(version(object))
}

/// The text of a key of a `ConfigMap`.
pub(super) fn data<'a>(config_map: &'a Value, key: &str) -> Option<&'a str> {
    config_map.get("data")?.get(key)?.as_str()
}

pub(super) fn workload(object: &Value, kind: Kind) -> Workload {
    Workload { kind, namespace: namespace(object).to_owned(), name: name(object).to_owned() }
}

/// The name of a `ConfigMap` that a volume is made of, and whether it may be missing.
#[derive(Clone, Copy)]
pub(super) struct Mount<'a> {
    pub(super) config_map: &'a str,
    pub(super) is_optional: bool,
}

/// Every `ConfigMap` that the pods of a workload have as a volume, or as a part of one.
pub(super) fn mounts(workload: &Value) -> Vec<Mount<'_>> {
    let mut found = Vec::new();
    for volume in items(workload, "/spec/template/spec/volumes") {
        found.extend(volume.get("configMap").and_then(mount));
        let parts = items(volume, "/projected/sources");
        found.extend(parts.iter().filter_map(|part| part.get("configMap").and_then(mount)));
    }
    found
}

fn mount(source: &Value) -> Option<Mount<'_>> {
    let is_optional = source.get("optional").and_then(Value::as_bool).unwrap_or(false);
    Some(Mount { config_map: source.get("name")?.as_str()?, is_optional })
}

pub(super) const KUBE_SYSTEM: &str = "kube-system";
