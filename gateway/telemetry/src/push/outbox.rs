//! The way of finished bytes from a worker to the control side.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// A worker's end. Nobody is woken by it: the other side looks often enough.
#[derive(Debug)]
pub(crate) struct Outbox {
    full: SyncSender<Piece>,
    empty: Receiver<Vec<u8>>,
    held: Arc<AtomicUsize>,
    lost: Lost,
}

/// What an exchange leaves: bytes, and of how many records they are.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: usize,
}

/// The other ends, of all workers.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    of_workers: Mutex<Vec<Taken>>,
    /// What was lost.
    pub(crate) lost: Lost,
}

/// How many records never arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lost {
    /// For want of room, since they are collected too slowly or not at all.
    pub(crate) crowded: Arc<AtomicU64>,
    /// Since whoever collects does not want them.
    pub(crate) refused: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Taken {
    full: Receiver<Piece>,
    empty: SyncSender<Vec<u8>>,
    held: Arc<AtomicUsize>,
}

impl Inbox {
    /// Its losses are counted here.
    pub(crate) fn losing(lost: Lost) -> Self {
        Self { of_workers: Mutex::default(), lost }
    }

    /// The end of another worker.
    pub(crate) fn outbox(&self) -> Outbox {
        let (full, pieces) = sync_channel(MOST_PIECES);
        let (back, empty) = sync_channel(KEPT);
        let held = Arc::<AtomicUsize>::default();
        let taken = Taken { full: pieces, empty: back, held: Arc::clone(&held) };
        self.of_workers.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
        Outbox { full, empty, held, lost: self.lost.clone() }
    }

    /// Appends what is there to `bytes` until there are so many; gives how many records that is.
    pub(crate) fn take(&self, bytes: &mut Vec<u8>, most: usize) -> usize {
        let mut records = 0;
        let mut of_workers = self.of_workers.lock().unwrap_or_else(PoisonError::into_inner);
        of_workers.retain(|worker| {
            while bytes.len() < most {
                match worker.full.try_recv() {
                    Ok(piece) => records += worker.put_back(piece, bytes),
                    Err(error) => return error == std::sync::mpsc::TryRecvError::Empty,
                }
            }
            true
        });
        records
    }
}

impl Taken {
    fn put_back(&self, mut piece: Piece, bytes: &mut Vec<u8>) -> usize {
        self.held.fetch_sub(piece.bytes.len(), Ordering::Relaxed);
        bytes.extend_from_slice(&piece.bytes);
        piece.bytes.clear();
        if piece.bytes.capacity() <= MOST_KEPT {
            let _ = self.empty.try_send(piece.bytes);
        }
        piece.records
    }
}

impl Outbox {
    /// An empty buffer to be written into.
    pub(crate) fn blank(&self) -> Vec<u8> {
        self.empty.try_recv().unwrap_or_default()
    }

    /// Hands records over. They are lost, and counted, when there is no room for them.
    pub(crate) fn put(&self, bytes: Vec<u8>, records: usize) {
        let size = bytes.len();
        let has_room = self.held.load(Ordering::Relaxed) + size <= MOST_HELD;
        if has_room {
            self.held.fetch_add(size, Ordering::Relaxed);
        }
        if !has_room || self.full.try_send(Piece { bytes, records }).is_err() {
            if has_room {
                self.held.fetch_sub(size, Ordering::Relaxed);
            }
            self.lost.crowded.fetch_add(records as u64, Ordering::Relaxed);
        }
    }
}

impl Lost {
    /// All of it.
    pub(crate) fn sum(&self) -> u64 {
        self.crowded.load(Ordering::Relaxed) + self.refused.load(Ordering::Relaxed)
    }
}

/// What of one worker may wait.
const MOST_PIECES: usize = 8192;
const MOST_HELD: usize = 8 << 20;
/// Buffers that wait to be used again, and the largest of them.
const KEPT: usize = 256;
const MOST_KEPT: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_workers_put_in_comes_out_and_their_buffers_go_back() {
        let inbox = Inbox::default();
        let (one, other) = (inbox.outbox(), inbox.outbox());
        one.put(b"ab".to_vec(), 2);
        other.put(b"c".to_vec(), 1);
        let mut bytes = Vec::new();
        assert_eq!((inbox.take(&mut bytes, 100), &*bytes), (3, &b"abc"[..]));
        assert!(one.blank().capacity() > 0 && one.held.load(Ordering::Relaxed) == 0);
    }

    #[test]
    fn what_there_is_no_room_for_is_dropped_and_counted() {
        let inbox = Inbox::default();
        let outbox = inbox.outbox();
        for _ in 0..MOST_PIECES + 5 {
            outbox.put(vec![1], 2);
        }
        assert_eq!(inbox.lost.sum(), 10);
        let inbox = Inbox::default();
        let outbox = inbox.outbox();
        for _ in 0..9 {
            outbox.put(vec![1; 1 << 20], 1);
        }
        assert_eq!(inbox.lost.sum(), 1);
        let mut bytes = Vec::new();
        assert_eq!(inbox.take(&mut bytes, 3 << 20), 3);
        outbox.put(vec![1; 1 << 20], 1);
        assert_eq!(inbox.lost.sum(), 1);
    }
}
