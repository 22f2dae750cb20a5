//! Judging a server by how it answers real requests. Pure: the time is passed in.
//!
//! A server that fails often enough within a window is left out for as long as the window is. An answer in between
//! forgives all.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// When servers are left out, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Passive {
    window: Duration,
    most: u16,
}

/// Options that cannot be honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassiveError {
    /// There is no time to count in.
    #[error("failureWindow must be longer than 0, for example 10s")]
    Window,
    /// That many failures are not remembered.
    #[error("maxFailedAttempts must be at most {}", Passive::MOST)]
    Attempts,
}

impl Passive {
    /// So many failures are remembered.
    pub const MOST: u16 = 4096;

    /// `most` failures within `window` put a server out for `window`; 0 and 1 are the same.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(window: Duration, most: u32) -> Result<Self, PassiveError> {
        let most = u16::try_from(most).ok().filter(|most| *most <= Self::MOST);
        match most {
            _ if window.is_zero() => Err(PassiveError::Window),
            None => Err(PassiveError::Attempts),
            Some(most) => Ok(Self { window, most: most.max(1) }),
        }
    }

    /// The time in which failures count and for which a server is left out.
    #[must_use]
    pub const fn window(self) -> Duration {
        self.window
    }
}

/// The last failures of one server. Shared by all workers and not locked: of two failures at the same time both count.
#[derive(Debug)]
pub(crate) struct Failures {
    of: Passive,
    /// When they were, in microseconds from 1; 0 is none.
    last: Box<[AtomicU64]>,
    next: AtomicUsize,
    any: AtomicBool,
}

impl Failures {
    pub(crate) fn new(of: Passive) -> Self {
        let last = (0..of.most).map(|_| AtomicU64::new(0)).collect();
        Self { of, last, next: AtomicUsize::new(0), any: AtomicBool::new(false) }
    }

    pub(crate) const fn of(&self) -> Passive {
        self.of
    }

    /// One more, at this time since whenever; says whether those are too many.
    pub(crate) fn add(&self, now: Duration) -> bool {
        let now = micros(now).saturating_add(1);
        self.any.store(true, Ordering::Relaxed);
        let place = self.next.fetch_add(1, Ordering::Relaxed) % self.last.len().max(1);
        if let Some(slot) = self.last.get(place) {
            slot.store(now, Ordering::Relaxed);
        }
        let since = now.saturating_sub(micros(self.of.window));
        self.last.iter().all(|slot| match slot.load(Ordering::Relaxed) {
            0 => false,
            at => at > since,
        })
    }

    /// Forgets all of them. Costs nothing where there are none.
    pub(crate) fn forgive(&self) {
        if self.any.load(Ordering::Relaxed) {
            self.any.store(false, Ordering::Relaxed);
            self.last.iter().for_each(|slot| slot.store(0, Ordering::Relaxed));
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn options_that_cannot_be_honoured_are_refused() {
        assert_eq!(Passive::new(at(0), 1), Err(PassiveError::Window));
        assert_eq!(Passive::new(at(1), 4097), Err(PassiveError::Attempts));
        assert_eq!(Passive::new(at(1), 0), Passive::new(at(1), 1));
    }

    #[test]
    fn enough_failures_within_the_window_are_too_many() {
        let failures = Failures::new(Passive::new(at(10), 3).unwrap());
        // When it fails, and whether those are too many.
        for (second, too_many) in
            [(0, false), (1, false), (9, true), (10, true), (20, false), (21, false), (22, true)]
        {
            assert_eq!(failures.add(at(second)), too_many, "{second}");
        }
    }

    #[test]
    fn an_answer_forgives_all() {
        let failures = Failures::new(Passive::new(at(10), 2).unwrap());
        assert!(!failures.add(at(0)));
        failures.forgive();
        assert!(!failures.add(at(1)));
        assert!(failures.add(at(2)));
        let once = Failures::new(Passive::new(at(10), 1).unwrap());
        assert!(once.add(at(0)));
    }
}
