//! A set of known names.

use super::{Id, NAMES};

/// A set of known names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ids([u64; 2]);

impl Ids {
    /// None.
    pub const NONE: Self = Self([0; 2]);

    /// Adds a name; [`Id::OTHER`] is none.
    pub const fn insert(&mut self, id: Id) {
        self.0[id.0 as usize / 64 % 2] |= Self::bit(id);
    }

    /// Whether the name is in it.
    #[must_use]
    pub const fn contains(self, id: Id) -> bool {
        self.0[id.0 as usize / 64 % 2] & Self::bit(id) != 0
    }

    const fn bit(id: Id) -> u64 {
        if id.0 == Id::OTHER.0 { 0 } else { 1 << (id.0 % 64) }
    }
}

const _: () = assert!(NAMES.len() <= 128, "the set has room for 128 names");
