//! Hears of exchanges, and makes lines and numbers of what it hears.
//!
//! A worker has one [`Ear`]. What is heard of an exchange is copied into a [`Heard`], since the exchange may be gone
//! before its answer has ended; these are used again, so an exchange that is recorded allocates nothing once its worker
//! has warmed up.

mod heard;
mod subjects;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use windrose_http::Exchange;
use windrose_http::course::{Observe, Recorded, Traces, Watch};

use crate::access::Lines;
use crate::line::Stamps;
use crate::metrics::Counts;
use crate::push::Outbox;
use crate::settings::{Access, Internals};
use crate::trace::Tracer;
use heard::Heard;
use subjects::Subjects;

/// Hears of the exchanges of one worker.
pub(crate) struct Ear {
    /// Grows when something else is to be recorded.
    turn: Arc<AtomicU64>,
    /// Makes what is worked with after that.
    make: Box<dyn Fn() -> Desk>,
    seen: Cell<u64>,
    desk: RefCell<Rc<Desk>>,
}

/// What a worker works with.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) access: Option<Written>,
    pub(crate) counts: Option<(Counts, Internals)>,
    pub(crate) tracer: Option<Tracer>,
    /// What is recorded where there is no router, for each entry point.
    pub(crate) unrouted: Arc<[(Arc<str>, Recorded)]>,
    /// The requests of all workers that are written to the access log.
    pub(crate) count: Arc<AtomicU64>,
    pub(crate) stamps: RefCell<Stamps>,
    subjects: RefCell<Subjects>,
    #[allow(clippy::vec_box, reason = "whoever listens is handed out and comes back in a box")]
    spare: RefCell<Vec<Box<Heard>>>,
}

/// What a worker writes of requests.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) access: Arc<Access>,
    /// Where lines go; nowhere when only records are sent.
    pub(crate) lines: Option<Lines>,
    pub(crate) records: Option<Outbox>,
}

impl Desk {
    pub(crate) fn new(
        access: Option<Written>,
        counts: Option<(Counts, Internals)>,
        tracer: Option<Tracer>,
        unrouted: Arc<[(Arc<str>, Recorded)]>,
        count: Arc<AtomicU64>,
    ) -> Self {
        let stamps = RefCell::new(Stamps::new());
        let (subjects, spare) = (RefCell::default(), RefCell::default());
        Self { access, counts, tracer, unrouted, count, stamps, subjects, spare }
    }

    /// Whether nothing is recorded at all.
    const fn is_silent(&self) -> bool {
        self.access.is_none() && self.counts.is_none() && self.tracer.is_none()
    }

    /// Takes back what an exchange was heard with.
    fn keep(&self, mut heard: Box<Heard>) {
        let mut spare = self.spare.borrow_mut();
        if spare.len() < SPARE && heard.clear() {
            spare.push(heard);
        }
    }

    /// What is recorded of requests without a router.
    fn unrouted(&self, entry_point: &str) -> Recorded {
        let found = self.unrouted.iter().find(|(name, _)| **name == *entry_point);
        found.map_or(ALL, |(_, recorded)| *recorded)
    }
}

impl Ear {
    pub(crate) fn new(turn: Arc<AtomicU64>, make: Box<dyn Fn() -> Desk>) -> Self {
        let seen = Cell::new(turn.load(Ordering::Acquire));
        let desk = RefCell::new(Rc::new(make()));
        Self { turn, make, seen, desk }
    }

    /// What is recorded now.
    fn desk(&self) -> Rc<Desk> {
        let turn = self.turn.load(Ordering::Acquire);
        if self.seen.replace(turn) != turn {
            self.desk.replace(Rc::new((self.make)()));
        }
        Rc::clone(&self.desk.borrow())
    }
}

impl Observe for Ear {
    fn begin(&self, ex: &Exchange) -> Option<Box<dyn Watch>> {
        let desk = self.desk();
        if desk.is_silent() {
            return None;
        }
        let mut heard = desk.spare.borrow_mut().pop().unwrap_or_default();
        heard.begin(desk, ex);
        Some(heard)
    }
}

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ear").field("desk", &self.desk).finish_non_exhaustive()
    }
}

const ALL: Recorded =
    Recorded { access_log: true, metrics: true, traces: Traces::Minimal, changes_bodies: false };
/// More exchanges than that seldom end at the same time.
const SPARE: usize = 64;
