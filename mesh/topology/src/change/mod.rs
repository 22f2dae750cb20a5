//! The difference of two versions, and how it is put in (RFC 7396).

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

/// What makes `to` of `from`. Both hold no null, which would mean that something is gone.
#[must_use]
pub fn patch(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else { return to.clone() };
    let mut changes = Map::new();
    for name in from.keys().filter(|name| !to.contains_key(*name)) {
        changes.insert(name.clone(), Value::Null);
    }
    for (name, now) in to {
        match from.get(name) {
            Some(before) if before == now => {}
            Some(before) => {
                changes.insert(name.clone(), replaced(before, now));
            }
            None => {
                changes.insert(name.clone(), now.clone());
            }
        }
    }
    Value::Object(changes)
}

/// The change of one value. One that was no object is replaced as a whole, as merging into it would be.
fn replaced(before: &Value, now: &Value) -> Value {
    if before.is_object() && now.is_object() { patch(before, now) } else { now.clone() }
}

/// Puts a change in.
pub fn merge(value: &mut Value, change: Value) {
    let Value::Object(changes) = change else {
        *value = change;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Value::Object(fields) = value else { return };
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), change);
        }
    }
}
