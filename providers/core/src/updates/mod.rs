//! How configuration travels from providers to the engine, one slot per provider and not a queue, and what the engine
//! found in it back.
//!
//! Owns the slots. Invariant: what the receiver gets is the newest that each provider has published, each once,
//! and memory does not grow with the number of publications.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use windrose_config::{DynamicConfig, Problem, Update};

use crate::state::States;

/// Makes the publishing side for each provider.
#[derive(Debug, Clone)]
pub struct Publishers {
    sender: Sender,
    states: States,
}

/// Publishes for one provider.
#[derive(Debug, Clone)]
pub struct Updates {
    provider: Arc<str>,
    sender: Sender,
    states: States,
}

/// What was found in all that is in force.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// What is in force of each provider.
    pub in_force: Vec<(Arc<str>, Arc<DynamicConfig>)>,
    /// What is wrong, whoever published it.
    pub problems: Arc<[Problem]>,
}

impl Findings {
    /// Whether this is what is in force of a provider.
    #[must_use]
    pub fn are_of(&self, provider: &str, config: &Arc<DynamicConfig>) -> bool {
        self.in_force.iter().any(|(name, in_force)| **name == *provider && Arc::ptr_eq(in_force, config))
    }
}

/// Receives what all providers publish.
#[derive(Debug)]
pub struct UpdatesReceiver(Arc<Shared>);

impl Publishers {
    /// Empty slots, and their receiving side.
    #[must_use]
    pub fn new() -> (Self, UpdatesReceiver) {
        let shared = Arc::new(Shared {
            slots: Mutex::new(Slots { pending: Vec::new(), senders: 1 }),
            news: Notify::new(),
            findings: watch::Sender::new(Findings::default()),
        });
        (Self { sender: Sender(shared.clone()), states: States::default() }, UpdatesReceiver(shared))
    }

    /// The publishing side for this provider.
    #[must_use]
    pub fn provider(&self, name: impl Into<Arc<str>>) -> Updates {
        let provider = name.into();
        self.states.begin(&provider);
        Updates { provider, sender: self.sender.clone(), states: self.states.clone() }
    }

    /// How it stands with the sources of all providers.
    #[must_use]
    pub fn states(&self) -> States {
        self.states.clone()
    }
}

impl Updates {
    /// Publishes all that the provider declares now; what it published before and nobody has read yet is dropped.
    pub fn publish(&self, config: impl Into<Arc<DynamicConfig>>) {
        self.reached();
        self.publish_unreached(config);
    }

    /// What was found in all that is in force, now and after every change.
    #[must_use]
    pub fn findings(&self) -> watch::Receiver<Findings> {
        self.sender.0.findings.subscribe()
    }

    /// Notes that the source was reached, whether or not it says anything new.
    pub fn reached(&self) {
        self.states.reached(&self.provider);
    }

    /// Notes that the source could not be reached or read.
    pub fn failed(&self, error: impl Into<String>) {
        self.states.failed(&self.provider, error.into());
    }

    pub(crate) fn ended(&self, error: Option<String>) {
        self.states.ended(&self.provider, error);
    }

    /// Publishes in place of a source that was not reached.
    pub(crate) fn publish_unreached(&self, config: impl Into<Arc<DynamicConfig>>) {
        let update = Update { provider: self.provider.clone(), config: config.into() };
        let replaced = {
            let mut slots = self.sender.0.slots();
            match slots.pending.iter_mut().find(|pending| pending.provider == update.provider) {
                Some(pending) => Some(std::mem::replace(pending, update)),
                None => {
                    slots.pending.push(update);
                    None
                }
            }
        };
        self.sender.0.news.notify_one();
        // A large configuration is freed outside the lock.
        drop(replaced);
    }

    /// The provider that this publishes for.
    #[must_use]
    pub fn provider(&self) -> &Arc<str> {
        &self.provider
    }
}

impl UpdatesReceiver {
    /// Waits for news, and yields the newest configuration of each provider that has published since.
    ///
    /// Nothing means that no provider is left to publish. Dropping the future loses no update.
    pub async fn changed(&mut self) -> Option<Vec<Update>> {
        loop {
            {
                let mut slots = self.0.slots();
                if !slots.pending.is_empty() {
                    return Some(std::mem::take(&mut slots.pending));
                }
                if slots.senders == 0 {
                    return None;
                }
            }
            // A notice given between the look and here is kept for us.
            self.0.news.notified().await;
        }
    }

    /// Tells every provider what was found in all that is in force.
    pub fn tell(&self, findings: Findings) {
        self.0.findings.send_replace(findings);
    }
}

#[derive(Debug)]
struct Shared {
    slots: Mutex<Slots>,
    news: Notify,
    findings: watch::Sender<Findings>,
}

#[derive(Debug)]
struct Slots {
    /// At most one entry per provider, in the order of their first unread publication.
    pending: Vec<Update>,
    senders: usize,
}

impl Shared {
    fn slots(&self) -> MutexGuard<'_, Slots> {
        // The slots are valid after every statement, so a panic elsewhere does not spoil them.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts who may still publish.
#[derive(Debug)]
struct Sender(Arc<Shared>);

impl Clone for Sender {
    fn clone(&self) -> Self {
        self.0.slots().senders += 1;
        Self(self.0.clone())
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.slots().senders -= 1;
        self.0.news.notify_one();
    }
}
