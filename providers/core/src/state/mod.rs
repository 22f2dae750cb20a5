//! How it stands with the source of each provider, for people who look.
//!
//! Written by [`crate::Updates`] when a source was reached and by the supervisor when a run failed; read by whoever shows
//! it. Decides nothing.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// How it stands with a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing was heard of it yet.
    Waiting,
    /// It was reached, and nothing has failed since.
    Reached,
    /// It could not be reached or read. What it said before stays in force.
    Failing {
        /// Why, as of the latest failure.
        error: String,
        /// Since when.
        since: SystemTime,
    },
    /// It is not looked at any more: there is nothing to follow, or it failed in a way that stays.
    Ended {
        /// Why, where it failed.
        error: Option<String>,
    },
}

/// The states of all providers, by name.
#[derive(Debug, Clone, Default)]
pub struct States(Arc<Mutex<BTreeMap<Arc<str>, State>>>);

impl States {
    /// All of them at this moment.
    #[must_use]
    pub fn all(&self) -> BTreeMap<Arc<str>, State> {
        self.lock().clone()
    }

    pub(crate) fn begin(&self, provider: &Arc<str>) {
        self.lock().entry(Arc::clone(provider)).or_insert(State::Waiting);
    }

    pub(crate) fn reached(&self, provider: &Arc<str>) {
        self.lock().insert(Arc::clone(provider), State::Reached);
    }

    pub(crate) fn failed(&self, provider: &Arc<str>, error: String) {
        let mut states = self.lock();
        let since = match states.get(provider) {
            Some(State::Failing { since, .. }) => *since,
            _ => SystemTime::now(),
        };
        states.insert(Arc::clone(provider), State::Failing { error, since });
    }

    pub(crate) fn ended(&self, provider: &Arc<str>, error: Option<String>) {
        self.lock().insert(Arc::clone(provider), State::Ended { error });
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, State>> {
        // Every entry is set whole, so a panic elsewhere does not spoil them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
