//! Numbers that one worker adds to and anybody reads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The numbers of one series on one worker. Only that worker adds to them, so that adding is no more than reading and
/// writing memory that nobody else writes.
#[derive(Debug)]
pub(crate) struct Cells {
    /// Whether nobody is shown them any more.
    is_gone: AtomicBool,
    of: Box<[AtomicU64]>,
}

impl Cells {
    pub(super) fn new(count: usize) -> Self {
        Self { is_gone: AtomicBool::new(false), of: (0..count).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Adds to one of them.
    pub(super) fn add(&self, place: usize, more: u64) {
        if let Some(cell) = self.of.get(place) {
            cell.store(cell.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
        }
    }

    /// Adds all of them to `sums`.
    pub(super) fn sum(&self, sums: &mut [u64]) {
        for (sum, cell) in sums.iter_mut().zip(&self.of) {
            *sum = sum.wrapping_add(cell.load(Ordering::Relaxed));
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }

    pub(super) fn go(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
    }
}
