//! The names that the gateway has settled in one head.

use windrose_wire::field::{Folded, Id, Ids, is_spelling};

/// The names of fields that the gateway set, added or removed since a head was received.
///
/// Whoever sends fields that come later, as trailers do, asks here whether they would undo that.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    known: Ids,
    others: Option<Box<Others>>,
}

/// Names that have no number. Apart, since most heads have none and every connection holds some heads.
#[derive(Clone, Debug, Default)]
struct Others {
    /// Each with a comma behind it, which no name may hold.
    names: Vec<u8>,
}

impl Claimed {
    /// No names.
    #[must_use]
    pub const fn new() -> Self {
        Self { known: Ids::NONE, others: None }
    }

    /// Adds a name.
    pub fn insert(&mut self, id: Id, name: &[u8]) {
        if id != Id::OTHER {
            self.known.insert(id);
        } else if !self.holds(name) {
            let names = &mut self.others.get_or_insert_default().names;
            names.extend_from_slice(name);
            names.push(b',');
        }
    }

    /// Whether it is one of the names, whatever its case.
    #[must_use]
    pub fn holds(&self, name: &[u8]) -> bool {
        self.known.contains(Id::of(name)) || self.others().any(|other| other.eq_ignore_ascii_case(name))
    }

    /// Whether it is a spelling of one of the names, marks apart.
    #[must_use]
    pub fn covers(&self, name: &[u8]) -> bool {
        self.known.contains(Folded::of(name).id()) || self.others().any(|other| is_spelling(other, name))
    }

    /// Forgets all names and keeps the room.
    pub fn clear(&mut self) {
        self.known = Ids::NONE;
        if let Some(others) = &mut self.others {
            others.names.clear();
        }
    }

    fn others(&self) -> impl Iterator<Item = &[u8]> {
        let names = self.others.as_ref().map(|others| &*others.names).unwrap_or_default();
        names.split(|byte| *byte == b',').filter(|name| !name.is_empty())
    }
}
