//! One bucket of tokens, in whole numbers, so that nothing is lost by rounding.
//!
//! It is kept as a debt: a request adds a `period` to it, and each nanosecond takes `average` off. The bucket is full
//! where there is no debt, and a bucket without debt is the same as one that was never used.

use std::time::Duration;

/// How fast buckets fill and how much they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// What a nanosecond takes off a debt.
    average: u128,
    /// What a request adds to it.
    period: u128,
    /// The debt up to which nobody waits.
    most: u128,
    /// How long a request may wait for its token, in nanoseconds.
    patience: u128,
}

/// A debt, and when it was that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bucket {
    debt: u128,
    at: u64,
}

/// What a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// A token.
    Now,
    /// One that will be there after this time.
    After(Duration),
    /// None; one would have been there after this time.
    Not(Duration),
}

impl Rate {
    /// `average` tokens per `period`, neither of which is zero, and `burst` tokens at most.
    pub(super) fn new(average: u64, period: Duration, burst: u64) -> Self {
        let average = u128::from(average.max(1));
        let period = period.as_nanos().max(1);
        // Traefik's numbers: half the time between two tokens, told by whole tokens per second.
        let per_second = average * SECOND / period;
        let patience = if per_second == 0 { SECOND / 2 } else { SECOND / (2 * per_second) };
        Self { average, period, most: period.saturating_mul(u128::from(burst)), patience }
    }
}

impl Rate {
    /// How long a request may wait for its token.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.patience).unwrap_or(u64::MAX))
    }
}

impl Bucket {
    /// Takes a token, if one is there soon enough. `now` counts from any one time.
    pub(super) fn take(&mut self, rate: &Rate, now: Duration) -> Taken {
        let now = nanoseconds(now);
        let debt = self.debt(rate, now).saturating_add(rate.period);
        let wait = debt.saturating_sub(rate.most) / rate.average;
        let time = Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX));
        if wait > rate.patience {
            return Taken::Not(time);
        }
        *self = Self { debt, at: self.at.max(now) };
        if wait == 0 { Taken::Now } else { Taken::After(time) }
    }

    /// Whether it is as good as one that was never used.
    pub(super) fn is_full(&self, rate: &Rate, now: Duration) -> bool {
        self.debt(rate, nanoseconds(now)) == 0
    }

    /// The debt at this time.
    pub(super) fn debt(&self, rate: &Rate, now: u64) -> u128 {
        // Workers read their clocks before they come here, so one may come with an earlier time than the last.
        let passed = u128::from(now.saturating_sub(self.at));
        self.debt.saturating_sub(passed.saturating_mul(rate.average))
    }
}

/// A time as a number; it has room for centuries.
pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

const SECOND: u128 = 1_000_000_000;
