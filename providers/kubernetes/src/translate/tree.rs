//! Fields of objects as a tree, for options that others decode.

use windrose_config::tree::{Entry, Style, Value as Form};
use windrose_config::{Mark, Tree};

use serde_json::Value;

/// A value as a tree without places.
pub(super) fn of(value: &Value) -> Tree {
    let mark = Mark::default();
    let value = match value {
        Value::Null => return Tree::null(),
        Value::Bool(truth) => return Tree::text(truth.to_string(), Style::Typed, mark),
        Value::Number(number) => return Tree::text(number.to_string(), Style::Typed, mark),
        Value::String(text) => return Tree::text(text.as_str(), Style::Quoted, mark),
        Value::Array(items) => Form::List(items.iter().map(of).collect()),
        Value::Object(fields) => {
            let entry =
                |(key, value): (&String, &Value)| Entry { key: key.as_str().into(), mark, value: of(value) };
            Form::Table(fields.iter().map(entry).collect())
        }
    };
    Tree { mark, value }
}
