//! The register of a worker's connections: their deadlines, and who must be told when the gateway stops.
//!
//! A deadline is a number in a slot, moved by a store. One tick for all slots compares it with the clock, so
//! no request ever arms a timer.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::Worker;

/// A worker's connections.
pub struct Slots {
    /// Without gaps, in no order: the last one takes the place of one that ends, so a tick looks at those that are
    /// there, however many there once were.
    slots: RefCell<Vec<Rc<Slot>>>,
    origin: Instant,
    now: Cell<u64>,
    open: Cell<usize>,
    stage: Cell<Stage>,
    removed: Notify,
}

/// How far stopping has come, as connections see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Not at all.
    Running,
    /// Finish what is running, take nothing new.
    Closing,
    /// Give up.
    Forced,
}

/// One connection.
pub(super) struct Slot {
    /// Where it is in the register.
    index: Cell<usize>,
    deadline: Cell<u64>,
    answer_by: Cell<u64>,
    look_at: Cell<u64>,
    is_look_due: Cell<bool>,
    phase: Cell<Phase>,
    is_retired: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waiting for its first or next request.
    Idle,
    /// Serving one.
    Busy,
}

/// When a connection has waited long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// Never.
    None,
    /// So long after now.
    In(Duration),
}

impl Slots {
    pub(super) fn new(origin: Instant) -> Self {
        Self {
            slots: RefCell::default(),
            origin,
            now: Cell::new(0),
            open: Cell::new(0),
            stage: Cell::new(Stage::Running),
            removed: Notify::new(),
        }
    }

    /// Whether no connection is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.get() == 0
    }

    /// Open connections.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.get()
    }

    /// How many connections and streams there is room for.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.slots.borrow().capacity()
    }

    /// How far stopping has come.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage.get()
    }

    /// Moves on to a later stage of stopping and tells every connection.
    pub fn advance(&self, stage: Stage) {
        self.stage.set(stage);
        for slot in self.slots.borrow().iter() {
            slot.wake();
        }
    }

    /// Waits until a connection has ended; only while stopping.
    pub(super) async fn wait_removed(&self) {
        self.removed.notified().await;
    }

    /// Moves the clock and wakes whoever is late.
    pub(super) fn tick(&self, now: Instant) {
        let now = u64::try_from(now.duration_since(self.origin).as_millis()).unwrap_or(u64::MAX);
        self.now.set(now);
        for slot in self.slots.borrow().iter() {
            if slot.look_at.get() <= now {
                slot.look_at.set(u64::MAX);
                slot.is_look_due.set(true);
                slot.wake();
            } else if slot.deadline.get().min(slot.answer_by.get()) <= now {
                slot.wake();
            }
        }
    }

    fn at(&self, deadline: Deadline) -> u64 {
        match deadline {
            Deadline::None => u64::MAX,
            // One more than the clock says, which may be a tick behind.
            Deadline::In(wait) => {
                let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                self.now.get().saturating_add(wait).saturating_add(1)
            }
        }
    }

    fn add(&self, slot: Rc<Slot>, of: Of) {
        if of == Of::Connection {
            self.open.set(self.open.get() + 1);
        }
        let mut slots = self.slots.borrow_mut();
        slot.index.set(slots.len());
        slots.push(slot);
    }

    fn remove(&self, slot: &Slot, of: Of) {
        if of == Of::Connection {
            self.open.set(self.open.get().saturating_sub(1));
            if self.stage.get() != Stage::Running {
                self.removed.notify_one();
            }
        }
        let mut slots = self.slots.borrow_mut();
        let index = slot.index.get();
        if index < slots.len() {
            slots.swap_remove(index);
        }
        if let Some(moved) = slots.get(index) {
            moved.index.set(index);
        }
        // Room for twice as many stays, so that coming and going does not move them each time.
        let room = slots.capacity();
        if room > SMALL && slots.len() < room / 4 {
            slots.shrink_to(room / 2);
        }
    }
}

impl Slot {
    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}

