//! Asking servers from time to time whether they are well.
//!
//! A [`Check`] is one opinion: of one server, asked in one way, however many services want it. [`Checks`] finds the one
//! that is there; who starts it ([`Check::start`]) gets a task that ends when nobody holds the check any more. A server is
//! well until it was asked; one bad answer is enough, and so is one good.

use std::hash::BuildHasher;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use tokio::sync::Notify;
use windrose_http::Failure;

use super::vital::{Vital, Watch};
use crate::endpoint::{Endpoint, Scheme};
use crate::pool::Local;

mod ask;
mod grpc;
mod probe;

pub use probe::{Mode, Probe, ProbeError, Redirects};

/// One opinion of one server.
#[derive(Debug)]
pub struct Check {
    of: Arc<Endpoint>,
    /// Where and how it is asked.
    to: Arc<Endpoint>,
    probe: Arc<Probe>,
    vital: Arc<Vital>,
    /// Those who forgive the server when it says that it is well.
    recovers: Recovers,
    is_started: AtomicBool,
    gone: Arc<Notify>,
}

#[derive(Default)]
struct Recovers(Mutex<Vec<Weak<dyn Watch>>>);

/// The checks that somebody holds, by server and way of asking.
#[derive(Default)]
pub struct Checks {
    known: Mutex<HashTable<(u64, Weak<Check>)>>,
    state: RandomState,
}

/// Why a server is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Sick {
    /// It gave no answer.
    #[error("{0}")]
    Failed(Failure),
    /// It was not quick enough.
    #[error("it did not answer in time")]
    TimedOut,
    /// It gave another answer than it should.
    #[error("it answered with status {0}")]
    Status(u16),
    /// It sent us around.
    #[error("it redirects too often")]
    Redirects,
    /// It led to what cannot be asked for.
    #[error("it redirects to what cannot be asked for")]
    Target,
    /// Its answer makes no sense.
    #[error("its answer is not that of a health service")]
    Answer,
    /// It says that it is not.
    #[error("it says that it does not serve")]
    NotServing,
    /// It has no health service.
    #[error("it has no health service of gRPC")]
    Unimplemented,
}

impl Checks {
    /// The check of this server in this way: the one that is there, else a new one, which nobody has started.
    #[must_use]
    pub fn check(&self, of: &Arc<Endpoint>, probe: &Arc<Probe>) -> Arc<Check> {
        let mut known = self.known();
        let hash = self.state.hash_one((of.id(), &**probe));
        let is_it = |check: &Check| Arc::ptr_eq(&check.of, of) && check.probe == *probe;
        let is_known = |(_, check): &(u64, Weak<Check>)| check.upgrade().is_some_and(|check| is_it(&check));
        if let Some(found) = known.find(hash, is_known).and_then(|(_, check)| check.upgrade()) {
            return found;
        }
        if known.len() == known.capacity() {
            known.retain(|(_, check)| check.strong_count() > 0);
        }
        let made = Arc::new(Check::new(of, probe));
        known.insert_unique(hash, (hash, Arc::downgrade(&made)), |(hash, _)| *hash);
        made
    }

    /// All that somebody holds.
    #[must_use]
    pub fn held(&self) -> Vec<Arc<Check>> {
        self.known().iter().filter_map(|(_, check)| check.upgrade()).collect()
    }

    fn known(&self) -> MutexGuard<'_, HashTable<(u64, Weak<Check>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Check {
    fn new(of: &Arc<Endpoint>, probe: &Arc<Probe>) -> Self {
        // gRPC is asked without TLS unless somebody says https (traefik: never with).
        let scheme = match (probe.mode, probe.scheme) {
            (Mode::Grpc, Some(Scheme::Https)) => Some(Scheme::Https),
            (Mode::Grpc, _) => Some(Scheme::H2c),
            (Mode::Http, scheme) => scheme,
        };
        Self {
            of: Arc::clone(of),
            to: Arc::new(of.elsewhere(scheme, probe.port)),
            probe: Arc::clone(probe),
            vital: Vital::new(),
            recovers: Recovers::default(),
            is_started: AtomicBool::new(false),
            gone: Arc::default(),
        }
    }

    /// The server.
    #[must_use]
    pub const fn server(&self) -> &Arc<Endpoint> {
        &self.of
    }

    /// What is thought of it.
    #[must_use]
    pub const fn vital(&self) -> &Arc<Vital> {
        &self.vital
    }

    /// Tells somebody of every good answer, for as long as they are there.
    pub(crate) fn recovers(&self, watcher: Weak<dyn Watch>) {
        let mut watchers = self.recovers.lock();
        watchers.retain(|watcher| watcher.strong_count() > 0);
        watchers.push(watcher);
    }

    /// The task that asks the server, for whoever comes first; nothing when it runs already.
    #[must_use]
    pub fn start(self: &Arc<Self>) -> Option<Asking> {
        let is_first = !self.is_started.swap(true, Ordering::AcqRel);
        is_first.then(|| Asking { check: Arc::downgrade(self), gone: Arc::clone(&self.gone) })
    }

    /// As if it had said that it is well.
    #[cfg(test)]
    pub(crate) fn tell_well(&self) {
        self.tell(Ok(()));
    }

    fn tell(&self, answer: Result<(), Sick>) {
        let is_new = self.vital.tell(answer.is_ok());
        match answer {
            Ok(()) => {
                let watchers: Vec<_> = self.recovers.lock().iter().filter_map(Weak::upgrade).collect();
                watchers.iter().for_each(|watcher| watcher.notice());
                if is_new {
                    tracing::info!(server = %self.of.url, "a server is well again");
                }
            }
            Err(why) if is_new => tracing::warn!(server = %self.of.url, %why, "a server is not well"),
            Err(why) => tracing::debug!(server = %self.of.url, %why, "a server is still not well"),
        }
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        self.gone.notify_one();
    }
}

/// The task of one check. Can be moved to the thread that runs it; there it stays.
pub struct Asking {
    check: Weak<Check>,
    gone: Arc<Notify>,
}

impl Asking {
    /// Asks until nobody holds the check any more. The first question is asked after one interval (traefik: the same).
    /// Connections are kept in `local`, which may be shared with other tasks of this thread.
    pub async fn run(self, local: Rc<Local>) {
        let gone = Arc::clone(&self.gone);
        tokio::select! {
            () = gone.notified() => {}
            () = self.ask(&local) => {}
        }
    }

    async fn ask(self, local: &Rc<Local>) {
        let Some(wait) = self.check.upgrade().map(|check| check.probe.interval) else { return };
        let mut next = tokio::time::Instant::now() + wait;
        loop {
            tokio::time::sleep_until(next).await;
            let Some((to, probe)) =
                self.check.upgrade().map(|check| (Arc::clone(&check.to), Arc::clone(&check.probe)))
            else {
                return;
            };
            let answer = tokio::time::timeout(probe.timeout, ask::ask(&to, &probe, local)).await;
            local.tidy(Instant::now());
            let Some(check) = self.check.upgrade() else { return };
            check.tell(answer.unwrap_or(Err(Sick::TimedOut)));
            let wait = if check.vital.is_up() { probe.interval } else { probe.unhealthy_interval };
            // Not at once when an answer took longer than the interval.
            next = (next + wait).max(tokio::time::Instant::now());
        }
    }
}

impl Recovers {
    fn lock(&self) -> MutexGuard<'_, Vec<Weak<dyn Watch>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Recovers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Recovers").field(&self.lock().len()).finish()
    }
}

impl std::fmt::Debug for Checks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checks").field("known", &self.known().len()).finish()
    }
}

#[cfg(test)]
mod tests;
