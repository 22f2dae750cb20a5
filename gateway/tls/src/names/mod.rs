//! The normal form of host names, and tables keyed by exact names and one-label wildcards.
//!
//! Certificates and TLS options are both found here, so that they can never disagree about which name a
//! spelling means.

use std::borrow::Cow;
use std::collections::HashMap;

/// Lower case and without trailing dots: all of them, so that no other reader can drop more and find more.
pub(crate) fn normal(name: &str) -> Cow<'_, str> {
    let name = name.trim_end_matches('.');
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Borrowed(name)
}

/// Values by host name. `*.example.com` covers exactly one more label; an exact name goes before a wildcard.
#[derive(Debug, Clone)]
pub(crate) struct NameTable<T> {
    exact: HashMap<Box<str>, T>,
    /// By the part behind `*.`.
    wildcard: HashMap<Box<str>, T>,
}

impl<T> NameTable<T> {
    /// Adds `value` unless the name is taken; the first one stays. Returns whether it was added.
    pub(crate) fn insert_first(&mut self, name: &str, value: T) -> bool {
        let name = normal(name);
        let (table, key) = match name.strip_prefix("*.") {
            Some(parent) => (&mut self.wildcard, parent),
            None => (&mut self.exact, name.as_ref()),
        };
        if table.contains_key(key) {
            return false;
        }
        table.insert(key.into(), value);
        true
    }

    /// The value for a host name in any spelling.
    pub(crate) fn find(&self, name: &str) -> Option<&T> {
        let name = normal(name);
        if let Some(value) = self.exact.get(name.as_ref()) {
            return Some(value);
        }
        let (label, parent) = name.split_once('.')?;
        if label.is_empty() {
            return None;
        }
        self.wildcard.get(parent)
    }
}

impl<T> Default for NameTable<T> {
    fn default() -> Self {
        Self { exact: HashMap::new(), wildcard: HashMap::new() }
    }
}

#[cfg(test)]
mod tests;
