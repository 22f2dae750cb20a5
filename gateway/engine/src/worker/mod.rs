//! One core's share of the gateway.
//!
//! A worker is a thread with a runtime, listeners, pools and counters of its own; nothing on the request path
//! crosses to another. This module owns the worker's view of the current snapshot, the register of its
//! connections with their deadlines, and the coarse clock that moves them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::watch;
use windrose_http::Desk;
use windrose_http::course::Observe;
use windrose_http::exchange::Room;
use windrose_upstream::Local;

use crate::entry::EntryOptions;
use crate::publish::Current;
use crate::snapshot::Snapshot;

mod slots;

pub use slots::{Deadline, Phase, Retiring, SlotGuard, Speaks, Spoken, Which};

/// One core's share of the gateway.
pub struct Worker {
    /// Its number, from 0.
    pub index: usize,
    /// Its connections to servers.
    pub local: Rc<Local>,
    /// What it lends to its connections.
    pub desk: Rc<Desk>,
    /// Who listens to its exchanges.
    pub observe: Option<Rc<dyn Observe>>,
    /// What the machine is called.
    pub host_name: Arc<str>,
    /// The entry points, in order.
    pub entries: Arc<[Arc<EntryOptions>]>,
    /// Its connections from clients.
    pub slots: slots::Slots,
    current: Arc<Current>,
    seen: RefCell<Rc<Seen>>,
    unusable_names: Cell<u64>,
    /// Buffers of exchanges that have ended.
    rooms: RefCell<Vec<Room>>,
    /// The entry point of each socket that is accepted on.
    accepting: RefCell<Vec<usize>>,
}

/// What a worker tells of itself at every tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told<'a> {
    /// Open connections.
    pub open: usize,
    /// Tasks that have not ended.
    pub tasks: usize,
    /// Client hellos so far that asked for something no host is called.
    pub unusable_names: u64,
    /// Open connections by what they speak, for each entry point.
    pub spoken: &'a [Cell<Spoken>],
}

/// A socket that is accepted on.
pub struct Accepting {
    worker: Rc<Worker>,
    entry: usize,
}

impl Drop for Accepting {
    fn drop(&mut self) {
        let mut accepting = self.worker.accepting.borrow_mut();
        if let Some(at) = accepting.iter().position(|entry| *entry == self.entry) {
            accepting.swap_remove(at);
        }
        self.worker.slots.stir();
    }
}

/// A snapshot with a counter of this worker's own, so that requests share no cache line with other workers.
pub struct Seen {
    snapshot: Arc<Snapshot>,
}

impl std::ops::Deref for Seen {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl Worker {
    /// A worker without connections.
    #[must_use]
    pub fn new(
        index: usize,
        local: Rc<Local>,
        desk: Rc<Desk>,
        observe: Option<Rc<dyn Observe>>,
        host_name: Arc<str>,
        entries: Arc<[Arc<EntryOptions>]>,
        current: Arc<Current>,
    ) -> Rc<Self> {
        let seen = RefCell::new(Rc::new(Seen { snapshot: current.load() }));
        let slots = slots::Slots::new(Instant::now(), entries.len());
        Rc::new(Self {
            index,
            local,
            desk,
            observe,
            host_name,
            entries,
            slots,
            current,
            seen,
            unusable_names: Cell::new(0),
            rooms: RefCell::default(),
            accepting: RefCell::default(),
        })
    }

    /// The snapshot in force.
    #[must_use]
    pub fn snapshot(&self) -> Rc<Seen> {
        let mut seen = self.seen.borrow_mut();
        if seen.snapshot.generation != self.current.generation() {
            *seen = Rc::new(Seen { snapshot: self.current.load() });
        }
        Rc::clone(&seen)
    }

    /// Whether an entry point has routes of TCP now.
    #[must_use]
    pub fn has_tcp_routes(&self, entry: usize) -> bool {
        self.snapshot().listeners.get(entry).is_some_and(|listener| listener.tcp.is_some())
    }

