//! One breaker: shut, open, or trying again.
//!
//! While it is shut a request reads one number that hardly ever changes. What is measured is written to a part of its own
//! for each thread ([`Metrics`]); all parts are put together when the expression is looked at. Only while the breaker is
//! open or trying again is there one lock for all.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use windrose_http::course::{Record, Release};

use super::expression::Expression;
use super::metrics::Metrics;

/// How long things last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// Between two looks at the expression.
    pub(super) check: Duration,
    /// Until it is tried again.
    pub(super) fallback: Duration,
    /// Until all pass again.
    pub(super) recovery: Duration,
}

/// One breaker.
pub(super) struct Breaker {
    expression: Arc<Expression>,
    times: Times,
    since: Instant,
    is_shut: AtomicBool,
    /// Microseconds since `since` before which nobody looks.
    next_look: AtomicU64,
    state: Mutex<State>,
    metrics: Metrics,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Everybody passes.
    Shut,
    /// Nobody passes until then.
    Open(Instant),
    /// A share passes.
    Trying { since: Instant, passed: u64, refused: u64 },
}

impl Breaker {
    pub(super) fn new(expression: Arc<Expression>, times: Times) -> Self {
        let metrics = Metrics::new(expression.asks_for_latency());
        Self {
            expression,
            times,
            since: Instant::now(),
            is_shut: AtomicBool::new(true),
            next_look: AtomicU64::new(0),
            state: Mutex::new(State::Shut),
            metrics,
        }
    }

    /// Whether a request passes.
    pub(super) fn admits(&self) -> bool {
        self.is_shut.load(Ordering::Relaxed) || self.admits_at(Instant::now())
    }

    fn admits_at(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Open(until) = *state {
            if now < until {
                return false;
            }
            *state = State::Trying { since: now, passed: 0, refused: 0 };
        }
        let State::Trying { since, passed, refused } = &mut *state else { return true };
        let age = now.saturating_duration_since(*since);
        // A time too short for the clock to see is over at once.
        if age + Duration::from_micros(1) > self.times.recovery {
            *state = State::Shut;
            self.is_shut.store(true, Ordering::Relaxed);
            return true;
        }
        // Would the share be below what is allowed by now, with this one?
        let share = ratio(*passed + 1, *passed + 1 + *refused);
        let passes = share < 0.5 * age.as_secs_f64() / self.times.recovery.as_secs_f64();
        *if passes { passed } else { refused } += 1;
        passes
    }

    /// What a guard has to know: when it began, and the status of the answer.
    pub(super) fn token(&self, begun: Instant, status: u16) -> u64 {
        (self.micros(begun) << STATUS_BITS) | u64::from(status)
    }

    /// A request that has passed is over.
    pub(super) fn record(&self, status: u16, latency: Duration) {
        self.record_at(status, latency, Instant::now());
    }

    fn record_at(&self, status: u16, latency: Duration, now: Instant) {
        let micros = self.micros(now);
        self.metrics.record(status, latency, micros);
        if micros >= self.next_look.load(Ordering::Relaxed) {
            self.look(now, micros);
        }
    }

    fn look(&self, now: Instant, micros: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if micros < self.next_look.load(Ordering::Relaxed) {
            return;
        }
        let check = u64::try_from(self.times.check.as_micros()).unwrap_or(u64::MAX);
        self.next_look.store(micros.saturating_add(check.max(1)), Ordering::Relaxed);
        if matches!(*state, State::Open(_)) || !self.expression.holds(&self.metrics.seen(micros)) {
            return;
        }
        *state = State::Open(now + self.times.fallback);
        self.is_shut.store(false, Ordering::Relaxed);
        self.metrics.reset();
    }

    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.since).as_micros()).unwrap_or(u64::MAX)
    }
}

impl Release for Breaker {
    fn release(&self, token: u64, _: &Record) {
        let now = Instant::now();
        let latency = self.micros(now).saturating_sub(token >> STATUS_BITS);
        let status = u16::try_from(token & ((1 << STATUS_BITS) - 1)).unwrap_or(0);
        self.record_at(status, Duration::from_micros(latency), now);
    }
}

/// One number of another; nothing of nothing is 0.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "counts of requests within seconds")]
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

const STATUS_BITS: u32 = 10;

#[cfg(test)]
mod tests;
