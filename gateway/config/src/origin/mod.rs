//! Where a value was written: which source, and the place inside it.
//!
//! Owns [`Source`], [`Mark`], [`Origin`] and the two wrappers that carry them, [`Written`] (a whole object) and
//! [`Located`] (one field that can prove wrong later). Must not know any configuration type.
//! Invariant: a position never takes part in equality, so that an object that merely moved is unchanged.

mod located;
mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use located::LOCATED;
pub use located::Located;
pub use source::{Place, Source};

/// A place inside a source.
///
/// For text, the line and the column of a character, both counted from 1, columns in characters. For flags,
/// environment variables and labels, `line` is the position of the flag, variable or label in its [`Source`],
/// counted from 1. A line of 0 means that the place is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub struct Mark {
    /// The line, or the position in the list, counted from 1; 0 when unknown.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
}

impl Mark {
    /// A mark at this line and column.
    #[must_use]
    pub const fn new(line: u32, column: u32) -> Self {
        Self { line, column }
    }

    /// The mark `characters` further to the right on the same line.
    #[must_use]
    pub const fn offset(self, characters: u32) -> Self {
        Self { line: self.line, column: self.column.saturating_add(characters) }
    }
}

/// A source and a place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, flags, variables or labels.
    pub source: Arc<Source>,
    /// The place inside.
    pub mark: Mark,
}

impl Origin {
    /// An origin at this place.
    #[must_use]
    pub fn new(source: Arc<Source>, mark: Mark) -> Self {
        Self { source, mark }
    }

    /// Text for people: `routes.yaml:12:9`, `--providers.file.filename`, `TRAEFIK_API`.
    #[must_use]
    pub fn place(&self) -> Place<'_> {
        self.source.place(self.mark)
    }

    /// The same source, another place.
    #[must_use]
    pub fn at(&self, mark: Mark) -> Self {
        Self { source: self.source.clone(), mark }
    }
}

/// A value together with the place where it was written. Equality looks at the value only.
#[derive(Debug, Clone)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub origin: Origin,
}

impl<T> Written<T> {
    /// A value written at this place.
    #[must_use]
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

impl<T: PartialEq> PartialEq for Written<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Written<T> {}

impl<T> std::ops::Deref for Written<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: serde::Serialize> serde::Serialize for Written<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}
