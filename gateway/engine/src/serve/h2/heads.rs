//! What the heads of all requests of one connection keep in memory.
//!
//! A reference of one byte to a compressed field of four thousand stands for four thousand, so the bytes that a
//! client sends say nothing about the room that its requests take.

use std::cell::Cell;
use std::rc::Rc;

use http::HeaderMap;

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
    /// Takes room for a head; none when the others have taken too much. A single one may be as large as it likes:
    /// how large is the entry point's to say.
    pub(super) fn take(self: &Rc<Self>, map: &HeaderMap) -> Option<Held> {
        let cost = map.iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD).sum::<usize>();
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

    fn map(length: usize) -> HeaderMap {
        let mut map = HeaderMap::new();
        map.insert("a", vec![b'x'; length].try_into().unwrap());
        map
    }

    #[test]
    fn heads_are_refused_beyond_the_room_and_taken_again_when_others_went() {
        let heads = Rc::<Heads>::default();
        let first = heads.take(&map(2 * MOST)).unwrap();
        assert!(heads.take(&map(1)).is_none());
        drop(first);
        let _second = heads.take(&map(MOST / 2)).unwrap();
        assert!(heads.take(&map(MOST / 2)).is_none());
        assert!(heads.take(&map(MOST / 4)).is_some());
    }
}
