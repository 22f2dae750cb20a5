//! Least time: the server whose answers begin soonest, for what it has to do already and for its weight.
//!
//! Those that are equal have turns by weight, as in weighted round robin.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use super::wrr::Cycle;

/// How long the last answers of one server took to begin. Shared by all workers; no reader sees more than one answer
/// half counted.
#[derive(Debug)]
pub struct Times {
    last: [AtomicU32; SAMPLES],
    sum: AtomicU64,
    seen: AtomicU64,
}

/// Whose turn it is among equals.
#[derive(Debug)]
pub struct Deadlines {
    /// What the one after an own turn costs.
    steps: Box<[u64]>,
    next: Box<[AtomicU64]>,
    /// The deadline of whoever was chosen last: nobody saves turns up while others are better.
    now: AtomicU64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            last: std::array::from_fn(|_| AtomicU32::new(0)),
            sum: AtomicU64::new(0),
            seen: AtomicU64::new(0),
        }
    }
}

impl Times {
    /// One more answer began after `time`. Whole milliseconds count: what differs by less is equal (traefik: the same).
    pub fn add(&self, time: Duration) {
        let time = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        let place = self.seen.fetch_add(1, Ordering::Relaxed) % SAMPLES as u64;
        let Some(slot) = usize::try_from(place).ok().and_then(|place| self.last.get(place)) else { return };
        let before = slot.swap(time, Ordering::Relaxed);
        self.sum.fetch_add(u64::from(time).wrapping_sub(u64::from(before)), Ordering::Relaxed);
    }

    /// The mean in milliseconds; 0 before the first answer.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer milliseconds than that")]
    pub fn mean(&self) -> f64 {
        let seen = self.seen.load(Ordering::Relaxed).min(SAMPLES as u64);
        if seen == 0 { 0.0 } else { self.sum.load(Ordering::Relaxed) as f64 / seen as f64 }
    }
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

/// The score of a server: lower is better.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "far fewer requests and smaller weights than that")]
pub fn score(mean: f64, in_flight: usize, weight: i64) -> f64 {
    mean * (1.0 + in_flight as f64) / weight.max(1) as f64
}

/// Answers that count.
const SAMPLES: usize = 100;
/// What a turn of weight 1 costs.
const UNIT: u64 = 1 << 32;

#[cfg(test)]
mod tests;
