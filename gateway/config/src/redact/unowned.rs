//! Options whose types nobody here knows: those of a kind that is not built, or that could not be read.

use serde::{Serialize, Serializer};

use super::HIDDEN;
use crate::tree::{Tree, Value};

/// A tree as it is shown when nobody says which of its texts are secret: keys, numbers and booleans, but no text.
#[derive(Debug, Clone, Copy)]
pub struct Unowned<'a>(pub &'a Tree);

impl Serialize for Unowned<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.value {
            Value::Null => serializer.serialize_unit(),
            Value::Text(text) if text.text.is_empty() || text.is_plain() => text.serialize(serializer),
            Value::Text(_) => serializer.serialize_str(HIDDEN),
            Value::List(items) => serializer.collect_seq(items.iter().map(Unowned)),
            Value::Table(entries) => {
                serializer.collect_map(entries.iter().map(|entry| (&entry.key, Unowned(&entry.value))))
            }
        }
    }
}
