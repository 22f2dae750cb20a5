//! The names that the gateway has settled in one head.

use windrose_wire::field::{Folded, Id, Ids, is_spelling};

/// The names of fields that the gateway set, added or removed since a head was received, apart from the head.
///
/// Whoever sends fields that come later, as trailers do, asks here whether they would undo that.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    known: Ids,
    /// The other names, each with a comma behind it, which no name may hold.
    others: Vec<u8>,
}

impl Claimed {
    /// No names.
    #[must_use]
    pub const fn new() -> Self {
        Self { known: Ids::NONE, others: Vec::new() }
    }

    /// Adds a name.
    pub fn insert(&mut self, id: Id, name: &[u8]) {
        if id == Id::OTHER {
            self.others.extend_from_slice(name);
            self.others.push(b',');
        } else {
            self.known.insert(id);
        }
    }

    /// Whether it is a spelling of one of the names, marks and case apart.
    #[must_use]
    pub fn covers(&self, name: &[u8]) -> bool {
        let mut others = self.others.split(|byte| *byte == b',').filter(|name| !name.is_empty());
        self.known.contains(Folded::of(name).id()) || others.any(|other| is_spelling(other, name))
    }
}
