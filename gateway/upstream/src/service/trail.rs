//! What picking leaves behind for the answer.

use windrose_http::Headers;

use crate::sticky::Sticky;

/// The choices of which the client has to be told, from the outermost service inwards. The first is kept in place, and
/// more than one is rare: as a rule nothing is allocated.
#[derive(Default)]
pub struct Trail<'a> {
    first: Option<Step<'a>>,
    #[expect(
        clippy::box_collection,
        reason = "every connection has room for a trail, and it is nearly always empty"
    )]
    more: Option<Box<Vec<Step<'a>>>>,
}

#[derive(Clone, Copy)]
struct Step<'a> {
    sticky: &'a Sticky,
    at: u32,
}

impl<'a> Trail<'a> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The client is at home there from now on.
    pub(super) fn note(&mut self, sticky: &'a Sticky, at: u32) {
        let step = Step { sticky, at };
        if self.first.is_none() {
            self.first = Some(step);
        } else {
            self.more.get_or_insert_default().push(step);
        }
    }

    /// Writes what the client has to be told into an answer.
    #[inline]
    pub fn tell(&self, headers: &mut Headers) {
        if let Some(first) = &self.first {
            let more = self.more.iter().flat_map(|more| more.iter());
            [first].into_iter().chain(more).for_each(|step| step.sticky.tell(step.at as usize, headers));
        }
    }
}
