//! Durations as Go writes them: `10s`, `1m30s`, `300ms`; a bare integer is a number of seconds.
//!
//! Owns [`GoDuration`], its parser and its printer. Must not know what a duration is for.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A length of time with Go's range, spelling and sign: some options give a meaning to negative values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct GoDuration {
    nanoseconds: i64,
}

impl GoDuration {
    /// No time at all.
    pub const ZERO: Self = Self { nanoseconds: 0 };

    /// This many seconds.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self { nanoseconds: seconds.saturating_mul(SECOND) }
    }

    /// This many milliseconds.
    #[must_use]
    pub const fn from_millis(milliseconds: i64) -> Self {
        Self { nanoseconds: milliseconds.saturating_mul(MILLISECOND) }
    }

    /// This many nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanoseconds: i64) -> Self {
        Self { nanoseconds }
    }

    /// The length in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.nanoseconds
    }

    /// Whether this is exactly zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.nanoseconds == 0
    }

    /// Whether this is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.nanoseconds < 0
    }

    /// The length for use with timers; `None` when it is below zero.
    #[must_use]
    pub fn to_std(self) -> Option<Duration> {
        u64::try_from(self.nanoseconds).ok().map(Duration::from_nanos)
    }

    /// The length for use with timers; `None` when it is zero or below, as for time-outs where that means "none".
    #[must_use]
    pub fn positive(self) -> Option<Duration> {
        self.to_std().filter(|duration| !duration.is_zero())
    }
}

/// Text that is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a duration, write a number of seconds or for example 300ms, 10s, 1m30s")]
pub struct ParseDurationError;

impl std::str::FromStr for GoDuration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        if let Ok(seconds) = text.parse::<i64>() {
            return seconds.checked_mul(SECOND).map(Self::from_nanos).ok_or(ParseDurationError);
        }
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..).unwrap_or_default()),
            Some(b'+') => (false, text.get(1..).unwrap_or_default()),
            _ => (false, text),
        };
        if digits.is_empty() {
            return Err(ParseDurationError);
        }
        let mut total: i128 = 0;
        let mut rest = digits;
        while !rest.is_empty() {
            let (part, after) = parse_part(rest)?;
            total = total.checked_add(part).ok_or(ParseDurationError)?;
            rest = after;
        }
        let signed = if negative { -total } else { total };
        i64::try_from(signed).map(Self::from_nanos).map_err(|_| ParseDurationError)
    }
}

/// One number with its unit, in nanoseconds, and what follows it.
fn parse_part(text: &str) -> Result<(i128, &str), ParseDurationError> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(ParseDurationError)?;
    let (number, rest) = text.split_at(number_end);
    let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, after) = rest.split_at(unit_end);
    let unit = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| i128::from(*size));
    let unit = unit.ok_or(ParseDurationError)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || whole.len() > 19 {
        return Err(ParseDurationError);
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| ParseDurationError)? };
    let mut nanoseconds = whole.checked_mul(unit).ok_or(ParseDurationError)?;
    let mut scale = unit;
    for digit in fraction.bytes() {
        nanoseconds += i128::from(digit - b'0') * scale / 10;
        scale /= 10;
    }
    Ok((nanoseconds, after))
}

impl fmt::Display for GoDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.nanoseconds.unsigned_abs();
        if self.is_negative() {
            formatter.write_str("-")?;
        }
        if length == 0 {
            return formatter.write_str("0s");
        }
        if length < SECOND.unsigned_abs() {
            let (unit, name) = match length {
                0..1_000 => (1, "ns"),
                1_000..1_000_000 => (1_000, "µs"),
                _ => (1_000_000, "ms"),
            };
            return write_decimal(formatter, length, unit, name);
        }
        let (hours, rest) = (length / HOUR.unsigned_abs(), length % HOUR.unsigned_abs());
        let (minutes, rest) = (rest / MINUTE.unsigned_abs(), rest % MINUTE.unsigned_abs());
        if hours > 0 {
            write!(formatter, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(formatter, "{minutes}m")?;
        }
        write_decimal(formatter, rest, SECOND.unsigned_abs(), "s")
    }
}

/// `length` counted in `unit`, with as many decimals as it needs.
fn write_decimal(formatter: &mut fmt::Formatter<'_>, length: u64, unit: u64, name: &str) -> fmt::Result {
    let (whole, mut fraction) = (length / unit, length % unit);
    write!(formatter, "{whole}")?;
    if fraction > 0 {
        formatter.write_str(".")?;
    }
    let mut place = unit / 10;
    while fraction > 0 && place > 0 {
        write!(formatter, "{}", fraction / place)?;
        fraction %= place;
        place /= 10;
    }
    formatter.write_str(name)
}

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(DURATION, DurationVisitor)
    }
}

struct DurationVisitor;

impl<'de> Visitor<'de> for DurationVisitor {
    type Value = GoDuration;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a duration: a number of seconds, or for example 300ms, 10s, 1m30s")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<GoDuration, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<GoDuration, E> {
        seconds.checked_mul(SECOND).map(GoDuration::from_nanos).ok_or_else(|| E::custom("duration too long"))
    }

    fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<GoDuration, E> {
        i64::try_from(seconds)
            .map_err(|_| E::custom("duration too long"))
            .and_then(|seconds| self.visit_i64(seconds))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<GoDuration, E> {
        text.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

/// The name by which our deserializer knows that a duration is wanted.
pub(crate) const DURATION: &str = "$windrose::Duration";

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", MILLISECOND),
    ("s", SECOND),
    ("m", MINUTE),
    ("h", HOUR),
];
