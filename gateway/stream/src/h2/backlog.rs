//! What a connection still has to write, bounded.
//!
//! The library below counts the bytes that wait in a stream, not the pieces, and a piece of one byte costs it
//! hundreds. So it gets [`Piece`]s, each of which is taken off the account when it was written or thrown away, and
//! whoever has more to send waits for room.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};

/// What all streams of one connection have handed over and is not written yet.
#[derive(Debug, Default)]
pub struct Backlog {
    held: Cell<usize>,
    written: Cell<u64>,
    /// By the number of the stream that waits: whoever goes away takes its waker along.
    waiting: RefCell<BTreeMap<u64, Waker>>,
    /// The number that was given last.
    numbers: Cell<u64>,
}

/// The part of one stream in the backlog of its connection.
#[derive(Debug)]
pub struct Share {
    backlog: Rc<Backlog>,
    /// There is one as soon as there is a second piece to wait with.
    own: Option<Rc<Own>>,
    /// Its number among those that wait for the connection; zero before it did.
    number: Cell<u64>,
}

#[derive(Debug, Default)]
struct Own {
    held: Cell<usize>,
    waiting: RefCell<Option<Waker>>,
}

/// Some bytes on their way through the library.
#[derive(Debug)]
pub struct Piece {
    data: Bytes,
    cost: usize,
    of: Option<(Rc<Backlog>, Option<Rc<Own>>)>,
}

impl Backlog {
    /// Nothing waits yet.
    #[must_use]
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Whether nothing more may be handed over.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.held.get() >= MOST_HELD
    }

    /// A number for one more that waits.
    fn number(&self) -> u64 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    fn give_back(&self, cost: usize) {
        self.held.set(self.held.get().saturating_sub(cost));
        self.written.set(self.written.get().wrapping_add(cost as u64));
        // Not at the first byte of room: each waking is a turn of a task.
        if self.held.get() <= MOST_HELD / 2 {
            for waker in self.waiting.take().into_values() {
                waker.wake();
            }
        }
    }
}

impl Share {
    /// A stream that has nothing in the backlog.
    #[must_use]
    pub fn new(backlog: &Rc<Backlog>) -> Self {
        Self { backlog: Rc::clone(backlog), own: None, number: Cell::new(0) }
    }

    /// Waits until another piece may be handed over.
    pub fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        if let Some(own) = &self.own
            && own.held.get() >= MOST_OF_STREAM
        {
            *own.waiting.borrow_mut() = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if !self.backlog.is_full() {
            return Poll::Ready(());
        }
        if self.number.get() == 0 {
            self.number.set(self.backlog.number());
        }
        self.backlog.waiting.borrow_mut().insert(self.number.get(), cx.waker().clone());
        Poll::Pending
    }

    /// What was written of all streams of the connection so far; only that it changes is of use.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.backlog.written.get()
    }

    /// Bytes to hand over, which keep `cost` bytes of memory; whether they are the last.
    #[must_use]
    pub fn piece(&mut self, data: Bytes, cost: usize, is_last: bool) -> Piece {
        if self.own.is_none() && !is_last {
            self.own = Some(Rc::default());
        }
        if let Some(own) = &self.own {
            own.held.set(own.held.get() + cost);
        }
        self.backlog.held.set(self.backlog.held.get() + cost);
        Piece { data, cost, of: Some((Rc::clone(&self.backlog), self.own.clone())) }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.number.get() != 0 {
            self.backlog.waiting.borrow_mut().remove(&self.number.get());
        }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.data.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.data.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.data.advance(count);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some((backlog, own)) = self.of.take() {
            if let Some(own) = own {
                own.held.set(own.held.get().saturating_sub(self.cost));
                if let Some(waker) = own.waiting.borrow_mut().take() {
                    waker.wake();
                }
            }
            backlog.give_back(self.cost);
        }
    }
}

/// What the streams of a connection may keep together: enough for a hundred streams to go on side by side.
pub const MOST_HELD: usize = 2 * 1024 * 1024;
/// Where a stream has enough to write: one piece on its way and one behind it.
pub(super) const MOST_OF_STREAM: usize = 2 * super::sending::BUFFER;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn piece(share: &mut Share, length: usize) -> Piece {
        share.piece(Bytes::from(vec![0; length]), length, false)
    }

    #[test]
    fn a_stream_that_has_enough_waits_for_its_own_piece() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let cx = Context::from_waker(&waker);
        let backlog = Backlog::new();
        let (mut share, other) = (Share::new(&backlog), Share::new(&backlog));
        let held = piece(&mut share, MOST_OF_STREAM);
        assert!(share.poll_room(&cx).is_pending());
        assert!(other.poll_room(&cx).is_ready());
        drop(held);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(share.poll_room(&cx).is_ready());
        assert_eq!(backlog.held.get(), 0);
    }

    #[test]
    fn streams_wait_together_when_their_connection_has_enough() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let cx = Context::from_waker(&waker);
        let backlog = Backlog::new();
        let (mut share, other) = (Share::new(&backlog), Share::new(&backlog));
        let mut held: Vec<Piece> = (0..4).map(|_| piece(&mut share, MOST_HELD / 4)).collect();
        assert!(other.poll_room(&cx).is_pending());
        assert!(other.poll_room(&cx).is_pending());
        held.pop();
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
        held.pop();
        assert_eq!(count.0.load(Ordering::Relaxed), 1, "woken once, when half is free");
        assert!(other.poll_room(&cx).is_ready());
    }
    #[test]
    fn a_stream_that_goes_away_waits_no_more() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let cx = Context::from_waker(&waker);
        let backlog = Backlog::new();
        let mut full = Share::new(&backlog);
        let held = piece(&mut full, MOST_HELD);
        let stays = Share::new(&backlog);
        assert!(stays.poll_room(&cx).is_pending());
        for _ in 0..100 {
            let goes = Share::new(&backlog);
            assert!(goes.poll_room(&cx).is_pending());
            assert!(goes.poll_room(&cx).is_pending());
            assert_eq!(backlog.waiting.borrow().len(), 2);
        }
        assert_eq!(backlog.waiting.borrow().len(), 1);
        drop(held);
        assert_eq!(count.0.load(Ordering::Relaxed), 1, "the one that stayed is woken");
        assert!(backlog.waiting.borrow().is_empty());
    }
}
