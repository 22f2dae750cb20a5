//! The patience with a client that takes nothing of what there is for it.

use std::task::Context;
use std::time::Duration;

use crate::worker::{Deadline, SlotGuard};

/// The patience with a client that takes nothing of what there is for it.
pub(super) struct Stalled<'a> {
    of: &'a SlotGuard,
    patience: Option<Duration>,
    /// A deadline of its own, since that of the stream is the request's; there is one once it was needed.
    slot: Option<SlotGuard>,
    at: Option<u64>,
}

impl<'a> Stalled<'a> {
    pub(super) const fn new(of: &'a SlotGuard, patience: Option<Duration>) -> Self {
        Self { of, patience, slot: None, at: None }
    }

    /// Whether the client has stood still at the same place for too long.
    pub(super) fn is_late(&mut self, at: Option<u64>, cx: &Context<'_>) -> bool {
        let Some(patience) = self.patience else { return false };
        if at.is_none() && self.slot.is_none() {
            return false;
        }
        let slot = self.slot.get_or_insert_with(|| self.of.beside());
        if self.at != at {
            self.at = at;
            slot.set_deadline(at.map_or(Deadline::None, |_| Deadline::In(patience)));
        }
        slot.watch(cx);
        slot.is_late()
    }
}
