//! What requests that are over have left in a connection that its server does not read.
//!
//! The library below keeps a stream until the last frame of it is written. While nothing can be written, a request
//! whose client gave up costs as much as before, so its place is not free either. It is once everything was written,
//! or so much that its frames must have been among it.

use std::cell::Cell;
use std::time::Duration;

use tokio::sync::Notify;
use windrose_stream::Flushed;
use windrose_stream::h2::MOST_HELD;

/// What requests that are over have left in a connection.
#[derive(Default)]
pub(super) struct Left {
    streams: Cell<usize>,
    cost: Cell<usize>,
    is_blocked: Cell<bool>,
    /// The bytes that the server has taken.
    taken: Cell<u64>,
    /// How many of them there were when the first of `streams` was left.
    since: Cell<u64>,
    blocked: Notify,
}

impl Left {
    /// A request is over that kept so much memory.
    pub(super) fn add(&self, cost: usize) {
        if !self.is_blocked.get() {
            return;
        }
        if self.streams.get() == 0 {
            self.since.set(self.taken.get());
        }
        self.streams.set(self.streams.get() + 1);
        self.cost.set(self.cost.get().saturating_add(cost));
    }

    /// How many streams still have their places; nothing when there must not be more of them.
    pub(super) fn streams(&self) -> Option<usize> {
        (self.cost.get() < MOST_LEFT).then(|| self.streams.get())
    }

    /// The connection has written what it could.
    pub(super) fn flushed(&self, flushed: Flushed) {
        let was_blocked = self.is_blocked.replace(!flushed.is_whole);
        self.taken.set(flushed.taken);
        if flushed.is_whole || flushed.taken.wrapping_sub(self.since.get()) >= ROUND {
            self.streams.set(0);
            self.cost.set(0);
        }
        if !flushed.is_whole && !was_blocked {
            self.blocked.notify_one();
        }
    }

    /// Ends when the server has taken nothing for so long, although there was something.
    pub(super) async fn stalled(&self, patience: Duration) {
        loop {
            self.blocked.notified().await;
            while self.is_blocked.get() {
                let taken = self.taken.get();
                tokio::time::sleep(patience).await;
                if self.is_blocked.get() && self.taken.get() == taken {
                    return;
                }
            }
        }
    }
}

/// What a request keeps whose head has so many fields and bytes.
pub(super) const fn cost(fields: usize, bytes: usize) -> usize {
    STREAM.saturating_add(fields.saturating_mul(FIELD)).saturating_add(bytes)
}

/// A stream in the library below, with its two frames.
const STREAM: usize = 4 * 1024;
const FIELD: usize = 128;
/// Some two hundred requests of the usual size.
const MOST_LEFT: usize = 1024 * 1024;
/// Streams are written in turn, a frame of each, and this is two turns of all that may wait: the head and the reset.
const ROUND: u64 = 2 * MOST_HELD as u64;

#[cfg(test)]
mod tests {
    use super::*;

    const fn flushed(is_whole: bool, taken: u64) -> Flushed {
        Flushed { is_whole, taken }
    }

    #[test]
    fn nothing_is_left_in_a_connection_that_writes() {
        let left = Left::default();
        left.flushed(flushed(true, 10));
        left.add(MOST_LEFT);
        assert_eq!(left.streams(), Some(0));
    }

    #[test]
    fn what_is_left_is_bounded_by_its_memory() {
        let left = Left::default();
        left.flushed(flushed(false, 10));
        left.add(cost(10, 200));
        left.add(cost(10, 200));
        assert_eq!(left.streams(), Some(2));
        left.add(MOST_LEFT);
        assert_eq!(left.streams(), None);
        left.flushed(flushed(false, 10));
        assert_eq!(left.streams(), None, "nothing was written");
        left.flushed(flushed(true, 11));
        assert_eq!(left.streams(), Some(0));
    }

    #[test]
    fn a_slow_server_that_goes_on_reading_is_asked_again() {
        let left = Left::default();
        left.flushed(flushed(false, 10));
        left.add(MOST_LEFT);
        left.flushed(flushed(false, 9 + ROUND));
        assert_eq!(left.streams(), None);
        left.flushed(flushed(false, 10 + ROUND));
        assert_eq!(left.streams(), Some(0));
    }

    #[test]
    fn only_a_server_that_takes_nothing_has_stalled() {
        crate::testing::run_paused(async {
            let left = Left::default();
            let begun = tokio::time::Instant::now();
            let patience = Duration::from_secs(10);
            left.flushed(flushed(false, 1));
            let drips = async {
                for taken in 2..=5 {
                    tokio::time::sleep(Duration::from_secs(8)).await;
                    left.flushed(flushed(false, taken));
                }
                tokio::time::sleep(Duration::from_secs(8)).await;
                left.flushed(flushed(true, 9));
                // It has nothing to take, however long.
                tokio::time::sleep(Duration::from_secs(100)).await;
                left.flushed(flushed(false, 9));
            };
            tokio::join!(left.stalled(patience), drips);
            assert_eq!(begun.elapsed().as_secs(), 150);
        });
    }
}
