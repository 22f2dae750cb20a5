//! How long answers took, in steps of about one percent, as an HDR histogram of two digits has them.

use std::time::Duration;

/// Counts by steps of microseconds.
#[derive(Clone, Default)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

/// Six histograms of ten seconds, the oldest of which is forgotten for the next.
#[derive(Default)]
pub(super) struct Rolling {
    periods: [Histogram; PERIODS],
    current: usize,
    /// When the current one began, in microseconds.
    since: u64,
}

impl Rolling {
    /// Counts; what took longer than an hour is not counted.
    pub(super) fn record(&mut self, latency: Duration, now: u64) {
        let Some(micros) = u64::try_from(latency.as_micros()).ok().filter(|micros| *micros <= LONGEST) else {
            return;
        };
        if now.saturating_sub(self.since) >= PERIOD {
            self.current = (self.current + 1) % PERIODS;
            self.since = now;
            self.periods[self.current] = Histogram::default();
        }
        self.periods[self.current].add(step(micros), 1);
    }

    pub(super) fn add_to(&self, whole: &mut Histogram) {
        for period in &self.periods {
            for (step, count) in period.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                whole.add(step, *count);
            }
        }
    }
}

impl Histogram {
    fn add(&mut self, step: usize, count: u64) {
        if self.counts.len() <= step {
            self.counts.resize(step + 1, 0);
        }
        self.counts[step] += count;
        self.total += count;
    }

    /// The microseconds that `quantile` percent took at most; 0 of nothing.
    pub(super) fn at(&self, quantile: f64) -> i64 {
        #[allow(clippy::cast_precision_loss, reason = "counts of requests within a minute")]
        let wanted = (quantile.min(100.0) / 100.0) * self.total as f64 + 0.5;
        let (mut seen, mut found) = (0_u64, 0);
        for (step, count) in self.counts.iter().enumerate() {
            #[allow(clippy::cast_precision_loss, reason = "counts of requests within a minute")]
            if seen as f64 >= wanted.trunc() {
                break;
            }
            seen += count;
            found = step;
        }
        let (lowest, width) = bounds(found);
        let value = if quantile == 0.0 { lowest } else { lowest + width - 1 };
        i64::try_from(value).unwrap_or(i64::MAX)
    }
}

/// The step of a number of microseconds: single ones below 256, then 128 for each power of two.
fn step(micros: u64) -> usize {
    let power = (64 - (micros | (HALF * 2 - 1)).leading_zeros()).saturating_sub(8);
    let within = micros >> power;
    usize::try_from(u64::from(power) * HALF + within).unwrap_or(0)
}

/// The lowest number of a step, and how many there are in it.
fn bounds(step: usize) -> (u64, u64) {
    let step = step as u64;
    let power = (step / HALF).saturating_sub(1);
    ((step - power * HALF) << power, 1 << power)
}

const HALF: u64 = 128;
const PERIODS: usize = 6;
/// Ten seconds.
const PERIOD: u64 = 10_000_000;
/// An hour.
const LONGEST: u64 = 3_600_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_in_its_step_and_steps_are_narrow() {
        let mut last = 0;
        for micros in (0..5000).chain((5000..LONGEST).step_by(999_983)).chain([LONGEST]) {
            let step = step(micros);
            let (lowest, width) = bounds(step);
            assert!((lowest..lowest + width).contains(&micros), "{micros}: {step} {lowest} {width}");
            assert!(step >= last && width <= 1 + micros / 128, "{micros}");
            last = step;
        }
    }

    #[test]
    fn quantiles_are_those_of_the_library_that_traefik_uses() {
        let mut rolling = Rolling::default();
        let at = |rolling: &Rolling, quantile| {
            let mut whole = Histogram::default();
            rolling.add_to(&mut whole);
            whole.at(quantile)
        };
        assert_eq!(at(&rolling, 50.0), 0);
        for millis in 1..=100 {
            rolling.record(Duration::from_millis(millis), 0);
        }
        assert_eq!(
            [0.0, 50.0, 99.0, 100.0, 500.0].map(|q| at(&rolling, q)),
            [0, 50_175, 99_327, 100_351, 100_351]
        );
        rolling.record(Duration::from_secs(3601), 0);
        assert_eq!(at(&rolling, 100.0), 100_351);
    }

    #[test]
    fn what_is_older_than_a_minute_is_forgotten() {
        let mut rolling = Rolling::default();
        rolling.record(Duration::from_secs(10), 0);
        for period in 1..=6 {
            let mut whole = Histogram::default();
            rolling.add_to(&mut whole);
            assert!(whole.at(100.0) > 9_000_000, "{period}");
            rolling.record(Duration::from_millis(1), period * PERIOD);
        }
        let mut whole = Histogram::default();
        rolling.add_to(&mut whole);
        assert!(whole.at(100.0) < 1100);
    }
}
