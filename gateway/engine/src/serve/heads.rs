//! What the heads of all requests of one connection keep in memory.
//!
//! A reference of one byte to a compressed field of four thousand stands for four thousand, so the bytes that a
//! client sends say nothing about the room that its requests take.

use std::cell::Cell;
use std::rc::Rc;

/// What the heads of a connection keep.
#[derive(Debug, Default)]
pub(super) struct Heads {
    held: Cell<usize>,
}

/// A head's part of it, given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    heads: Rc<Heads>,
    cost: usize,
}

impl Heads {
    /// Takes room for a head of so many fields with so many bytes; none when the others have taken too much. A single
    /// one may be as large as it likes: how large is the entry point's to say.
    pub(super) fn take(self: &Rc<Self>, fields: usize, bytes: usize) -> Option<Held> {
        let cost = bytes + fields * FIELD;
        let held = self.held.get();
        if held > 0 && held + cost > MOST {
            return None;
        }
        self.held.set(held + cost);
        Some(Held { heads: Rc::clone(self), cost })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.heads.held.set(self.heads.held.get().saturating_sub(self.cost));
    }
}

/// What a field costs beside its bytes, while it is taken over.
const FIELD: usize = 96;
/// Sixteen thousand bytes for each of 250 requests, all waiting for their answers.
const MOST: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_refused_beyond_the_room_and_taken_again_when_others_went() {
        let heads = Rc::<Heads>::default();
        let first = heads.take(1, 2 * MOST).unwrap();
        assert!(heads.take(1, 1).is_none());
        drop(first);
        let _second = heads.take(1, MOST / 2).unwrap();
        assert!(heads.take(1, MOST / 2).is_none());
        assert!(heads.take(1, MOST / 4).is_some());
    }
}
