//! Points in time as text. The second is formatted once for all requests that begin in it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Formats times; kept by each worker.
#[derive(Debug)]
pub(crate) struct Stamps {
    local: Zone,
    utc: Zone,
}

#[derive(Debug)]
struct Zone {
    zone: TimeZone,
    second: u64,
    common: String,
    date: String,
    offset: String,
}

/// Where it is that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    Utc,
    Here,
}

impl Stamps {
    /// In the zone of the system.
    pub(crate) fn new() -> Self {
        Self { local: Zone::new(TimeZone::system()), utc: Zone::new(TimeZone::UTC) }
    }

    /// `02/Jan/2006:15:04:05 +0000`
    pub(super) fn common(&mut self, since: Duration, at: Where, out: &mut Vec<u8>) {
        out.extend_from_slice(self.zone(at).of(since).common.as_bytes());
    }

    /// `2006-01-02T15:04:05.9Z`, with as many digits as there are.
    pub(super) fn exact(&mut self, since: Duration, at: Where, out: &mut Vec<u8>) {
        let zone = self.zone(at).of(since);
        out.extend_from_slice(zone.date.as_bytes());
        let nanos = since.subsec_nanos();
        if nanos > 0 {
            let text = format_nanos(nanos);
            let end = text.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
            out.push(b'.');
            out.extend_from_slice(text.get(..end).unwrap_or_default());
        }
        out.extend_from_slice(zone.offset.as_bytes());
    }

    /// `2006-01-02T15:04:05Z`
    pub(super) fn seconds(&mut self, since: Duration, out: &mut Vec<u8>) {
        let zone = self.local.of(since);
        out.extend_from_slice(zone.date.as_bytes());
        out.extend_from_slice(zone.offset.as_bytes());
    }

    fn zone(&mut self, at: Where) -> &mut Zone {
        match at {
            Where::Utc => &mut self.utc,
            Where::Here => &mut self.local,
        }
    }
}

impl Zone {
    const fn new(zone: TimeZone) -> Self {
        Self { zone, second: u64::MAX, common: String::new(), date: String::new(), offset: String::new() }
    }

    /// The texts of this second.
    fn of(&mut self, since: Duration) -> &Self {
        let second = since.as_secs();
        if self.second != second {
            self.second = second;
            let seconds = i64::try_from(second).unwrap_or(i64::MAX).min(Timestamp::MAX.as_second());
            let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
            let zoned = time.to_zoned(self.zone.clone());
            self.common = zoned.strftime("%d/%b/%Y:%H:%M:%S %z").to_string();
            self.date = zoned.strftime("%Y-%m-%dT%H:%M:%S").to_string();
            self.offset = match zoned.offset().seconds() {
                0 => "Z".to_owned(),
                _ => zoned.strftime("%:z").to_string(),
            };
        }
        self
    }
}

/// Nine digits.
fn format_nanos(nanos: u32) -> [u8; 9] {
    let mut digits = [b'0'; 9];
    let mut rest = nanos;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    digits
}
