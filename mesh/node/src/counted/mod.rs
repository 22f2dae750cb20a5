//! What passes through a node, counted.
//!
//! Owns the cells of all workers and the slices of time that are cut from them. A worker counts in cells of its own
//! and asks nobody; whoever cuts a slice adds up what is new in all of them. What a worker has no room to tell apart goes
//! into one cell that says so. Must not know who is told.

mod cells;
mod heard;
mod outcome;
mod slices;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use windrose_http::course::Observe;
use windrose_mesh_topology::Subjects;
use windrose_mesh_traffic::Report;

use cells::{Own, Table};
use heard::Ear;
use slices::Slices;

/// What a node counts. All copies are one.
#[derive(Debug, Clone, Default)]
pub struct Counted(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Those of each worker.
    tables: Mutex<Vec<Arc<Table>>>,
    /// What the names of routers and services stand for.
    subjects: ArcSwap<Subjects>,
    slices: Mutex<Slices>,
}

/// What was counted since the start, for whoever asks for metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// What was denied, by Service and by what refused it.
    pub denied: BTreeMap<(Arc<str>, Arc<str>), u64>,
    /// Requests and connections that there was no room to tell apart.
    pub untold: u64,
}

impl Counted {
    /// Hears of the exchanges of one worker, beside those who do anyway.
    #[must_use]
    pub fn ear(&self, others: Option<Rc<dyn Observe>>) -> Rc<dyn Observe> {
        let table = Arc::<Table>::default();
        self.tables().push(Arc::clone(&table));
        Rc::new(Ear { own: Rc::new(Own::new(table)), shared: Arc::clone(&self.0), others })
    }

    /// What was counted since the start, up to the last slice.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.slices().totals.clone()
    }

    /// What names stand for from now on.
    pub(crate) fn name(&self, subjects: Subjects) {
        self.0.subjects.store(Arc::new(subjects));
    }

    /// Ends a slice: what was counted since the last one is its.
    pub(crate) fn cut(&self, number: u64) {
        let tables = self.tables().clone();
        let subjects = self.0.subjects.load_full();
        self.slices().cut(number, &tables, subjects);
    }

    /// The slices after one that somebody has; all that are kept where nobody has any.
    pub(crate) fn after(&self, last: Option<u64>) -> Report {
        let slices = self.slices();
        Report { run: Arc::clone(&slices.run), slices: slices.after(last) }
    }

    /// The last slice that was cut.
    pub(crate) fn last(&self) -> Option<u64> {
        self.slices().last()
    }

    fn tables(&self) -> MutexGuard<'_, Vec<Arc<Table>>> {
        self.0.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slices(&self) -> MutexGuard<'_, Slices> {
        self.0.slices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
