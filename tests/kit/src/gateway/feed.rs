//! From the test to the reload task, and the news that something is in force back.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot};
use windrose_config::Update;
use windrose_engine::reload::Published;

/// What a test has to say.
pub(super) struct Said {
    update: Update,
    outcome: Option<oneshot::Sender<Outcome>>,
}

/// What was published with an update in it; nothing when compiling failed.
type Outcome = Option<Arc<Published>>;

/// Feeds the reload task.
pub(super) struct Feed {
    said: mpsc::Receiver<Said>,
    published: Arc<ArcSwap<Published>>,
    awaited: Option<Awaited>,
}

/// What was handed over last, and who wants to know what became of it.
struct Awaited {
    before: Arc<Published>,
    outcomes: Vec<oneshot::Sender<Outcome>>,
}

impl Said {
    pub(super) fn awaited(update: Update) -> (Self, oneshot::Receiver<Outcome>) {
        let (sender, outcome) = oneshot::channel();
        (Self { update, outcome: Some(sender) }, outcome)
    }

    pub(super) fn unawaited(update: Update) -> Self {
        Self { update, outcome: None }
    }
}

impl Feed {
    pub(super) fn new(said: mpsc::Receiver<Said>, published: Arc<ArcSwap<Published>>) -> Self {
        Self { said, published, awaited: None }
    }

    /// Being asked for more means that what was handed over before is in force, as nothing is throttled.
    fn tell(&mut self) {
        let Some(Awaited { before, outcomes }) = self.awaited.take() else { return };
        let published = self.published.load_full();
        let outcome = (!Arc::ptr_eq(&before, &published)).then_some(published);
        for waiting in outcomes {
            // A test that has failed meanwhile does not listen any more.
            let _ = waiting.send(outcome.clone());
        }
    }
}

impl windrose_engine::reload::Feed for Feed {
    async fn changed(&mut self) -> Option<Vec<Update>> {
        self.tell();
        let mut next = Some(self.said.recv().await?);
        let mut newest = BTreeMap::new();
        let mut outcomes = Vec::new();
        while let Some(Said { update, outcome }) = next {
            newest.insert(Arc::clone(&update.provider), update);
            outcomes.extend(outcome);
            next = self.said.try_recv().ok();
        }
        self.awaited = Some(Awaited { before: self.published.load_full(), outcomes });
        Some(newest.into_values().collect())
    }
}
