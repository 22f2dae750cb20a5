//! How long to wait before each try.

use std::time::Duration;

/// Waits that grow from the first to twice the first, each up to half longer or shorter than its turn.
pub(super) struct Waits {
    turn: Duration,
    growth: f64,
}

impl Waits {
    pub(super) fn new(first: Duration, attempts: u32) -> Self {
        let steps = attempts.saturating_sub(1).max(1);
        Self { turn: first, growth: f64::from(steps).recip().exp2() }
    }

    /// The next wait; without any when the first is none.
    pub(super) fn next(&mut self) -> Duration {
        if self.turn.is_zero() {
            return Duration::ZERO;
        }
        let wait = self.turn.mul_f64(0.5 + fraction());
        self.turn = self.turn.mul_f64(self.growth);
        wait
    }
}

/// Anything from 0 to 1: clients that failed together should not come back together.
fn fraction() -> f64 {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(random) / f64::from(u32::MAX)
}
