//! From the providers to the reload task, noticing when every provider was heard.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::watch;
use windrose_config::Update;
use windrose_providers_core::UpdatesReceiver;

/// Feeds the reload task.
pub(super) struct Feed {
    updates: UpdatesReceiver,
    missing: HashSet<Arc<str>>,
    complete: watch::Sender<bool>,
}

/// Knows whether the first configuration of every provider is in force.
pub(super) struct First(watch::Receiver<bool>);

impl Feed {
    /// Hands on `updates`, and waits for these providers to be heard.
    pub(super) fn new(updates: UpdatesReceiver, expected: Vec<Arc<str>>) -> (Self, First) {
        let (complete, first) = watch::channel(false);
        (Self { updates, missing: expected.into_iter().collect(), complete }, First(first))
    }
}

impl windrose_engine::reload::Feed for Feed {
    async fn changed(&mut self) -> Option<Vec<Update>> {
        // Asking for more means that what was handed over has taken effect.
        if self.missing.is_empty() {
            self.complete.send_if_modified(|complete| !std::mem::replace(complete, true));
        }
        let updates = self.updates.changed().await?;
        for update in &updates {
            self.missing.remove(&update.provider);
        }
        Some(updates)
    }
}

impl First {
    /// Waits until every provider was heard, or none will be any more.
    pub(super) async fn heard(&mut self) {
        let _ = self.0.wait_for(|complete| *complete).await;
    }
}
