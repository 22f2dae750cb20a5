//! A cycle and the place it has reached.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Cycle;

/// A cycle and the place it has reached; the place outlives a reload when the cycle is equal.
#[derive(Debug)]
pub struct Turns {
    cycle: Cycle,
    // Shared by all workers: a cycle is exact only when everybody counts on it. One relaxed addition, and none
    // where there is a single choice.
    next: AtomicUsize,
}

impl Turns {
    /// A cycle that starts at its first turn.
    #[must_use]
    pub const fn new(cycle: Cycle) -> Self {
        Self { cycle, next: AtomicUsize::new(0) }
    }

    /// The cycle, for comparison.
    #[must_use]
    pub const fn cycle(&self) -> &Cycle {
        &self.cycle
    }

    /// Goes on where `other` was, when it is the same cycle.
    pub fn resume(&self, other: &Self) {
        if self.cycle == other.cycle {
            self.next.store(other.next.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Whose turn it is; then it is the next one's.
    pub(crate) fn next(&self) -> Option<usize> {
        match self.cycle.len() {
            0 => None,
            1 => self.cycle.at(0),
            _ => self.cycle.at(self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }
}
