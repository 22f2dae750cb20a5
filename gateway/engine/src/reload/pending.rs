//! Updates that wait for their turn.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use windrose_config::Update;

/// The newest word of each provider, and when it may be heard.
pub(super) struct Pending {
    throttle: Duration,
    waiting: BTreeMap<Arc<str>, Update>,
    /// When each provider may be heard again.
    free_at: BTreeMap<Arc<str>, Instant>,
}

impl Pending {
    pub(super) fn new(throttle: Duration) -> Self {
        Self { throttle, waiting: BTreeMap::new(), free_at: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes in news; what the same providers said before is forgotten.
    pub(super) fn add(&mut self, updates: Vec<Update>, now: Instant) {
        for update in updates {
            self.free_at.entry(Arc::clone(&update.provider)).or_insert(now);
            self.waiting.insert(Arc::clone(&update.provider), update);
        }
    }

    /// When the next one may be heard.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.keys().filter_map(|provider| self.free_at.get(provider)).min().copied()
    }

    /// Takes out those that may be heard.
    pub(super) fn take(&mut self, now: Instant) -> Vec<Update> {
        let Self { throttle, waiting, free_at } = self;
        let is_free = |provider: &Arc<str>| free_at.get(provider).is_none_or(|at| *at <= now);
        let (ready, kept): (BTreeMap<_, _>, _) =
            std::mem::take(waiting).into_iter().partition(|(provider, _)| is_free(provider));
        *waiting = kept;
        for provider in ready.keys() {
            free_at.insert(Arc::clone(provider), now + *throttle);
        }
        ready.into_values().collect()
    }
}
