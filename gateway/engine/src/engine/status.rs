//! What can be seen of a running engine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::watch;

use crate::drain::{Stage, Stages};
use crate::worker::{Spoken, Told};

/// Numbers the workers leave for whoever asks.
#[derive(Debug)]
pub struct Status {
    stages: watch::Receiver<Stages>,
    workers: Box<[Numbers]>,
    names: Vec<Arc<str>>,
    addresses: Vec<(Arc<str>, SocketAddr)>,
}

/// Those of one worker.
#[derive(Debug, Default)]
struct Numbers {
    open: AtomicUsize,
    tasks: AtomicUsize,
    unusable_names: AtomicU64,
    /// For each entry point, by what they speak.
    spoken: Box<[[AtomicUsize; 4]]>,
}

impl Status {
    pub(super) fn new(
        stages: watch::Receiver<Stages>,
        workers: usize,
        names: Vec<Arc<str>>,
        addresses: Vec<(Arc<str>, SocketAddr)>,
    ) -> Self {
        let numbers =
            |_| Numbers { spoken: names.iter().map(|_| Default::default()).collect(), ..Numbers::default() };
        let workers = (0..workers).map(numbers).collect();
        Self { stages, workers, names, addresses }
    }

    /// How far stopping has come: as far as the entry point that has come least far.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stages.borrow().overall()
    }

    /// How far the stopping of an entry point has come; `None` when there is none of this name.
    #[must_use]
    pub fn stage_of(&self, entry_point: &str) -> Option<Stage> {
        let entry = self.names.iter().position(|name| **name == *entry_point)?;
        Some(self.stages.borrow().of(entry))
    }

    /// Open client connections, as of the workers' last tick.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.workers.iter().map(|worker| worker.open.load(Ordering::Relaxed)).sum()
    }

    /// What each worker told at its last tick.
    #[must_use]
    pub fn workers(&self) -> Vec<Told<'static>> {
        let told = |worker: &Numbers| Told {
            open: worker.open.load(Ordering::Relaxed),
            tasks: worker.tasks.load(Ordering::Relaxed),
            unusable_names: worker.unusable_names.load(Ordering::Relaxed),
            spoken: &[],
        };
        self.workers.iter().map(told).collect()
    }

    /// Open client connections of each entry point by what they speak, as of the workers' last tick.
    pub fn spoken(&self) -> impl Iterator<Item = (&Arc<str>, Spoken)> {
        self.names.iter().enumerate().map(|(entry, name)| {
            let mut sum = Spoken::default();
            for counts in self.workers.iter().filter_map(|worker| worker.spoken.get(entry)) {
                for (sum, count) in sum.iter_mut().zip(counts) {
                    *sum += count.load(Ordering::Relaxed);
                }
            }
            (name, sum)
        })
    }

    /// Handshakes refused so far because the client asked for something no host is called, as of the workers' last
    /// tick.
    #[must_use]
    pub fn unusable_names(&self) -> u64 {
        self.workers.iter().map(|worker| worker.unusable_names.load(Ordering::Relaxed)).sum()
    }

    /// Where the entry points listen; one may listen in several places.
    #[must_use]
    pub fn addresses(&self) -> &[(Arc<str>, SocketAddr)] {
        &self.addresses
    }

    pub(super) fn entries(&self) -> usize {
        self.names.len()
    }

    pub(super) fn name(&self, entry: usize) -> Option<&str> {
        self.names.get(entry).map(AsRef::as_ref)
    }

    /// Takes down what a worker tells.
    pub(super) fn note(&self, worker: usize, told: Told<'_>) {
        if let Some(of) = self.workers.get(worker) {
            of.open.store(told.open, Ordering::Relaxed);
            of.tasks.store(told.tasks, Ordering::Relaxed);
            of.unusable_names.store(told.unusable_names, Ordering::Relaxed);
            for (kept, told) in of.spoken.iter().zip(told.spoken) {
                for (kept, told) in kept.iter().zip(told.get()) {
                    kept.store(told, Ordering::Relaxed);
                }
            }
        }
    }
}
