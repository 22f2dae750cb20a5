//! What is measured: answers by status over ten seconds, and how long they took over a minute.
//!
//! Each thread writes to a part of its own, so its lock is free but when somebody looks at all parts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::breaker::ratio;
use super::histogram::{Histogram, Rolling};

/// What is measured of a service.
pub(super) struct Metrics {
    measures: Latencies,
    parts: Box<[Mutex<Part>]>,
}

/// Whether anybody wants to know how long answers take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Latencies {
    Measured,
    Ignored,
}

#[derive(Default)]
struct Part {
    statuses: Vec<(u16, Window)>,
    latencies: Rolling,
}

/// Counts of the last ten seconds.
#[derive(Clone, Copy, Default)]
struct Window {
    counts: [u64; SECONDS],
    /// The second that was counted last.
    last: u64,
}

/// All of it at one time.
#[derive(Default)]
pub(super) struct Seen {
    statuses: Vec<(u16, u64)>,
    latencies: Histogram,
}

impl Metrics {
    pub(super) fn new(measures: Latencies) -> Self {
        Self { measures, parts: (0..PARTS).map(|_| Mutex::default()).collect() }
    }

    /// Counts an answer; `now` in microseconds.
    pub(super) fn record(&self, status: u16, latency: Duration, now: u64) {
        let mut part = self.part();
        let second = now / 1_000_000;
        match part.statuses.iter_mut().find(|(known, _)| *known == status) {
            Some((_, window)) => window.add(second),
            None => {
                let mut window = Window::default();
                window.add(second);
                part.statuses.push((status, window));
            }
        }
        if self.measures == Latencies::Measured {
            part.latencies.record(latency, now);
        }
    }

    /// What was measured by `now`.
    pub(super) fn seen(&self, now: u64) -> Seen {
        let mut seen = Seen::default();
        for part in &self.parts {
            let mut part = lock(part);
            for (status, window) in &mut part.statuses {
                seen.statuses.push((*status, window.sum(now / 1_000_000)));
            }
            part.latencies.add_to(&mut seen.latencies);
        }
        seen
    }

    /// Forgets everything.
    pub(super) fn reset(&self) {
        for part in &self.parts {
            *lock(part) = Part::default();
        }
    }

    fn part(&self) -> MutexGuard<'_, Part> {
        let parts = self.parts.len().max(1);
        lock(&self.parts[THREAD.with(|thread| *thread) % parts])
    }
}

impl Seen {
    /// The share of answers that are 502 and 504.
    pub(super) fn network_errors(&self) -> f64 {
        let errors = self.count(|status| matches!(status, 502 | 504));
        ratio(errors, self.count(|_| true))
    }

    /// How many answers had a status from `a` on and below `b`, to those from `c` on and below `d`.
    pub(super) fn statuses(&self, [a, b, c, d]: [i64; 4]) -> f64 {
        let within = |from: i64, to: i64| self.count(|status| (from..to).contains(&i64::from(status)));
        ratio(within(a, b), within(c, d))
    }

    /// The milliseconds that `quantile` percent of the answers took at most.
    pub(super) fn latency(&self, quantile: f64) -> i64 {
        self.latencies.at(quantile) / 1000
    }

    fn count(&self, of: impl Fn(u16) -> bool) -> u64 {
        self.statuses.iter().filter(|(status, _)| of(*status)).map(|(_, count)| count).sum()
    }
}

impl Window {
    fn add(&mut self, second: u64) {
        self.roll(second);
        if let Some(count) = self.counts.get_mut(place(second)) {
            *count += 1;
        }
    }

    fn sum(&mut self, second: u64) -> u64 {
        self.roll(second);
        self.counts.iter().sum()
    }

    /// Forgets the seconds between the last one and this.
    fn roll(&mut self, second: u64) {
        let first = (self.last + 1).max(second.saturating_sub(SECONDS as u64 - 1));
        for passed in first..=second {
            if let Some(count) = self.counts.get_mut(place(passed)) {
                *count = 0;
            }
        }
        self.last = self.last.max(second);
    }
}

fn place(second: u64) -> usize {
    usize::try_from(second % SECONDS as u64).unwrap_or(0)
}

fn lock(part: &Mutex<Part>) -> MutexGuard<'_, Part> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    /// The number of this thread.
    static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

static THREADS: AtomicUsize = AtomicUsize::new(0);

const SECONDS: usize = 10;
const PARTS: usize = 16;

#[cfg(test)]
mod tests;
