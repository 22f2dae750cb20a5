//! What a provider has said so far, kept over its runs.
//!
//! Invariant: nothing is said twice in a row, also after an outage; and where the source is away from the beginning, that
//! there is nothing is said once, so that the gateway need not wait for it.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use windrose_config::DynamicConfig;

use crate::updates::Updates;

/// Publishes for all runs of one provider.
#[derive(Debug, Clone, Default)]
pub struct Said(Arc<Mutex<Option<DynamicConfig>>>);

impl Said {
    /// Publishes what the source says, unless it has said the same before. What is written as before stays the same
    /// object. The source counts as reached either way.
    pub fn publish(&self, out: &Updates, mut config: DynamicConfig) {
        let mut last = self.last();
        if let Some(before) = &*last {
            config.reuse_unchanged(before);
        }
        if last.as_ref() == Some(&config) {
            return out.reached();
        }
        *last = Some(config.clone());
        drop(last);
        out.publish(config);
    }

    /// Says that there is nothing, if nobody has said anything yet. The source does not count as reached.
    pub fn say_something(&self, out: &Updates) {
        let mut last = self.last();
        if last.is_none() {
            *last = Some(DynamicConfig::default());
            drop(last);
            out.publish_unreached(DynamicConfig::default());
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<DynamicConfig>> {
        // It is set whole, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
