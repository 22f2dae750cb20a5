//! Values that must not be printed.
//!
//! What must not be printed is known by what it *is*: an option says so with its type ([`Secret`], [`FileOrContent`]),
//! values of header fields are hidden unless the field is known to be harmless ([`header_values`]), text whose owner
//! nobody knows is hidden ([`Unowned`]), and a URL loses its password wherever it stands ([`urls`]).
//! Invariant: neither `Debug` nor `Serialize` shows what is hidden.

mod headers;
mod unowned;
mod urls;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

pub use headers::header_values;
pub use unowned::Unowned;
pub use urls::urls;

/// A password, token or key. It prints as `xxxx`.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Secret(Arc<str>);

impl Secret {
    /// A secret with this text.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself, for use and not for printing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

/// Text that is either the path of an existing file or the content itself. Content prints as `xxxx`.
#[derive(Clone, PartialEq, Eq, Default, Hash, Deserialize)]
pub struct FileOrContent(Arc<str>);

impl FileOrContent {
    /// A path or a content.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text as written: read the file when one of this name exists, otherwise it is the content.
    #[must_use]
    pub fn as_written(&self) -> &Arc<str> {
        &self.0
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the text cannot be a sensible path, so that it must be content: lines, PEM or a JSON object.
    #[must_use]
    pub fn is_content(&self) -> bool {
        self.0.contains('\n') || self.0.contains("-----BEGIN") || self.0.trim_start().starts_with('{')
    }

    fn shown(&self) -> &str {
        if self.is_content() { HIDDEN } else { &self.0 }
    }
}

impl fmt::Debug for FileOrContent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.shown())
    }
}

impl Serialize for FileOrContent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

/// What is printed in place of a secret, as Traefik does in its own dumps.
const HIDDEN: &str = "xxxx";
