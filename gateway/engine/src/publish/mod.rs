//! The one pointer from configuration to traffic.
//!
//! The reload task stores, workers load. A worker compares one number for each request and takes the pointer
//! only when that number has changed. Snapshots that were replaced wait here until nobody uses them, so that
//! the cost of freeing one never falls on a worker.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::snapshot::Snapshot;

/// The snapshot in force.
#[derive(Debug)]
pub struct Current {
    generation: AtomicU64,
    snapshot: ArcSwap<Snapshot>,
    news: watch::Sender<u64>,
    // Touched by the reload task only; a lock because tests publish from anywhere.
    replaced: Mutex<Vec<Arc<Snapshot>>>,
}

impl Current {
    /// Starts with `snapshot`.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            generation: AtomicU64::new(snapshot.generation),
            news: watch::Sender::new(snapshot.generation),
            snapshot: ArcSwap::from_pointee(snapshot),
            replaced: Mutex::default(),
        }
    }

    /// The number of the snapshot in force.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The snapshot in force.
    #[must_use]
    pub fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Puts `snapshot` in force; every request that starts from now on sees it and only it.
    pub fn store(&self, snapshot: Arc<Snapshot>) {
        let generation = snapshot.generation;
        let old = self.snapshot.swap(snapshot);
        self.generation.store(generation, Ordering::Release);
        self.news.send_replace(generation);
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner).push(old);
    }

    /// Tells of every snapshot that is put in force, by its number.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Frees replaced snapshots that nobody uses; gives how many are still in use.
    pub fn collect(&self) -> usize {
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        replaced.retain(|snapshot| Arc::strong_count(snapshot) > 1);
        replaced.len()
    }
}
