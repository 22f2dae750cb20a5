//! A JSON text as a flat list of values.

use serde_json::Value;

/// The values of a text by the way that leads to them; `None` when it is no JSON.
///
/// Objects of a list that have a name are known by it, so that their order does not count; errors say only that there
/// are some, since their wording is each program's own.
pub(super) fn values(text: &[u8]) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    walk(String::new(), &serde_json::from_slice(text).ok()?, &mut found);
    Some(found)
}

fn walk(path: String, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                match name.as_str() {
                    "error" => found.push((format!("{path}.error"), "some".to_owned())),
                    _ => walk(format!("{path}.{name}"), value, found),
                }
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let mut order = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let name = item.get("name").and_then(Value::as_str);
                let name = name.map_or_else(|| index.to_string(), str::to_owned);
                walk(format!("{path}.{name}"), item, found);
                order.push(name);
            }
            found.push((format!("{path}.order"), order.join(" ")));
        }
        other => found.push((path, other.to_string())),
    }
}
