//! Updates that wait for their turn.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use windrose_config::Update;

/// The newest word of each provider, and when it may be heard.
pub(super) struct Pending {
    /// The written pause after an update.
    throttle: Option<Duration>,
    waiting: BTreeMap<Arc<str>, Update>,
    /// When each provider may be heard again.
    free_at: BTreeMap<Arc<str>, Instant>,
}

impl Pending {
    pub(super) fn new(throttle: Option<Duration>) -> Self {
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
            free_at.insert(Arc::clone(provider), now + throttle.unwrap_or_default());
        }
        ready.into_values().collect()
    }

    /// What these providers said took so long to put in force. Unless a pause is written, they rest so long that a storm
    /// of changes costs a fifth of a core.
    pub(super) fn rest(&mut self, heard: &[Arc<str>], took: Duration, now: Instant) {
        if self.throttle.is_none() {
            let free_at = now + (took * 4).min(LONGEST);
            self.free_at.extend(heard.iter().map(|provider| (Arc::clone(provider), free_at)));
        }
    }
}

/// The longest pause that nobody asked for. traefik: the pause.
const LONGEST: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::Instant;
    use windrose_config::{DynamicConfig, Update};

    use super::Pending;

    fn update() -> Vec<Update> {
        vec![Update { provider: "file".into(), config: Arc::new(DynamicConfig::default()) }]
    }

    /// How long a second update waits after a first one that took so long.
    fn pause(throttle: Option<Duration>, took: Duration) -> Duration {
        let mut pending = Pending::new(throttle);
        let start = Instant::now();
        pending.add(update(), start);
        assert_eq!(pending.take(start).len(), 1, "the first is heard at once");
        let end = start + took;
        pending.rest(&["file".into()], took, end);
        pending.add(update(), end);
        let due = pending.due().unwrap();
        let early = due.checked_sub(Duration::from_nanos(1)).filter(|early| *early > end);
        assert!(early.is_none_or(|early| pending.take(early).is_empty()));
        assert_eq!(pending.take(due.max(end)).len(), 1);
        due - start
    }

    #[test]
    fn an_update_waits_as_long_as_is_written() {
        assert_eq!(pause(Some(Duration::from_secs(3)), Duration::from_millis(10)), Duration::from_secs(3));
        assert_eq!(pause(Some(Duration::ZERO), Duration::from_millis(10)), Duration::ZERO);
    }

    #[test]
    fn without_a_written_pause_the_cost_decides() {
        assert_eq!(pause(None, Duration::ZERO), Duration::ZERO);
        assert_eq!(pause(None, Duration::from_millis(10)), Duration::from_millis(50));
        assert_eq!(
            pause(None, Duration::from_secs(1)),
            Duration::from_secs(3),
            "four times, at most two seconds"
        );
    }
}
