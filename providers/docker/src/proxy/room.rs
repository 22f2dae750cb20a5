//! How much the helper does at once, so that clients who do not read cost no more memory than those who do.
//!
//! Owns what is counted. Invariant: few answers are being made, those that wait to be written have a common bound, and
//! a part of the connections is never taken by listeners.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What there is room for.
#[derive(Debug)]
pub(super) struct Room {
    lists: Arc<Semaphore>,
    ones: Arc<Semaphore>,
    /// In pieces of [`PIECE`] bytes.
    written: Arc<Semaphore>,
    listening: Arc<Semaphore>,
}

/// Room that is taken, until this is dropped.
#[derive(Debug)]
pub(super) struct Taken(#[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>);

/// What an answer is about, which says how much it may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The engine itself: some words.
    Engine,
    /// One container.
    One,
    /// All there are.
    All,
}

impl Room {
    /// All of it, with so many listeners.
    pub(super) fn new(listeners: usize) -> Self {
        Self {
            lists: Arc::new(Semaphore::new(LISTS)),
            ones: Arc::new(Semaphore::new(ONES)),
            written: Arc::new(Semaphore::new(WRITTEN / PIECE)),
            listening: Arc::new(Semaphore::new(listeners)),
        }
    }

    /// Room to ask the engine and to make an answer of what it says; nothing when there is none in time.
    pub(super) async fn to_make(&self, about: About) -> Option<Taken> {
        match about {
            About::Engine => Some(Taken(None)),
            About::One => Self::take(&self.ones, 1).await,
            About::All => Self::take(&self.lists, 1).await,
        }
    }

    /// Room for an answer of so many bytes until it is written; nothing when there is none in time.
    pub(super) async fn to_write(&self, length: usize) -> Option<Taken> {
        if length <= SMALL {
            return Some(Taken(None));
        }
        Self::take(&self.written, length.div_ceil(PIECE).min(WRITTEN / PIECE)).await
    }

    /// Room for one more who listens to events.
    pub(super) fn to_listen(&self) -> Option<Taken> {
        let permit = Arc::clone(&self.listening).try_acquire_owned().ok()?;
        Some(Taken(Some(permit)))
    }

    async fn take(from: &Arc<Semaphore>, count: usize) -> Option<Taken> {
        let count = u32::try_from(count).ok()?;
        let permit = timeout(PATIENCE, Arc::clone(from).acquire_many_owned(count)).await.ok()?;
        Some(Taken(Some(permit.ok()?)))
    }
}

/// An engine says little faster when it is asked more at once.
const LISTS: usize = 4;
/// More, as one that hangs must not hold up all others.
const ONES: usize = 16;
/// As much as the longest answer, and half as much.
const WRITTEN: usize = 96 << 20;
const PIECE: usize = 1 << 10;
/// An answer that sockets hold, which costs nothing.
const SMALL: usize = 64 << 10;
/// How long there may be no room.
const PATIENCE: Duration = Duration::from_secs(20);
