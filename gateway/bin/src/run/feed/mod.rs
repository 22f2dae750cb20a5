//! From the providers to the reload task, noticing when every provider was heard and what has taken effect, which the
//! providers hear.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use tokio::sync::watch;
use windrose_admin::Heard;
use windrose_config::{DynamicConfig, Update};
use windrose_engine::merge::INTERNAL;
use windrose_engine::reload::Published;
use windrose_engine::report::Report;
use windrose_providers_core::{Findings, UpdatesReceiver};

/// Feeds the reload task.
pub(super) struct Feed {
    updates: UpdatesReceiver,
    missing: HashSet<Arc<str>>,
    /// When each provider said something last, and how often it has.
    said: HashMap<Arc<str>, (SystemTime, u64)>,
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
        let awaited = expected.iter().map(|provider| Heard {
            provider: Arc::clone(provider),
            in_force: false,
            updated: None,
            updates: 0,
        });
        shown.store(Arc::new(awaited.collect()));
        let (complete, first) = watch::channel(false);
        let applied = Applied { published, told: HashMap::new(), found: None };
        let (missing, said) = (expected.into_iter().collect(), HashMap::new());
        (Self { updates, missing, said, complete, shown, applied }, First(first))
    }
}

impl windrose_engine::reload::Feed for Feed {
    async fn changed(&mut self) -> Option<Vec<Update>> {
        if let Some(findings) = self.applied.tell() {
            self.updates.tell(findings);
        }
        // Asking for more means that what was handed over has taken effect.
        self.show();
        if self.missing.is_empty() {
            self.complete.send_if_modified(|complete| !std::mem::replace(complete, true));
        }
        let updates = self.updates.changed().await?;
        for update in &updates {
            self.missing.remove(&update.provider);
            let said =
                self.said.entry(Arc::clone(&update.provider)).or_insert_with(|| (SystemTime::now(), 0));
            *said = (SystemTime::now(), said.1 + 1);
        }
        Some(updates)
    }
}

impl Feed {
    /// Shows what has taken effect of each provider, if that has changed.
    fn show(&self) {
        let now = |heard: &Heard| {
            let said = self.said.get(&heard.provider);
            Heard {
                provider: Arc::clone(&heard.provider),
                in_force: !self.missing.contains(&heard.provider),
                updated: said.map(|(at, _)| *at),
                updates: said.map_or(0, |(_, count)| *count),
            }
        };
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
    /// The report that the providers have.
    found: Option<Arc<Report>>,
}

impl Applied {
    /// Tells what is in force and was not before; what the providers have not heard of it.
    fn tell(&mut self) -> Option<Findings> {
        let published = self.published.load();
        let found = self.found.replace(Arc::clone(&published.report));
        let mut is_new = found.is_none_or(|found| !Arc::ptr_eq(&found, &published.report));
        for part in published.merged.parts.iter().filter(|part| &*part.provider != INTERNAL) {
            let before = self.told.insert(Arc::clone(&part.provider), Arc::clone(&part.config));
            if before.is_some_and(|before| Arc::ptr_eq(&before, &part.config)) {
                continue;
            }
            is_new = true;
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
        is_new.then(|| Findings {
            in_force: published
                .merged
                .parts
                .iter()
                .map(|part| (Arc::clone(&part.provider), Arc::clone(&part.config)))
                .collect(),
            problems: Arc::clone(published.report.problems()),
        })
    }
}

impl First {
    /// Waits until every provider was heard, or none will be any more.
    pub(super) async fn heard(&mut self) {
        let _ = self.0.wait_for(|complete| *complete).await;
    }
}
