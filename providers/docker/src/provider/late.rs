//! Containers of which an engine did not say in time what they are, and when to ask again.
//!
//! Invariant: one such container costs its own news, and others the time of few questions.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use windrose_providers_core::Backoff;

/// By identity.
#[derive(Default)]
pub(super) struct Late(BTreeMap<String, Waiting>);

struct Waiting {
    due: Instant,
    backoff: Backoff,
}

impl Late {
    /// The engine took longer than `limit` for one.
    pub(super) fn insert(&mut self, id: &str, limit: Duration) {
        let now = Instant::now();
        let fresh = || Waiting { due: now, backoff: Backoff::new(limit, LONGEST.max(limit)) };
        let waiting = self.0.entry(id.to_owned()).or_insert_with(fresh);
        waiting.due = now + waiting.backoff.next(Duration::ZERO);
    }

    /// One was looked at, or is there no more.
    pub(super) fn remove(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// Whether it is too early to ask again.
    pub(super) fn holds(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(|waiting| waiting.due > Instant::now())
    }

    /// When to ask again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.values().map(|waiting| waiting.due).min()
    }

    /// The one to ask about first.
    pub(super) fn first(&self) -> Option<String> {
        self.0.iter().min_by_key(|(_, waiting)| waiting.due).map(|(id, _)| id.clone())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What to tell people; nothing where all is well.
    pub(super) fn trouble(&self) -> Option<String> {
        let (first, _) = self.0.first_key_value()?;
        let others = match self.0.len() - 1 {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        Some(format!(
            "the Docker engine does not say in time what container {first}{others} is; what is known of it stays, and it is asked again"
        ))
    }
}

/// The longest wait until an engine is asked about a container again.
const LONGEST: Duration = Duration::from_secs(300);
