//! How a container is asked to stop, and how long it may take.

use std::time::Duration;

/// The signal that stops a container, and the time until it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop {
    signal: u8,
    /// After this time it is dead, or was not meant to be.
    pub(crate) grace: Duration,
}

impl Stop {
    /// As an engine says it: a name or a number, and seconds.
    pub(crate) fn new(signal: &str, seconds: Option<i64>) -> Self {
        let usual = Self::default();
        // Below zero an engine waits for ever.
        let seconds = seconds.map(|seconds| u64::try_from(seconds).unwrap_or(LONGEST).min(LONGEST));
        let grace = seconds.map_or(usual.grace, Duration::from_secs);
        Self { signal: number(signal).unwrap_or(usual.signal), grace }
    }

    /// Whether a container that gets this signal is about to end.
    pub(crate) fn is_by(self, signal: &str) -> bool {
        number(signal).is_some_and(|signal| signal == self.signal || signal == KILL)
    }
}

impl Default for Stop {
    /// That of containers that say nothing.
    fn default() -> Self {
        Self { signal: 15, grace: Duration::from_secs(10) }
    }
}

fn number(signal: &str) -> Option<u8> {
    if let Ok(number) = signal.parse() {
        return Some(number);
    }
    let name = signal.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    if let Some(offset) = name.strip_prefix("RTMIN+") {
        return offset.parse::<u8>().ok()?.checked_add(FIRST_OF_REAL_TIME);
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

const KILL: u8 = 9;
const FIRST_OF_REAL_TIME: u8 = 34;
/// An hour; a wait that nobody means would hold memory.
const LONGEST: u64 = 3600;
/// Those that programs are stopped with, by their numbers on Linux.
const NAMES: [(&str, u8); 10] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ABRT", 6),
    ("KILL", KILL),
    ("USR1", 10),
    ("USR2", 12),
    ("TERM", 15),
    ("WINCH", 28),
    ("PWR", 30),
];
