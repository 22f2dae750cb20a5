//! The lowest score wins; those that are equal have turns by weight, as in weighted round robin.

use std::sync::atomic::{AtomicU64, Ordering};

use super::wrr::Cycle;

/// Whose turn it is among equals.
#[derive(Debug)]
pub struct Deadlines {
    /// What the one after an own turn costs.
    steps: Box<[u64]>,
    next: Box<[AtomicU64]>,
    /// The deadline of whoever was chosen last: nobody saves turns up while others are better.
    now: AtomicU64,
}

impl Deadlines {
    /// One each; a weight of 0 or less is never asked for.
    #[must_use]
    pub fn new(weights: &[i64]) -> Self {
        let steps: Box<[u64]> =
            weights.iter().map(|weight| UNIT / weight.unsigned_abs().clamp(1, UNIT)).collect();
        let next = steps.iter().map(|step| AtomicU64::new(*step)).collect();
        Self { steps, next, now: AtomicU64::new(0) }
    }

    fn at(&self, index: usize) -> u64 {
        let own = self.next.get(index).map_or(u64::MAX, |next| next.load(Ordering::Relaxed));
        own.max(self.now.load(Ordering::Relaxed))
    }

    fn take(&self, index: usize) {
        let deadline = self.at(index);
        self.now.fetch_max(deadline, Ordering::Relaxed);
        if let (Some(next), Some(step)) = (self.next.get(index), self.steps.get(index)) {
            next.store(deadline.saturating_add(*step), Ordering::Relaxed);
        }
    }
}

/// One of those in `among` with the lowest score.
pub fn choose(among: &Cycle, deadlines: &Deadlines, score: impl Fn(usize) -> f64) -> Option<usize> {
    if among.len() < 2 {
        return among.at(0);
    }
    let mut best: Option<(usize, f64)> = None;
    let mut equals = 0;
    for at in among.iter() {
        let score = score(at);
        match best {
            Some((_, lowest)) if score > lowest => {}
            Some((first, lowest)) if score == lowest => {
                equals += 1;
                if deadlines.at(at) < deadlines.at(first) {
                    best = Some((at, score));
                }
            }
            _ => (best, equals) = (Some((at, score)), 1),
        }
    }
    let (chosen, _) = best?;
    if equals > 1 {
        deadlines.take(chosen);
    }
    Some(chosen)
}

/// What a turn of weight 1 costs.
const UNIT: u64 = 1 << 32;

#[cfg(test)]
mod tests;
