//! Points in time as text.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Prints a point in time as `2026-11-21T14:00:00Z`; before 1970 it prints 1970.
#[derive(Clone, Copy, Debug)]
pub struct Rfc3339(pub SystemTime);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let (year, month, day) = date(seconds / DAY);
        let (hour, minute, second) = (seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// The year, month and day that lie `days` after 1 January 1970.
///
/// Years are counted from 1 March, so that the leap day is the last of its year, and days from
/// 1 March of year 0, so that a cycle of 400 years always has the same length.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_TO_1970;
    let cycle = days / DAYS_IN_CYCLE;
    let in_cycle = days % DAYS_IN_CYCLE;
    let year_in_cycle = (in_cycle - in_cycle / 1460 + in_cycle / 36_524 - in_cycle / 146_096) / 365;
    let in_year = in_cycle - (365 * year_in_cycle + year_in_cycle / 4 - year_in_cycle / 100);
    // From March on, months of 31 and 30 days alternate closely enough to a line of slope 153 / 5.
    let march_month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = 400 * cycle + year_in_cycle + u64::from(month <= 2);
    (year, month, day)
}

const DAY: u64 = 86_400;
const DAYS_IN_CYCLE: u64 = 146_097;
const DAYS_TO_1970: u64 = 719_468;

#[cfg(test)]
mod tests;