    /// Tells of every snapshot that is put in force.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.current.news()
    }

    /// Registers a connection of an entry point.
    #[must_use]
    pub fn register(self: &Rc<Self>, entry: usize, phase: Phase) -> SlotGuard {
        SlotGuard::new(Rc::clone(self), entry, phase, slots::Of::Connection)
    }

    /// Registers a stream of a registered connection, for deadlines of its own.
    #[must_use]
    pub fn register_stream(self: &Rc<Self>, entry: usize) -> SlotGuard {
        SlotGuard::new(Rc::clone(self), entry, Phase::Busy, slots::Of::Stream)
    }

    /// Room for an exchange that keeps none of its own.
    #[must_use]
    pub fn take_room(&self) -> Room {
        self.rooms.borrow_mut().pop().unwrap_or_default()
    }

    /// Keeps room for the next exchange.
    pub fn give_room(&self, room: Room) {
        let mut rooms = self.rooms.borrow_mut();
        if rooms.len() < ROOMS {
            rooms.push(room);
        }
    }

    /// Counts a client hello that asks for something no host is called.
    pub fn count_unusable_name(&self) {
        self.unusable_names.set(self.unusable_names.get() + 1);
    }

    /// Begins to accept on an entry point; it goes on until what is returned is dropped.
    #[must_use]
    pub fn accepting(self: &Rc<Self>, entry: usize) -> Accepting {
        self.accepting.borrow_mut().push(entry);
        Accepting { worker: Rc::clone(self), entry }
    }

    /// Whether nothing is accepted on an entry point any more, and none of these connections of it is open.
    #[must_use]
    pub fn is_rid_of(&self, entry: usize, which: Which) -> bool {
        !self.accepting.borrow().contains(&entry) && !self.slots.holds(entry, which)
    }

    /// Lets go of replaced snapshots even when no request comes; ends deadlines; sweeps pools. Runs as long as
    /// the worker does, and seldom looks while there is nothing to watch.
    pub async fn tick(&self, report: impl Fn(Told<'_>)) {
        let mut swept = Instant::now();
        let mut quiet = 0;
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if self.slots.is_empty() && self.local.is_empty() {
                drop(self.snapshot());
                self.slots.doze(IDLE_TICK).await;
            } else if quiet >= QUIET && !self.slots.doze(SWEEP).await {
                quiet = 0;
            }
            ticks.tick().await;
            let now = Instant::now();
            quiet = if self.slots.tick(now, SWEEP + 2 * TICK) { quiet + 1 } else { 0 };
            report(Told {
                open: self.slots.open(),
                tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
                unusable_names: self.unusable_names.get(),
                spoken: self.slots.spoken(),
            });
            if now.duration_since(swept) >= SWEEP {
                swept = now;
                self.local.sweep(now);
                drop(self.snapshot());
            }
        }
    }
}

/// Rooms that are kept: more streams than that seldom end at the same time.
const ROOMS: usize = 64;
/// How exact deadlines of connections are.
const TICK: Duration = Duration::from_millis(50);
const SWEEP: Duration = Duration::from_secs(1);
/// After so many ticks without anything to be done soon the clock dozes: about a second.
const QUIET: u32 = 20;
const IDLE_TICK: Duration = Duration::from_secs(5);

thread_local! {
    static DATE: RefCell<(u64, Bytes)> = const { RefCell::new((0, Bytes::new())) };
}

/// The date as HTTP writes it (RFC 9110 §5.6.7); formatted once a second.
#[must_use]
pub fn date() -> Bytes {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    DATE.with_borrow_mut(|(of, text)| {
        if *of != unix || text.is_empty() {
            *text = Bytes::from(http_date(unix));
            *of = unix;
        }
        text.clone()
    })
}

/// A time as HTTP writes it; a clock beyond the year 9999 stands still there.
fn http_date(unix: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(unix.min(LAST_SECOND)))
}

/// The last one that four digits of a year can say.
const LAST_SECOND: u64 = 253_402_300_799;

#[cfg(test)]
mod tests;
