//! The stages of stopping.

mod timetable;

use std::fmt;

pub(crate) use timetable::Timetable;

/// How far stopping has come. It only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Serving.
    Running,
    /// Still serving, but health checks are told to go elsewhere.
    Unready,
    /// No new connections. Those that wait for a request are told and end; those that are open end with their current
    /// request.
    Closing,
    /// No connection waits for a request any more, so what is running is all that is waited for.
    Draining,
    /// Given up on what is still running.
    Forced,
}

/// How far each entry point has come, and with them the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    overall: Stage,
    entries: Box<[Stage]>,
}

impl Stages {
    /// Serving on so many entry points.
    #[must_use]
    pub fn running(entries: usize) -> Self {
        Self { overall: Stage::Running, entries: vec![Stage::Running; entries].into() }
    }

    /// The gateway is as far as the entry point that has come least far.
    #[must_use]
    pub const fn overall(&self) -> Stage {
        self.overall
    }

    /// How far the entry point at this place has come.
    #[must_use]
    pub fn of(&self, entry: usize) -> Stage {
        self.entries.get(entry).copied().unwrap_or(self.overall)
    }

    /// Moves an entry point on.
    pub fn enter(&mut self, entry: usize, stage: Stage) {
        if let Some(place) = self.entries.get_mut(entry) {
            *place = stage.max(*place);
        }
        if let Some(least) = self.entries.iter().min() {
            self.overall = *least;
        }
    }

    /// Moves the gateway on, all entry points with it.
    pub fn enter_all(&mut self, stage: Stage) {
        self.overall = stage.max(self.overall);
        for place in &mut self.entries {
            *place = stage.max(*place);
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Unready => "unready",
            Self::Closing => "closing",
            Self::Draining => "draining",
            Self::Forced => "forced",
        })
    }
}

#[cfg(test)]
mod tests;
