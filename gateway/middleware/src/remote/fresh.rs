//! One value from elsewhere that all workers share.
//!
//! Reading it is one load of a pointer. Fetching it again takes a lock that requests meet only when it is time for that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// One value from elsewhere.
pub(crate) struct Fresh<T> {
    held: ArcSwapOption<Held<T>>,
    flight: Mutex<Flight>,
    /// How many attempts have ended.
    ended: watch::Sender<u64>,
}

/// The value that was fetched last.
pub(crate) struct Held<T> {
    pub(crate) value: Arc<T>,
    /// Another one for every value that differs.
    pub(crate) number: u64,
    /// What it was made of.
    mark: Box<[u8]>,
    /// From then on a new one is looked for.
    due: Instant,
    /// From then on it is not used.
    end: Instant,
}

#[derive(Default)]
struct Flight {
    is_running: bool,
    begun: Option<Instant>,
    /// Not earlier.
    again: Option<Instant>,
    failures: u32,
    numbers: u64,
}

/// Why a new one is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It is time.
    Due,
    /// Somebody misses something in it; not more often than this.
    Missing(Duration),
}

/// The right to fetch it. Dropping it without a value counts as a failure.
pub(crate) struct Attempt<T> {
    of: Arc<Fresh<T>>,
    is_over: bool,
}

impl<T> Fresh<T> {
    pub(crate) fn new() -> Self {
        Self { held: ArcSwapOption::empty(), flight: Mutex::default(), ended: watch::Sender::new(0) }
    }

    /// The value, and whether it is time for a new one.
    pub(crate) fn now(&self) -> (Option<Arc<Held<T>>>, bool) {
        let now = Instant::now();
        let held = self.held.load_full().filter(|held| now < held.end);
        let is_due = held.as_ref().is_none_or(|held| held.due <= now);
        (held, is_due)
    }

    /// Begins to fetch it, unless somebody does already or it is too early.
    pub(crate) fn begin(self: &Arc<Self>, why: Why) -> Option<Attempt<T>> {
        let now = Instant::now();
        let mut flight = self.flight();
        let earliest = match why {
            Why::Due => flight.again,
            Why::Missing(interval) => flight.begun.map(|begun| begun + interval).max(flight.again),
        };
        if flight.is_running || earliest.is_some_and(|earliest| now < earliest) {
            return None;
        }
        (flight.is_running, flight.begun) = (true, Some(now));
        Some(Attempt { of: Arc::clone(self), is_over: false })
    }

    /// Waits until nobody fetches it, or so long.
    pub(crate) async fn settle(&self, longest: Duration) {
        let mut ended = self.ended.subscribe();
        if self.flight().is_running {
            let _ = timeout(longest, ended.changed()).await;
        }
    }

    /// How long it will be until it is tried again, when it is not being tried.
    pub(crate) fn pause(&self) -> Duration {
        let again = self.flight().again;
        again.map_or(Duration::ZERO, |again| again.saturating_duration_since(Instant::now()))
    }

    fn flight(&self) -> MutexGuard<'_, Flight> {
        self.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Attempt<T> {
    /// It was fetched: `mark` is what it was made of, and it is fresh for so long.
    pub(crate) fn succeed(mut self, value: T, mark: &[u8], fresh: Duration) {
        let now = Instant::now();
        let mut flight = self.of.flight();
        flight.failures = 0;
        flight.again = None;
        let before = self.of.held.load_full().filter(|held| *held.mark == *mark);
        let (value, number) = match before {
            Some(same) => (Arc::clone(&same.value), same.number),
            None => {
                flight.numbers += 1;
                (Arc::new(value), flight.numbers)
            }
        };
        let held = Held { value, number, mark: mark.into(), due: now + fresh, end: now + fresh + STALE };
        self.of.held.store(Some(Arc::new(held)));
        drop(flight);
        self.end();
    }

    fn fail(&mut self) {
        let now = Instant::now();
        let mut flight = self.of.flight();
        let pause = SHORTEST * 2_u32.pow(flight.failures.min(DOUBLINGS));
        flight.failures = flight.failures.saturating_add(1);
        flight.again = Some(now + pause);
        // Whoever has the old one need not look here meanwhile.
        if let Some(held) = self.of.held.load_full() {
            let later = Held {
                value: Arc::clone(&held.value),
                number: held.number,
                mark: held.mark.clone(),
                due: now + pause,
                end: held.end,
            };
            self.of.held.store(Some(Arc::new(later)));
        }
        drop(flight);
        self.end();
    }

    fn end(&mut self) {
        self.is_over = true;
        self.of.flight().is_running = false;
        self.of.ended.send_modify(|ended| *ended += 1);
    }
}

impl<T> Drop for Attempt<T> {
    fn drop(&mut self) {
        if !self.is_over {
            self.fail();
        }
    }
}

/// How long a value is used for which no new one is to be had.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// The pause after the first failure; each later one is twice as long, to half a minute.
const SHORTEST: Duration = Duration::from_millis(500);
const DOUBLINGS: u32 = 6;
