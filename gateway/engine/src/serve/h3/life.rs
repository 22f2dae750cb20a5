//! What a connection and its streams share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use crate::serve::heads::Heads;
use crate::serve::quic::Link;

/// What a connection and its streams share.
pub(super) struct Life {
    pub(super) born: Instant,
    pub(super) served: Cell<u64>,
    pub(super) open: Cell<usize>,
    /// Streams that the client gave up before they were answered.
    pub(super) abandoned: Cell<u64>,
    /// Streams that broke a rule.
    pub(super) wrong: Cell<usize>,
    /// What its requests keep.
    pub(super) heads: Rc<Heads>,
    /// Bytes of sections of fields that are not complete.
    collecting: Cell<usize>,
    link: Rc<Link>,
    /// Scratch room for texts of fields.
    pub(super) scratch: RefCell<Vec<u8>>,
}

impl Life {
    pub(super) fn new(link: &Rc<Link>) -> Rc<Self> {
        Rc::new(Self {
            born: Instant::now(),
            served: Cell::new(0),
            open: Cell::new(0),
            abandoned: Cell::new(0),
            wrong: Cell::new(0),
            heads: Rc::default(),
            collecting: Cell::new(0),
            link: Rc::clone(link),
            scratch: RefCell::default(),
        })
    }

    /// A stream begins.
    pub(super) fn begin(self: &Rc<Self>) -> Open {
        self.open.set(self.open.get() + 1);
        self.served.set(self.served.get() + 1);
        Open(Rc::clone(self))
    }

    /// The client has given up a stream before its answer.
    pub(super) fn abandon(&self) {
        self.abandoned.set(self.abandoned.get() + 1);
    }

    /// A stream has broken a rule.
    pub(super) fn mark_wrong(&self) {
        self.wrong.set(self.wrong.get() + 1);
    }

    /// Takes room for some bytes of a section of fields; says whether there is any.
    pub(super) fn collect(&self, bytes: usize) -> bool {
        let collecting = self.collecting.get();
        if collecting > 0 && collecting + bytes > MOST_COLLECTED {
            return false;
        }
        self.collecting.set(collecting + bytes);
        true
    }

    /// Gives the room back.
    pub(super) fn collected(&self, bytes: usize) {
        self.collecting.set(self.collecting.get().saturating_sub(bytes));
    }

    /// Whether most streams are given up before their answer: each made a server work and cost it a connection.
    pub(super) fn is_abused(&self) -> bool {
        let abandoned = self.abandoned.get();
        abandoned > MOST_ABANDONED && abandoned > self.served.get() / 2 || self.wrong.get() > MOST_WRONG
    }

    /// Whether the client gives up most of what it asks for. What it asks next waits a little, so that no server begins
    /// what is given up at once.
    pub(super) fn is_fickle(&self) -> bool {
        self.abandoned.get() > MANY_ABANDONED && self.abandoned.get() > self.served.get() / 2
    }
}

/// A stream that has not ended.
pub(super) struct Open(Rc<Life>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get().saturating_sub(1));
        self.0.link.stir();
    }
}

/// A page that is left abandons at most as many streams as may be open.
const MOST_ABANDONED: u64 = 250;
/// A page that is left may do so twice; from here on each stream has time for a second thought.
const MANY_ABANDONED: u64 = 50;
/// Streams that break a rule: a client that means well has none.
const MOST_WRONG: usize = 100;
/// Sections of fields that are not complete, of all streams together.
const MOST_COLLECTED: usize = 4 * 1024 * 1024;
