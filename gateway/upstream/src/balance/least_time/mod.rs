//! Least time: the server whose answers begin soonest, for what it has to do already and for its weight.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// How long the last answers of one server took to begin. Shared by all workers; no reader sees more than one answer
/// half counted.
#[derive(Debug)]
pub struct Times {
    last: [AtomicU32; SAMPLES],
    sum: AtomicU64,
    seen: AtomicU64,
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

/// The score of a server: lower is better.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "far fewer requests and smaller weights than that")]
pub fn score(mean: f64, in_flight: usize, weight: i64) -> f64 {
    mean * (1.0 + in_flight as f64) / weight.max(1) as f64
}

/// Answers that count.
const SAMPLES: usize = 100;
#[cfg(test)]
mod tests;