/// A connection's place in the register, given up when dropped.
pub struct SlotGuard {
    worker: Rc<Worker>,
    slot: Rc<Slot>,
    of: Of,
}

/// What a slot stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// A connection, which is counted and waited for.
    Connection,
    /// A stream of one, which only has deadlines.
    Stream,
}

impl SlotGuard {
    pub(super) fn new(worker: Rc<Worker>, phase: Phase, of: Of) -> Self {
        let slot = Rc::new(Slot {
            index: Cell::new(0),
            deadline: Cell::new(u64::MAX),
            answer_by: Cell::new(u64::MAX),
            look_at: Cell::new(u64::MAX),
            is_look_due: Cell::new(false),
            phase: Cell::new(phase),
            is_retired: Cell::new(false),
            waker: RefCell::new(None),
        });
        worker.slots.add(Rc::clone(&slot), of);
        Self { worker, slot, of }
    }

    /// The worker whose connection this is.
    #[must_use]
    pub fn worker(&self) -> &Rc<Worker> {
        &self.worker
    }

    /// Says who is to be woken; cheap when it is the same task as before.
    pub fn watch(&self, cx: &Context<'_>) {
        let mut waker = self.slot.waker.borrow_mut();
        match waker.as_ref() {
            Some(known) if known.will_wake(cx.waker()) => {}
            _ => *waker = Some(cx.waker().clone()),
        }
    }

    /// Sets the deadline of what the client has to do. The clock is that of the last tick.
    pub fn set_deadline(&self, deadline: Deadline) {
        self.slot.deadline.set(self.worker.slots.at(deadline));
    }

    /// Brings the deadline near: a client that was accepted before the gateway stopped has little time left to
    /// say what it wants. Calling it again changes nothing.
    pub fn hurry(&self) {
        let soon = self.worker.slots.at(Deadline::In(FIRST_WORDS));
        self.slot.deadline.set(self.slot.deadline.get().min(soon));
    }

    /// Sets the deadline of the answer.
    pub fn set_answer_deadline(&self, deadline: Deadline) {
        self.slot.answer_by.set(self.worker.slots.at(deadline));
    }

    /// Whether a deadline has passed, or the gateway gives up on connections.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.slot.deadline.get() <= self.worker.slots.now.get() || self.is_answer_late()
    }

    /// Whether the deadline of the answer has passed, whatever the client has still to do, or the gateway gives
    /// up on connections.
    #[must_use]
    pub fn is_answer_late(&self) -> bool {
        self.slot.answer_by.get() <= self.worker.slots.now.get() || self.worker.slots.stage() == Stage::Forced
    }

    /// Says now and then that it is time to see whether a client is still there from which nothing is read. The
    /// task is woken for it.
    pub fn looks(&self) -> bool {
        if self.slot.look_at.get() == u64::MAX {
            self.slot.look_at.set(self.worker.slots.at(Deadline::In(LOOK)));
        }
        self.slot.is_look_due.take()
    }

    /// Whether nothing new may be started on the connection.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.slot.is_retired.get() || self.worker.slots.stage() >= Stage::Closing
    }

    /// A way to retire the connection for whoever does not have its place.
    #[must_use]
    pub fn retiring(&self) -> Retiring {
        Retiring(Rc::clone(&self.slot))
    }

    /// Says what the connection is doing.
    pub fn set_phase(&self, phase: Phase) {
        self.slot.phase.set(phase);
    }
}

/// Ends a connection as a stop of the gateway does: what runs on it is finished, nothing new is started.
pub struct Retiring(Rc<Slot>);

impl Retiring {
    /// Does it. Doing it again changes nothing.
    pub fn retire(&self) {
        self.0.is_retired.set(true);
        self.0.wake();
    }
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        self.worker.slots.remove(&self.slot, self.of);
    }
}

/// Below this much room there is nothing worth giving back.
const SMALL: usize = 64;
/// How often somebody looks after a client from which nothing is read.
const LOOK: Duration = Duration::from_secs(1);
/// Many round trips, and not long for whoever waits for the end.
const FIRST_WORDS: Duration = Duration::from_secs(1);
