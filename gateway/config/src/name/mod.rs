//! Names of objects across providers: `name@provider`.
//!
//! Owns [`QualifiedName`]. Must not know which objects exist.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

/// A name with the provider that declares it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    /// The name as written, without `@`.
    pub name: Arc<str>,
    /// The provider that declares the object.
    pub provider: Arc<str>,
}

impl QualifiedName {
    /// A name declared by a provider.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, provider: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), provider: provider.into() }
    }

    /// Reads a reference: `name@provider`, or a bare `name`, which means the same provider as the referrer.
    ///
    /// The last `@` separates, as in Traefik.
    #[must_use]
    pub fn parse(reference: &str, referrer: &Arc<str>) -> Self {
        match reference.rsplit_once('@') {
            Some((name, provider)) => Self::new(name, provider),
            None => Self { name: reference.into(), provider: referrer.clone() },
        }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.name, self.provider)
    }
}

impl serde::Serialize for QualifiedName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
