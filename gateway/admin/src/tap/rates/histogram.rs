//! How long things take, in so many classes: each reaches a fifth further than the one before.

use std::time::Duration;

/// Counts of durations. Empty until something is counted, since most routers are idle.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram(Vec<u32>);

impl Histogram {
    pub(super) fn add(&mut self, time: Duration) {
        let class = class(time);
        if self.0.len() <= class {
            self.0.resize(class + 1, 0);
        }
        if let Some(count) = self.0.get_mut(class) {
            *count = count.saturating_add(1);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (count, more) in self.0.iter_mut().zip(&other.0) {
            *count = count.saturating_add(*more);
        }
    }

    /// The time within which this share of all was done, to a tenth or so; `None` where there was nothing.
    pub(super) fn quantile(&self, share: f64) -> Option<Duration> {
        let all: u64 = self.0.iter().map(|count| u64::from(*count)).sum();
        if all == 0 {
            return None;
        }
        let rank = ((all as f64 * share).ceil() as u64).clamp(1, all);
        let mut seen = 0;
        let class = self.0.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        });
        class.map(middle)
    }
}

/// The class of a time: a quarter of the logarithm of its microseconds.
fn class(time: Duration) -> usize {
    let micros = time.as_secs_f64() * 1e6;
    if micros <= 1.0 { 0 } else { ((micros.log2() * 4.0) as usize + 1).min(LAST) }
}

/// A time in the middle of a class.
fn middle(class: usize) -> Duration {
    if class == 0 {
        return Duration::from_micros(1);
    }
    Duration::from_secs_f64(2.0_f64.powf((class as f64 - 0.5) / 4.0) / 1e6)
}

/// Of a day or more.
const LAST: usize = 150;
