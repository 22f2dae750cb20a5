//! What is asked: a path and a query.

use std::fmt::Write;

/// A path below the version, with its query.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) path: String,
}

impl Question {
    pub(crate) fn new(path: impl Into<String>) -> Self {
        Self { path: path.into() }
    }

    /// The same, with one more part of the query.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(name);
        self.path.push('=');
        self.path.push_str(&escaped(value));
        self
    }

    pub(super) fn below(mut self, version: &str) -> Self {
        self.path.insert_str(0, version);
        self
    }
}

/// A part of a path or query.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
