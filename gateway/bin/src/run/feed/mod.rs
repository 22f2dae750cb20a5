//! From the providers to the reload task, noticing when every provider was heard and what has taken effect.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;
use windrose_admin::Heard;
use windrose_config::{DynamicConfig, Update};
use windrose_engine::merge::INTERNAL;
use windrose_engine::reload::Published;
use windrose_providers_core::UpdatesReceiver;

/// Feeds the reload task.
pub(super) struct Feed {
    updates: UpdatesReceiver,
    missing: HashSet<Arc<str>>,
    complete: watch::Sender<bool>,
    shown: Arc<ArcSwap<Vec<Heard>>>,
    applied: Applied,
}

/// Knows whether the first configuration of every provider is in force.
pub(super) struct First(watch::Receiver<bool>);

impl Feed {
    /// Hands on `updates`, and waits for these providers to be heard; which of them were is told in `shown`.
    pub(super) fn new(
        updates: UpdatesReceiver,
        expected: Vec<Arc<str>>,
        published: Arc<ArcSwap<Published>>,
        shown: Arc<ArcSwap<Vec<Heard>>>,
    ) -> (Self, First) {
        let awaited =
            expected.iter().map(|provider| Heard { provider: Arc::clone(provider), in_force: false });
        shown.store(Arc::new(awaited.collect()));
        let (complete, first) = watch::channel(false);
        let applied = Applied { published, told: HashMap::new() };
        (Self { updates, missing: expected.into_iter().collect(), complete, shown, applied }, First(first))
    }
}

impl windrose_engine::reload::Feed for Feed {
    async fn changed(&mut self) -> Option<Vec<Update>> {
        self.applied.tell();
        // Asking for more means that what was handed over has taken effect.
        self.show();
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

impl Feed {
    /// Shows which providers have taken effect, if that has changed.
    fn show(&self) {
        let now =
            |heard: &Heard| Heard { in_force: !self.missing.contains(&heard.provider), ..heard.clone() };
        let before = self.shown.load();
        let now: Vec<Heard> = before.iter().map(now).collect();
        if **before != now {
            self.shown.store(Arc::new(now));
        }
    }
}

/// Tells the log which changes were taken over.
struct Applied {
    published: Arc<ArcSwap<Published>>,
    /// What was in force of each provider.
    told: HashMap<Arc<str>, Arc<DynamicConfig>>,
}

impl Applied {
    /// Tells what is in force and was not before.
    fn tell(&mut self) {
        let published = self.published.load();
        for part in published.merged.parts.iter().filter(|part| &*part.provider != INTERNAL) {
            let before = self.told.insert(Arc::clone(&part.provider), Arc::clone(&part.config));
            if before.is_some_and(|before| Arc::ptr_eq(&before, &part.config)) {
                continue;
            }
            let http = &part.config.http;
            tracing::info!(
                providerName = %part.provider,
                generation = published.generation,
                routers = http.routers.len(),
                services = http.services.len(),
                middlewares = http.middlewares.len(),
                problems = published.report.problems().len(),
                "configuration applied"
            );
        }
    }
}

impl First {
    /// Waits until every provider was heard, or none will be any more.
    pub(super) async fn heard(&mut self) {
        let _ = self.0.wait_for(|complete| *complete).await;
    }
}
