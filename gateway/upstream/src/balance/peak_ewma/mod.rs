//! Peak EWMA: of two servers that chance names, the one where a request would wait the shortest.
//!
//! How long a server takes is a mean in which the past fades, and which a slow answer raises at once: what becomes slow
//! is avoided after one answer, and is tried again when the memory of it has faded.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long the answers of one server take to begin. One number, shared by all workers: of two answers at the same time
/// one may be lost.
#[derive(Debug, Default)]
pub struct Peak(AtomicU64);

impl Peak {
    /// One more answer took this long; `now` is the time since whenever.
    pub fn add(&self, now: Duration, took: Duration) {
        let now = stamp(now);
        let took = took.as_secs_f32() * 1e6;
        let (mean, since) = unpack(self.0.load(Ordering::Relaxed));
        let left = faded(now.saturating_sub(since));
        let mean = if took > mean * left { took } else { mean * left + took * (1.0 - left) };
        self.0.store(pack(mean, now), Ordering::Relaxed);
    }

    /// What a request would have to wait, in no unit: lower is better.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer requests and smaller weights than that")]
    pub fn cost(&self, now: Duration, in_flight: usize, weight: i64) -> f32 {
        let (mean, since) = unpack(self.0.load(Ordering::Relaxed));
        let mean = mean * faded(stamp(now).saturating_sub(since));
        // Nobody knows a server that has not answered: one request will tell, many would only wait for it.
        let mean = if mean < UNKNOWN && in_flight > 0 { PENALTY } else { mean };
        (mean + UNKNOWN) * (1.0 + in_flight as f32) / weight.max(1) as f32
    }
}

fn faded(millis: u32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a long time is a long time")]
    let time = millis as f32;
    (-time / FADES).exp()
}

fn stamp(now: Duration) -> u32 {
    u32::try_from(now.as_millis()).unwrap_or(u32::MAX)
}

fn pack(mean: f32, at: u32) -> u64 {
    u64::from(mean.to_bits()) << 32 | u64::from(at)
}

fn unpack(packed: u64) -> (f32, u32) {
    let [mean, at] =
        [packed >> 32, packed & u64::from(u32::MAX)].map(|half| u32::try_from(half).unwrap_or(0));
    (f32::from_bits(mean), at)
}

/// Milliseconds after which a third of the past still counts.
const FADES: f32 = 10_000.0;
/// Microseconds below which nothing is known.
const UNKNOWN: f32 = 1.0;
/// What a server is taken for that has requests and no answer yet: a second.
const PENALTY: f32 = 1e6;

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn mean(peak: &Peak, now: u64) -> f32 {
        (peak.cost(ms(now), 0, 1) / 1000.0).round()
    }

    #[test]
    fn a_slow_answer_counts_at_once_and_fades() {
        let peak = Peak::default();
        peak.add(ms(0), ms(10));
        assert_eq!(mean(&peak, 0), 10.0);
        peak.add(ms(1), ms(500));
        assert_eq!(mean(&peak, 1), 500.0);
        for now in 2..50 {
            peak.add(ms(now), ms(10));
        }
        assert!((490.0..=500.0).contains(&mean(&peak, 50)), "quick answers in a moment do not hide it");
        peak.add(ms(10_050), ms(10));
        assert!((180.0..200.0).contains(&mean(&peak, 10_050)));
        assert!(mean(&peak, 60_000) < 2.0);
    }

    #[test]
    fn load_and_weight_count_and_the_unknown_is_tried_once() {
        let (known, new) = (Peak::default(), Peak::default());
        known.add(ms(0), ms(10));
        let at = ms(1);
        assert!(known.cost(at, 1, 1) > known.cost(at, 0, 1));
        assert!(known.cost(at, 1, 4) < known.cost(at, 0, 1));
        assert!(new.cost(at, 0, 1) < known.cost(at, 0, 1));
        assert!(new.cost(at, 1, 1) > known.cost(at, 5, 1));
    }
}
