//! A middleware: the name of its kind, and options that only the owner of the kind understands.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Name;
use crate::redact::Unowned;
use crate::tree::Tree;

/// A middleware as written: exactly one kind under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Middleware {
    /// The kind as written, for example `stripPrefix`; compare it without case.
    pub kind: Name,
    /// The options of that kind, to be decoded by whoever owns it.
    pub options: Tree,
}

impl Serialize for Middleware {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.kind, &Unowned(&self.options))?;
        map.end()
    }
}
