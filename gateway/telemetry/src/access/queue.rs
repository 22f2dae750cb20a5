//! The way of a line from a worker to the thread that writes.
//!
//! Each worker has a queue of its own, so workers share nothing; the buffers of lines that were written come back by a
//! second one. Invariant: neither handing a line over nor taking a buffer ever waits.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;

/// One line, with its end.
pub type Line = Vec<u8>;

/// A worker's end: takes its lines.
pub struct Lines {
    full: SyncSender<Line>,
    empty: Receiver<Line>,
    bell: Arc<Bell>,
    lost: Arc<AtomicU64>,
}

/// The other end.
pub(super) struct Taken {
    pub(super) full: Receiver<Line>,
    pub(super) empty: SyncSender<Line>,
}

/// Wakes the thread that writes, if it sleeps.
#[derive(Default)]
pub(super) struct Bell {
    pub(super) sleeps: AtomicBool,
    pub(super) thread: OnceLock<Thread>,
}

impl Lines {
    /// A queue for so many lines.
    pub(super) fn new(room: usize, bell: Arc<Bell>, lost: Arc<AtomicU64>) -> (Self, Taken) {
        let (full, lines) = sync_channel(room);
        let (back, empty) = sync_channel(KEPT);
        (Self { full, empty, bell, lost }, Taken { full: lines, empty: back })
    }

    /// An empty line to be written into.
    #[must_use]
    pub fn blank(&self) -> Line {
        self.empty.try_recv().unwrap_or_default()
    }

    /// Hands a line over. It is lost, and counted, when there is no room for it.
    pub fn write(&self, line: Line) {
        match self.full.try_send(line) {
            Ok(()) => self.bell.ring(),
            Err(_) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Bell {
    fn ring(&self) {
        // The line is in the queue before it is looked whether somebody sleeps; whoever goes to sleep says so before
        // it looks into the queue for the last time.
        fence(Ordering::SeqCst);
        if self.sleeps.load(Ordering::Relaxed) && self.sleeps.swap(false, Ordering::Relaxed) {
            self.wake();
        }
    }

    /// Wakes it whatever it does.
    pub(super) fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

/// Buffers that wait to be used again.
const KEPT: usize = 256;
