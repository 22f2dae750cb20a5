//! The register of a worker's connections: their deadlines, and who must be told when the gateway stops.
//!
//! A deadline is a number in a slot, moved by a store. One tick for all slots compares it with the clock, so
//! what a client has to do in time arms no timer. While nothing will be late soon the clock dozes; whoever needs it
//! then sets it going. Invariant: a clock that dozes is read by nobody who compares it with a near deadline.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::Worker;
use crate::drain::{Stage, Stages};

/// A worker's connections.
pub struct Slots {
    /// Without gaps, in no order: the last one takes the place of one that ends, so a tick looks at those that are
    /// there, however many there once were.
    slots: RefCell<Vec<Rc<Slot>>>,
    origin: Instant,
    now: Cell<u64>,
    open: Cell<usize>,
    /// How many of them speak what, for each entry point.
    spoken: Box<[Cell<Spoken>]>,
    stages: RefCell<Stages>,
    stirred: Notify,
    /// Whether the clock stands, since nothing will be late soon.
    is_dozing: Cell<bool>,
    roused: Notify,
}

/// One connection.
pub(super) struct Slot {
    /// Where it is in the register.
    index: Cell<usize>,
    deadline: Cell<u64>,
    answer_by: Cell<u64>,
    look: Cell<Look>,
    of: Of,
    entry: u32,
    phase: Cell<Phase>,
    speaks: Cell<Speaks>,
    /// That of its entry point, or later.
    stage: Cell<Stage>,
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

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// It has not said it yet.
    Unknown,
    /// HTTP/1.
    Http1,
    /// HTTP/2.
    Http2,
    /// HTTP/3.
    Http3,
}

/// Open connections by what they speak, in the order of [`Speaks`].
pub type Spoken = [usize; 4];

/// When a connection has waited long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// Never.
    None,
    /// So long after now.
    In(Duration),
}

impl Slots {
    pub(super) fn new(origin: Instant, entries: usize) -> Self {
        Self {
            slots: RefCell::default(),
            origin,
            now: Cell::new(0),
            open: Cell::new(0),
            spoken: (0..entries).map(|_| Cell::default()).collect(),
            stages: RefCell::new(Stages::running(entries)),
            stirred: Notify::new(),
            is_dozing: Cell::new(false),
            roused: Notify::new(),
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

    /// Open connections by what they speak, for each entry point.
    #[must_use]
    pub fn spoken(&self) -> &[Cell<Spoken>] {
        &self.spoken
    }

    /// Changes how many connections of an entry point speak something.
    fn count(&self, entry: u32, speaks: Speaks, change: impl FnOnce(usize) -> usize) {
        let Some(of) = usize::try_from(entry).ok().and_then(|entry| self.spoken.get(entry)) else { return };
        let mut counts = of.get();
        if let Some(count) = counts.get_mut(speaks as usize) {
            *count = change(*count);
        }
        of.set(counts);
    }

    /// How many connections and streams there is room for.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.slots.borrow().capacity()
    }

    /// Whether connections of an entry point are open, or only those that wait for a request.
    #[must_use]
    pub fn holds(&self, entry: usize, which: Which) -> bool {
        let entry = number(entry);
        let is_meant = |slot: &Rc<Slot>| {
            slot.of == Of::Connection
                && slot.entry == entry
                && (which == Which::All || slot.phase.get() == Phase::Idle)
        };
        self.slots.borrow().iter().any(is_meant)
    }

    /// Takes over how far stopping has come, and tells the connections of entry points that have come further.
    pub fn advance(&self, stages: &Stages) {
        self.stages.borrow_mut().clone_from(stages);
        for slot in self.slots.borrow().iter() {
            slot.advance(stages.of(usize::try_from(slot.entry).unwrap_or(usize::MAX)));
        }
    }

    /// Waits until, while stopping, a connection has ended or one that waited for a request has got it.
    pub async fn stirred(&self) {
        self.stirred.notified().await;
    }

    /// Lets [`Self::stirred`] go on.
    pub(super) fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Moves the clock and wakes whoever is late. Says whether nothing is to be done for so long.
    pub(super) fn tick(&self, now: Instant, quiet: Duration) -> bool {
        self.move_clock(now);
        let now = self.now.get();
        let later = now.saturating_add(u64::try_from(quiet.as_millis()).unwrap_or(u64::MAX));
        let mut is_quiet = true;
        for slot in self.slots.borrow().iter() {
            let soonest = slot.deadline.get().min(slot.answer_by.get());
            is_quiet &= soonest > later && slot.look.get() == Look::Never;
            if slot.is_look_due() || soonest <= now {
                slot.wake();
            }
        }
        is_quiet
    }

    fn move_clock(&self, now: Instant) {
        self.now.set(u64::try_from(now.duration_since(self.origin).as_millis()).unwrap_or(u64::MAX));
    }

    /// Lets the clock stand for so long, or until somebody needs it. Says whether nobody did.
    pub(super) async fn doze(&self, longest: Duration) -> bool {
        self.is_dozing.set(true);
        let is_roused = tokio::time::timeout(longest, self.roused.notified()).await.is_ok();
        self.is_dozing.set(false);
        !is_roused
    }

    /// Lets the clock go on where it stood.
    fn rouse(&self) {
        if self.is_dozing.get() {
            self.wake_clock();
        }
    }

    #[cold]
    fn wake_clock(&self) {
        self.is_dozing.set(false);
        self.move_clock(Instant::now());
        self.roused.notify_one();
    }

    pub(super) fn at(&self, deadline: Deadline) -> u64 {
        self.rouse();
        match deadline {
            Deadline::None => u64::MAX,
            // One more than the clock says, which may be a tick behind.
            Deadline::In(wait) => {
                let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                self.now.get().saturating_add(wait).saturating_add(1)
            }
        }
    }

    fn add(&self, slot: Rc<Slot>) {
        self.rouse();
        if slot.of == Of::Connection {
            self.open.set(self.open.get() + 1);
            self.count(slot.entry, slot.speaks.get(), |count| count + 1);
        }
        let mut slots = self.slots.borrow_mut();
        slot.index.set(slots.len());
        slots.push(slot);
    }

    fn remove(&self, slot: &Slot) {
        self.rouse();
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
        if slot.of == Of::Connection {
            self.open.set(self.open.get().saturating_sub(1));
            self.count(slot.entry, slot.speaks.get(), |count| count.saturating_sub(1));
            if slot.stage.get() >= Stage::Closing {
                self.stir();
            }
        }
    }
}

/// When to see whether a client is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Never,
    /// After so many ticks.
    In(u8),
    Now,
}

