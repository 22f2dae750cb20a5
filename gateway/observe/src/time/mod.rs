//! Points in time as text.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// Prints a point in time as `2026-11-21T14:00:00Z`; before 1970 it prints 1970, and beyond the year 9999 its last second.
#[derive(Clone, Copy, Debug)]
pub struct Rfc3339(pub SystemTime);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX).min(Timestamp::MAX.as_second());
        Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).fmt(f)
    }
}

#[cfg(test)]
mod tests;
