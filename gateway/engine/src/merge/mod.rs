//! The newest configuration of every provider, seen as one.
//!
//! Nothing is copied: a [`Merged`] holds what providers handed over, and answers what a name means. A reference
//! without `@` means the author's own provider; a name is known everywhere as `name@provider`.
//! Must not know what objects do.

mod entry_points;
mod internal;
mod resolve;
mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;

use windrose_config::{DynamicConfig, StaticConfig, Update};

pub use entry_points::{Model, Place, effective};
pub use internal::{INTERNAL, internal};
pub use resolve::{At, qualified};
pub(crate) use tls::DEFAULT;
pub use tls::TlsChoice;

/// The newest configuration of each provider, by its name.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    newest: BTreeMap<Arc<str>, Arc<DynamicConfig>>,
}

impl Sources {
    /// No provider has spoken.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a provider's new configuration, and gives the one it replaces.
    pub fn take(&mut self, update: Update) -> Option<Arc<DynamicConfig>> {
        self.newest.insert(update.provider, update.config)
    }

    /// Whether this provider has spoken.
    #[must_use]
    pub fn knows(&self, provider: &str) -> bool {
        self.newest.contains_key(provider)
    }
}

/// Everything that is written, of all providers.
#[derive(Clone, Debug)]
pub struct Merged {
    /// What was decided at start.
    pub settings: Arc<StaticConfig>,
    /// The entry points, in order.
    pub places: Arc<[Place]>,
    /// One for each provider, sorted by name.
    pub parts: Box<[Part]>,
}

/// What one provider declares.
#[derive(Clone, Debug)]
pub struct Part {
    /// The provider.
    pub provider: Arc<str>,
    /// All that it declares.
    pub config: Arc<DynamicConfig>,
}

/// Puts the newest configurations together.
#[must_use]
pub fn merge(settings: &Arc<StaticConfig>, places: &Arc<[Place]>, sources: &Sources) -> Merged {
    let parts = sources.newest.iter();
    Merged {
        settings: Arc::clone(settings),
        places: Arc::clone(places),
        parts: parts
            .map(|(name, config)| Part { provider: Arc::clone(name), config: Arc::clone(config) })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
