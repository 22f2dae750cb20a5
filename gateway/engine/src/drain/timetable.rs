//! When each entry point comes to the stages that have a time.

use std::time::Duration;

use super::Stage;

/// What is still to come, the earliest last.
#[derive(Debug)]
pub(crate) struct Timetable(Vec<Due>);

/// An entry point's next stage. Times count from the signal to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) after: Duration,
    pub(crate) entry: usize,
    pub(crate) stage: Stage,
}

impl Timetable {
    /// For entry points with these times: how long each goes on accepting, and how long what runs may take after that.
    pub(crate) fn new(entries: impl IntoIterator<Item = (Duration, Duration)>) -> Self {
        let mut due = Vec::new();
        for (entry, (accept_grace, grace)) in entries.into_iter().enumerate() {
            due.push(Due { after: accept_grace, entry, stage: Stage::Closing });
            let after = accept_grace.saturating_add(grace);
            due.push(Due { after, entry, stage: Stage::Forced });
        }
        due.sort_by_key(|due| std::cmp::Reverse((due.after, due.stage)));
        Self(due)
    }

    /// What comes next.
    pub(crate) fn next(&self) -> Option<Due> {
        self.0.last().copied()
    }

    /// Strikes what came next.
    pub(crate) fn pass(&mut self) {
        self.0.pop();
    }

    /// Strikes all that is to come for an entry point: nothing is left that it could be forced to end.
    pub(crate) fn strike(&mut self, entry: usize) {
        self.0.retain(|due| due.entry != entry);
    }
}
