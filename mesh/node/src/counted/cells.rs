//! The cells of one worker.
//!
//! A worker finds its cells without asking anybody; to begin new ones it takes a lock that nobody else holds for longer
//! than copying a list takes. Invariant: there are never more cells than there is room for.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;
use windrose_mesh_traffic::Protocol;
use windrose_mesh_traffic::latency::BUCKETS;
use windrose_mesh_traffic::report::{Figures, MOST_FLOWS};

use super::outcome::Outcome;

/// What is told apart. Names are those of the routing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) client: IpAddr,
    pub(super) route: Arc<str>,
    /// The service whose server was asked, and that server.
    pub(super) server: Option<(Arc<str>, Arc<str>)>,
    pub(super) is_http: bool,
}

/// Numbers that only one worker adds to.
#[derive(Debug)]
pub(super) struct Cells {
    success: AtomicU64,
    failure: AtomicU64,
    denied: AtomicU64,
    latency: [AtomicU64; BUCKETS],
    /// Whether nobody looks here any more.
    is_gone: AtomicBool,
}

/// All cells of one worker, for whoever adds them up.
#[derive(Debug, Default)]
pub(super) struct Table {
    cells: Mutex<Vec<(Arc<Key>, Arc<Cells>)>>,
    /// For what there is no room for.
    pub(super) untold: Cells,
}

/// The same, for the worker.
#[derive(Debug)]
pub(super) struct Own {
    table: Arc<Table>,
    own: RefCell<HashMap<Arc<Key>, Arc<Cells>>>,
}

impl Key {
    pub(super) const fn protocol(&self) -> Protocol {
        if self.is_http { Protocol::Http } else { Protocol::Tcp }
    }
}

impl Own {
    pub(super) fn new(table: Arc<Table>) -> Self {
        Self { table, own: RefCell::default() }
    }

    /// Counts something that is over.
    pub(super) fn count(&self, key: Key, outcome: Outcome) {
        let mut own = self.own.borrow_mut();
        if let Some(cells) = own.get(&key)
            && !cells.is_gone.load(Ordering::Relaxed)
        {
            return cells.add(outcome);
        }
        if own.len() >= MOST_FLOWS {
            own.retain(|_, cells| !cells.is_gone.load(Ordering::Relaxed));
        }
        if own.len() >= MOST_FLOWS && !own.contains_key(&key) {
            return self.table.untold.add(outcome);
        }
        let (key, cells) = (Arc::new(key), Arc::new(Cells::default()));
        cells.add(outcome);
        self.table.lock().push((Arc::clone(&key), Arc::clone(&cells)));
        own.insert(key, cells);
    }
}

impl Table {
    /// All cells that there are.
    pub(super) fn all(&self) -> Vec<(Arc<Key>, Arc<Cells>)> {
        self.lock().clone()
    }

    /// Looks no more at cells that were said to be gone.
    pub(super) fn forget(&self, is_over: impl Fn(&Arc<Cells>) -> bool) {
        self.lock().retain(|(_, cells)| !is_over(cells));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Arc<Key>, Arc<Cells>)>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cells {
    fn add(&self, outcome: Outcome) {
        let add = |cell: &AtomicU64| {
            cell.fetch_add(1, Ordering::Relaxed);
        };
        let latency = match outcome {
            Outcome::Success { bucket } => {
                add(&self.success);
                bucket
            }
            Outcome::Failure { bucket } => {
                add(&self.failure);
                bucket
            }
            Outcome::Denied => {
                add(&self.denied);
                None
            }
        };
        if let Some(cell) = latency.and_then(|bucket| self.latency.get(bucket)) {
            add(cell);
        }
    }

    /// All that was counted so far.
    pub(super) fn read(&self) -> Counts {
        let load = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        Counts {
            success: load(&self.success),
            failure: load(&self.failure),
            denied: load(&self.denied),
            latency: std::array::from_fn(|bucket| self.latency.get(bucket).map_or(0, load)),
        }
    }

    /// Has the worker count elsewhere. What it was about to add is still to be looked for.
    pub(super) fn go(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }
}

impl Default for Cells {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            success: zero(),
            failure: zero(),
            denied: zero(),
            latency: std::array::from_fn(|_| zero()),
            is_gone: AtomicBool::new(false),
        }
    }
}

/// What cells held at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    success: u64,
    failure: u64,
    denied: u64,
    latency: [u64; BUCKETS],
}

impl Default for Counts {
    fn default() -> Self {
        Self { success: 0, failure: 0, denied: 0, latency: [0; BUCKETS] }
    }
}

impl Counts {
    /// What was counted between another moment and this one.
    pub(super) fn since(&self, before: &Self) -> Figures {
        let mut figures = Figures {
            success: self.success.saturating_sub(before.success),
            failure: self.failure.saturating_sub(before.failure),
            denied: self.denied.saturating_sub(before.denied),
            ..Figures::default()
        };
        for (bucket, (now, then)) in self.latency.iter().zip(&before.latency).enumerate() {
            figures.latency.add(bucket, now.saturating_sub(*then));
        }
        figures
    }
}
