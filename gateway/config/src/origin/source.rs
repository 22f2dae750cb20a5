//! The things configuration is read from, as people name them.

use std::fmt;
use std::sync::Arc;

use super::Mark;

/// One thing that configuration was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, by the path given.
    File(Arc<str>),
    /// The command line: the flags in order, each with its dashes and without its value.
    Flags(Box<[Box<str>]>),
    /// The environment: the names of the variables, in the order in which they were read.
    Environment(Box<[Box<str>]>),
    /// The labels (or tags) of one thing that a provider found.
    Labels {
        /// The thing that carries them, as people know it: `container web-1`.
        owner: Box<str>,
        /// The names of the labels, in the order in which they were read.
        names: Box<[Box<str>]>,
    },
    /// The keys of a store.
    Keys {
        /// The store, as people know it: `redis`.
        store: Box<str>,
        /// The whole keys, in the order in which they were read.
        names: Box<[Box<str>]>,
    },
    /// Anything else, by a description: `the answer of http://…`, `internal`.
    Other(Arc<str>),
}

impl Source {
    /// A file source.
    #[must_use]
    pub fn file(path: &str) -> Arc<Self> {
        Arc::new(Self::File(path.into()))
    }

    /// A source known by a description only.
    #[must_use]
    pub fn other(description: &str) -> Arc<Self> {
        Arc::new(Self::Other(description.into()))
    }

    /// Text for people that names a place inside this source.
    #[must_use]
    pub fn place(&self, mark: Mark) -> Place<'_> {
        Place { source: self, mark }
    }

    /// Whether marks are lines and columns of a text that could be shown.
    #[must_use]
    pub fn has_lines(&self) -> bool {
        matches!(self, Self::File(_) | Self::Other(_))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => formatter.write_str(path),
            Self::Flags(_) => formatter.write_str("command line"),
            Self::Environment(_) => formatter.write_str("environment"),
            Self::Labels { owner, .. } => write!(formatter, "labels of {owner}"),
            Self::Keys { store, .. } => formatter.write_str(store),
            Self::Other(description) => formatter.write_str(description),
        }
    }
}

/// A place inside a source, printed for people.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    source: &'a Source,
    mark: Mark,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mark { line, column } = self.mark;
        if line == 0 {
            return self.source.fmt(formatter);
        }
        match self.source {
            Source::File(_) | Source::Other(_) => write!(formatter, "{}:{line}:{column}", self.source),
            Source::Flags(names) | Source::Environment(names) => match nth(names, line) {
                Some(name) => formatter.write_str(name),
                None => self.source.fmt(formatter),
            },
            Source::Labels { names, .. } | Source::Keys { names, .. } => match nth(names, line) {
                Some(name) => write!(formatter, "{}: {name}", self.source),
                None => self.source.fmt(formatter),
            },
        }
    }
}

fn nth(names: &[Box<str>], line: u32) -> Option<&str> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    names.get(index).map(AsRef::as_ref)
}
