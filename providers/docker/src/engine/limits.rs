//! How long an engine may take for an answer, where nobody says so, too: one that never answers would hold up all else.

use std::fmt;
use std::time::Duration;

/// The limits of one engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// For an answer of any length.
    pub(super) whole: Limit,
    /// For what an engine says of one container.
    pub(super) one: Limit,
}

/// How long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub(super) time: Duration,
    /// Whether that is written in the options.
    is_written: bool,
}

impl Limits {
    /// Those that `httpClientTimeout` says; zero says nothing.
    pub(super) fn new(written: Option<Duration>) -> Self {
        match written.filter(|time| !time.is_zero()) {
            Some(time) => {
                let limit = Limit { time, is_written: true };
                Self { whole: limit, one: limit }
            }
            None => Self {
                whole: Limit { time: WHOLE, is_written: false },
                one: Limit { time: ONE, is_written: false },
            },
        }
    }
}

impl Limit {
    /// The same, but no longer than this.
    pub(super) fn at_most(self, time: Duration) -> Self {
        if time < self.time { Self { time, is_written: false } } else { self }
    }
}

impl fmt::Display for Limit {
    /// Where it comes from, to follow the time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_written { ", which is httpClientTimeout" } else { "" })
    }
}

/// A list of ten thousand containers takes some seconds.
const WHOLE: Duration = Duration::from_secs(60);
const ONE: Duration = Duration::from_secs(10);
