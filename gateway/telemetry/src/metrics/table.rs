//! Series of one kind by their labels: those of each worker, and all of them together.
//!
//! A worker finds its own series without asking anybody. Only to begin a new one, and to read all of them, is a lock
//! taken. Invariant: there are never more series than the table has room for.

use std::cell::RefCell;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use hashbrown::{Equivalent, HashMap};

use super::cells::Cells;

/// All series of one kind.
#[derive(Debug)]
pub(crate) struct Table<K> {
    all: Mutex<HashMap<K, Vec<Arc<Cells>>, RandomState>>,
    /// Numbers of each series.
    cells: usize,
    room: usize,
    used: AtomicUsize,
    refused: AtomicU64,
}

/// Those of one worker.
#[derive(Debug)]
pub(crate) struct Own<K> {
    table: Arc<Table<K>>,
    own: RefCell<HashMap<K, Arc<Cells>, RandomState>>,
}

impl<K: Hash + Eq + Clone> Table<K> {
    /// No series yet, room for so many, each of so many numbers.
    pub(super) fn new(cells: usize, room: usize) -> Arc<Self> {
        let (used, refused) = (AtomicUsize::new(0), AtomicU64::new(0));
        Arc::new(Self { all: Mutex::default(), cells, room, used, refused })
    }

    /// A worker's own series.
    pub(super) fn own(self: &Arc<Self>) -> Own<K> {
        Own { table: Arc::clone(self), own: RefCell::default() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// How often something was not counted for want of room.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The sums of all series. Those that are not alive any more are given once more, and then no longer.
    pub(super) fn sums(&self, is_alive: impl Fn(&K) -> bool) -> Vec<(K, Vec<u64>)> {
        let mut all = self.lock();
        let mut sums = Vec::with_capacity(all.len());
        all.retain(|key, of_workers| {
            let mut sum = vec![0; self.cells];
            of_workers.iter().for_each(|cells| cells.sum(&mut sum));
            sums.push((key.clone(), sum));
            let is_alive = is_alive(key);
            if !is_alive {
                of_workers.iter().for_each(|cells| cells.go());
                self.used.fetch_sub(1, Ordering::Relaxed);
            }
            is_alive
        });
        sums
    }

    /// Begins a series of a worker.
    fn begin(&self, key: &K, room: usize) -> Option<Arc<Cells>> {
        if self.len() >= room {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let mut all = self.lock();
        let of_workers = all.entry(key.clone()).or_insert_with(|| {
            self.used.fetch_add(1, Ordering::Relaxed);
            Vec::new()
        });
        let cells = Arc::new(Cells::new(self.cells));
        of_workers.push(Arc::clone(&cells));
        Some(cells)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Vec<Arc<Cells>>, RandomState>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone> Own<K> {
    /// Adds to the series of these labels; says whether there is one. `make` makes the labels of a new one.
    pub(super) fn add(
        &self,
        labels: &(impl Hash + Equivalent<K>),
        make: impl FnOnce() -> K,
        add: impl FnOnce(&Cells),
    ) -> bool {
        self.put(labels, make, add, self.table.room)
    }

    /// The same, however many there are: for labels of which there are few.
    pub(super) fn add_beyond(
        &self,
        labels: &(impl Hash + Equivalent<K>),
        make: impl FnOnce() -> K,
        add: impl FnOnce(&Cells),
    ) -> bool {
        self.put(labels, make, add, usize::MAX)
    }

    fn put(
        &self,
        labels: &(impl Hash + Equivalent<K>),
        make: impl FnOnce() -> K,
        add: impl FnOnce(&Cells),
        room: usize,
    ) -> bool {
        let mut own = self.own.borrow_mut();
        if let Some(cells) = own.get(labels)
            && !cells.is_gone()
        {
            add(cells);
            return true;
        }
        let key = make();
        let Some(cells) = self.table.begin(&key, room) else { return false };
        add(&cells);
        // Those that nobody is shown any more leave with a new one that comes.
        own.retain(|_, cells| !cells.is_gone());
        own.insert(key, cells);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(own: &Own<u32>, key: u32) -> bool {
        own.add(&key, || key, |cells| cells.add(0, 1))
    }

    fn sums(table: &Table<u32>, alive: impl Fn(&u32) -> bool) -> Vec<(u32, u64)> {
        let mut sums: Vec<_> = table.sums(alive).into_iter().map(|(key, sum)| (key, sum[0])).collect();
        sums.sort_unstable();
        sums
    }

    #[test]
    fn what_workers_count_is_summed() {
        let table = Table::new(1, 10);
        let (one, other) = (table.own(), table.own());
        for (own, key) in [(&one, 1), (&one, 1), (&other, 1), (&other, 2)] {
            assert!(add(own, key));
        }
        assert_eq!(sums(&table, |_| true), [(1, 3), (2, 1)]);
    }

    #[test]
    fn what_is_not_alive_is_shown_once_more_and_begins_anew_when_it_comes_back() {
        let table = Table::new(1, 10);
        let own = table.own();
        add(&own, 1);
        add(&own, 2);
        assert_eq!(sums(&table, |key| *key == 2), [(1, 1), (2, 1)]);
        assert_eq!((sums(&table, |_| true), table.len()), (vec![(2, 1)], 1));
        add(&own, 1);
        assert_eq!(sums(&table, |_| true), [(1, 1), (2, 1)]);
    }

    #[test]
    fn there_are_never_more_series_than_there_is_room_for() {
        let table = Table::new(1, 2);
        let own = table.own();
        assert!(add(&own, 1) && add(&own, 2));
        assert!(!add(&own, 3) && add(&own, 1));
        assert_eq!((table.len(), table.refused()), (2, 1));
    }
}
