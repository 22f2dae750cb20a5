//! What is wrong with objects, as something to tell their owners.

use std::fmt;

use crate::facts::Key;

/// Something that is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// What it is wrong with.
    pub object: Object,
    /// What is wrong.
    pub message: String,
}

/// An object of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub key: Key,
}

/// A kind of objects that something can be wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A Service.
    Service,
    /// A `TrafficTarget`.
    TrafficTarget,
    /// A `TrafficSplit`.
    TrafficSplit,
}

impl Problem {
    pub(crate) fn new(kind: Kind, key: &Key, message: impl Into<String>) -> Self {
        Self { object: Object { kind, key: key.clone() }, message: message.into() }
    }
}

impl Kind {
    /// As Kubernetes writes it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::TrafficTarget => "TrafficTarget",
            Self::TrafficSplit => "TrafficSplit",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {}: {}", self.object.kind.text(), self.object.key, self.message)
    }
}
