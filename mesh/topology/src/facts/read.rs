//! Reading single values out of JSON. What is absent or of another type is nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

/// The text at a JSON pointer; empty if there is none.
pub(super) fn text(object: &Value, pointer: &str) -> Arc<str> {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().into()
}

/// The list at a JSON pointer; empty if there is none.
pub(super) fn list<'v>(object: &'v Value, pointer: &str) -> &'v [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of a list.
pub(super) fn texts(object: &Value, pointer: &str) -> Vec<Arc<str>> {
    list(object, pointer).iter().filter_map(Value::as_str).map(Arc::from).collect()
}

/// A map from text to text; none where it is absent, which is not the same as empty.
pub(super) fn map(object: &Value, pointer: &str) -> Option<BTreeMap<Arc<str>, Arc<str>>> {
    let map = object.pointer(pointer)?.as_object()?;
    Some(
        map.iter()
            .map(|(key, value)| (key.as_str().into(), value.as_str().unwrap_or_default().into()))
            .collect(),
    )
}

/// A label, by which objects are left out.
pub(super) fn label(object: &Value, name: &str) -> Arc<str> {
    let labels = object.pointer("/metadata/labels").and_then(|labels| labels.get(name));
    labels.and_then(Value::as_str).unwrap_or_default().into()
}

/// A port's number.
pub(super) fn port(value: Option<&Value>) -> Option<u16> {
    u16::try_from(value?.as_u64()?).ok().filter(|number| *number > 0)
}

/// Fields stand under `spec`, or at the top in the first versions of some kinds.
pub(super) fn spec(object: &Value) -> &Value {
    object.get("spec").filter(|spec| spec.is_object()).unwrap_or(object)
}
