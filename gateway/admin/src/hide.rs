//! Takes the passwords of URLs out of what is shown.
//!
//! What else must not be shown never arrives here: types of options say it themselves (`windrose_config::redact`).

use serde_json::Value;
use windrose_config::redact::urls;

/// Hides them, at any depth, in keys too.
pub(crate) fn passwords(value: Value) -> Value {
    match value {
        Value::String(text) => urls(&text).into(),
        Value::Array(items) => items.into_iter().map(passwords).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (urls(&name).into_owned(), passwords(value))).collect()
        }
        other => other,
    }
}