impl Slot {
    fn advance(&self, stage: Stage) {
        if stage > self.stage.get() {
            self.stage.set(stage);
            self.wake();
        }
    }

    /// Counts a tick; says whether it is time to look.
    fn is_look_due(&self) -> bool {
        let Look::In(ticks) = self.look.get() else { return false };
        let left = ticks.saturating_sub(1);
        self.look.set(if left == 0 { Look::Now } else { Look::In(left) });
        left == 0
    }

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
}

/// Which connections are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that are open.
    All,
    /// Those that wait for a request.
    Idle,
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
    pub(super) fn new(worker: Rc<Worker>, entry: usize, phase: Phase, of: Of) -> Self {
        let stage = worker.slots.stages.borrow().of(entry);
        let slot = Rc::new(Slot {
            index: Cell::new(0),
            deadline: Cell::new(u64::MAX),
            answer_by: Cell::new(u64::MAX),
            look: Cell::new(Look::Never),
            of,
            entry: number(entry),
            phase: Cell::new(phase),
            speaks: Cell::new(Speaks::Unknown),
            stage: Cell::new(stage),
            waker: RefCell::new(None),
        });
        worker.slots.add(Rc::clone(&slot));
        Self { worker, slot }
    }

    /// The worker whose connection this is.
    #[must_use]
    pub fn worker(&self) -> &Rc<Worker> {
        &self.worker
    }

    /// Says what the connection speaks.
    pub fn speaks(&self, speaks: Speaks) {
        let slots = &self.worker.slots;
        slots.count(self.slot.entry, self.slot.speaks.replace(speaks), |count| count.saturating_sub(1));
        slots.count(self.slot.entry, speaks, |count| count + 1);
    }

    /// Another place with deadlines of its own, at the same entry point.
    #[must_use]
    pub fn beside(&self) -> Self {
        let entry = usize::try_from(self.slot.entry).unwrap_or(usize::MAX);
        self.worker.register_stream(entry)
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

    /// Whether a deadline has passed, or its entry point gives up on connections.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.slot.deadline.get() <= self.worker.slots.now.get() || self.is_answer_late()
    }

    /// Whether the deadline of the answer has passed, whatever the client has still to do, or its entry point
    /// gives up on connections.
    #[must_use]
    pub fn is_answer_late(&self) -> bool {
        self.slot.answer_by.get() <= self.worker.slots.now.get() || self.slot.stage.get() == Stage::Forced
    }

    /// Says now and then that it is time to see whether a client is still there from which nothing is read. The
    /// task is woken for it.
    pub fn looks(&self) -> bool {
        let look = self.slot.look.get();
        if !matches!(look, Look::In(_)) {
            self.worker.slots.rouse();
            self.slot.look.set(Look::In(LOOK));
        }
        look == Look::Now
    }

    /// Whether nothing new may be started on the connection.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.slot.stage.get() >= Stage::Closing
    }

    /// A way to retire the connection for whoever does not have its place.
    #[must_use]
    pub fn retiring(&self) -> Retiring {
        Retiring(Rc::clone(&self.slot))
    }

    /// What the connection is doing.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.slot.phase.get()
    }

    /// Says what the connection is doing.
    pub fn set_phase(&self, phase: Phase) {
        self.slot.phase.set(phase);
        if self.is_closing() {
            self.worker.slots.stir();
        }
    }
}

/// Ends a connection as a stop of the gateway does: what runs on it is finished, nothing new is started.
pub struct Retiring(Rc<Slot>);

impl Retiring {
    /// Does it. Doing it again changes nothing.
    pub fn retire(&self) {
        self.0.advance(Stage::Closing);
    }
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        self.worker.slots.remove(&self.slot);
    }
}

/// An entry point's place, as a slot has it.
fn number(entry: usize) -> u32 {
    u32::try_from(entry).unwrap_or(u32::MAX)
}

/// Below this much room there is nothing worth giving back.
const SMALL: usize = 64;
/// How often somebody looks after a client from which nothing is read, in ticks: about a second.
const LOOK: u8 = 20;
/// Many round trips, and not long for whoever waits for the end.
const FIRST_WORDS: Duration = Duration::from_secs(1);
