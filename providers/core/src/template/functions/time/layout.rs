//! Go's date layouts: the moment `Mon Jan 2 15:04:05 MST 2006` written the way the date shall be written.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Zoned};

/// Writes a moment in the form of the layout.
pub(super) fn format(layout: &str, when: &Zoned) -> String {
    let mut out = String::new();
    for piece in pieces(layout) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Part(part) => part.write(&mut out, when),
        }
    }
    out
}

/// Reads a moment that is written in the form of the layout.
pub(super) fn parse(layout: &str, text: &str, zone: &TimeZone) -> Option<Zoned> {
    let mut read = Read::default();
    let mut rest = text;
    for piece in pieces(layout) {
        rest = match piece {
            Piece::Text(text) => rest.strip_prefix(text)?,
            Piece::Part(part) => read.part(part, rest)?,
        };
    }
    rest.is_empty().then_some(())?;
    read.finish(zone)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    ShortYear,
    MonthName,
    ShortMonthName,
    Month {
        width: usize,
    },
    WeekdayName,
    ShortWeekdayName,
    Day {
        width: usize,
        pad: char,
    },
    DayOfYear,
    Hour,
    Hour12 {
        width: usize,
    },
    Minute {
        width: usize,
    },
    Second {
        width: usize,
    },
    HalfDay {
        upper: bool,
    },
    Offset {
        colon: bool,
        minutes: bool,
        zulu: bool,
    },
    ZoneName,
    /// Fraction of a second with its leading point; trailing zeros stay or go.
    Fraction {
        digits: usize,
        fixed: bool,
    },
}

enum Piece<'l> {
    Text(&'l str),
    Part(Part),
}

fn pieces(layout: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(rest) = layout.get(at..).filter(|rest| !rest.is_empty()) {
        match part_at(rest) {
            Some((part, length)) => {
                found.extend(layout.get(start..at).filter(|text| !text.is_empty()).map(Piece::Text));
                found.push(Piece::Part(part));
                at += length;
                start = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    found.extend(layout.get(start..).filter(|text| !text.is_empty()).map(Piece::Text));
    found
}

/// The part a layout starts with, and its length.
fn part_at(layout: &str) -> Option<(Part, usize)> {
    if layout.starts_with(['.', ',']) {
        let digits = layout.get(1..)?;
        let kind = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
        let count = digits.len() - digits.trim_start_matches(kind).len();
        let next_is_digit = digits.get(count..)?.starts_with(|c: char| c.is_ascii_digit());
        return (!next_is_digit)
            .then_some((Part::Fraction { digits: count.min(9), fixed: kind == '0' }, count + 1));
    }
    let (name, part) = PARTS.iter().find(|(name, _)| layout.starts_with(name))?;
    let letter_follows = layout.get(name.len()..)?.starts_with(|c: char| c.is_ascii_lowercase());
    // `Janet` is text, and so is `Month`.
    if letter_follows && matches!(part, Part::ShortMonthName | Part::ShortWeekdayName) {
        return None;
    }
    Some((*part, name.len()))
}

impl Part {
    fn write(self, out: &mut String, when: &Zoned) {
        let weekday = WEEKDAYS[usize::from(when.weekday().to_sunday_zero_offset().unsigned_abs()) % 7];
        let month = MONTHS[usize::from(when.month().unsigned_abs()).saturating_sub(1) % 12];
        let text = match self {
            Self::Year => format!("{:04}", when.year()),
            Self::ShortYear => format!("{:02}", when.year().rem_euclid(100)),
            Self::MonthName => month.to_owned(),
            Self::ShortMonthName => month.get(..3).unwrap_or(month).to_owned(),
            Self::Month { width } => format!("{:0width$}", when.month()),
            Self::WeekdayName => weekday.to_owned(),
            Self::ShortWeekdayName => weekday.get(..3).unwrap_or(weekday).to_owned(),
            Self::Day { width, pad: ' ' } => format!("{:width$}", when.day()),
            Self::Day { width, .. } => format!("{:0width$}", when.day()),
            Self::DayOfYear => format!("{:03}", when.day_of_year()),
            Self::Hour => format!("{:02}", when.hour()),
            Self::Hour12 { width } => format!("{:0width$}", (when.hour() + 11) % 12 + 1),
            Self::Minute { width } => format!("{:0width$}", when.minute()),
            Self::Second { width } => format!("{:0width$}", when.second()),
            Self::HalfDay { upper } => match (upper, when.hour() < 12) {
                (true, true) => "AM",
                (true, false) => "PM",
                (false, true) => "am",
                (false, false) => "pm",
            }
            .to_owned(),
            Self::Offset { colon, minutes, zulu } => offset(when.offset().seconds(), colon, minutes, zulu),
            Self::ZoneName => zone_name(when),
            Self::Fraction { digits, fixed } => {
                let all = format!("{:09}", when.subsec_nanosecond());
                let kept = all.get(..digits).unwrap_or(&all);
                let kept = if fixed { kept } else { kept.trim_end_matches('0') };
                if kept.is_empty() { String::new() } else { format!(".{kept}") }
            }
        };
        out.push_str(&text);
    }
}

fn offset(seconds: i32, colon: bool, minutes: bool, zulu: bool) -> String {
    if zulu && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.unsigned_abs() / 60;
    let colon = if colon { ":" } else { "" };
    if minutes {
        format!("{sign}{:02}{colon}{:02}", all / 60, all % 60)
    } else {
        format!("{sign}{:02}", all / 60)
    }
}

fn zone_name(when: &Zoned) -> String {
    let info = when.time_zone().to_offset_info(when.timestamp());
    let name = info.abbreviation();
    // A zone without a name is called by its offset, as the time zone database does.
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return name.to_owned();
    }
    let seconds = when.offset().seconds();
    offset(seconds, false, seconds % 3600 != 0, false)
}

/// What has been read so far.
#[derive(Default)]
struct Read {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    hour: Option<i8>,
    afternoon: Option<bool>,
    minute: Option<i8>,
    second: Option<i8>,
    nanosecond: i32,
    offset: Option<i32>,
}

impl Read {
    fn part<'t>(&mut self, part: Part, text: &'t str) -> Option<&'t str> {
        let (value, rest) = match part {
            Part::Year => digits(text, 4, 4)?,
            Part::DayOfYear => digits(text, 3, 3)?,
            Part::Month { width }
            | Part::Hour12 { width }
            | Part::Minute { width }
            | Part::Second { width }
            | Part::Day { width, pad: '0' } => digits(text, width, 2)?,
            Part::Day { .. } => digits(text.trim_start_matches(' '), 1, 2)?,
            Part::ShortYear | Part::Hour => digits(text, 2, 2)?,
            Part::MonthName => named(text, &MONTHS, usize::MAX)?,
            Part::ShortMonthName => named(text, &MONTHS, 3)?,
            Part::WeekdayName => named(text, &WEEKDAYS, usize::MAX)?,
            Part::ShortWeekdayName => named(text, &WEEKDAYS, 3)?,
            Part::HalfDay { upper: true } => named(text, &["AM", "PM"], 2)?,
            Part::HalfDay { upper: false } => named(text, &["am", "pm"], 2)?,
            Part::Offset { colon, minutes, zulu } => read_offset(text, colon, minutes, zulu)?,
            Part::ZoneName => {
                let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '-');
                let (name, rest) = text.split_at(end.unwrap_or(text.len()));
                (!name.is_empty()).then_some((0, rest))?
            }
            Part::Fraction { .. } => self.fraction(text)?,
        };
        let small = || i8::try_from(value).ok();
        match part {
            Part::Year => self.year = Some(i16::try_from(value).ok()?),
            // Two digits mean 1969 to 2068.
            Part::ShortYear => {
                self.year = i16::try_from(if value >= 69 { 1900 + value } else { 2000 + value }).ok()
            }
            Part::MonthName | Part::ShortMonthName => self.month = i8::try_from(value + 1).ok(),
            Part::Month { .. } => self.month = small(),
            Part::Day { .. } => self.day = small(),
            Part::Hour | Part::Hour12 { .. } => self.hour = small(),
            Part::Minute { .. } => self.minute = small(),
            Part::Second { .. } => self.second = small(),
            Part::HalfDay { .. } => self.afternoon = Some(value == 1),
            Part::Offset { .. } => self.offset = Some(value),
            Part::DayOfYear
            | Part::WeekdayName
            | Part::ShortWeekdayName
            | Part::ZoneName
            | Part::Fraction { .. } => {}
        }
        // A fraction may follow the seconds even when the layout has none.
        match part {
            Part::Second { .. } => self.fraction(rest).map(|(_, rest)| rest),
            _ => Some(rest),
        }
    }

    fn fraction<'t>(&mut self, text: &'t str) -> Option<(i32, &'t str)> {
        let Some(digits) =
            text.strip_prefix('.').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        else {
            return Some((0, text));
        };
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (fraction, rest) = digits.split_at(end);
        self.nanosecond = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        Some((0, rest))
    }

    fn finish(self, zone: &TimeZone) -> Option<Zoned> {
        let hour = match (self.hour.unwrap_or(0), self.afternoon) {
            (hour, Some(true)) if hour < 12 => hour + 12,
            (12, Some(false)) => 0,
            (hour, _) => hour,
        };
        let civil = DateTime::new(
            self.year.unwrap_or(0),
            self.month.unwrap_or(1),
            self.day.unwrap_or(1),
            hour,
            self.minute.unwrap_or(0),
            self.second.unwrap_or(0),
            self.nanosecond,
        )
        .ok()?;
        match self.offset {
            None => civil.to_zoned(zone.clone()).ok(),
            Some(seconds) => {
                let utc = civil.checked_sub(SignedDuration::from_secs(i64::from(seconds))).ok()?;
                let when = utc.to_zoned(TimeZone::UTC).ok()?.timestamp();
                // The local zone keeps its name when it has this offset.
                let local = when.to_zoned(zone.clone());
                if local.offset().seconds() == seconds {
                    return Some(local);
                }
                Some(when.to_zoned(TimeZone::fixed(Offset::from_seconds(seconds).ok()?)))
            }
        }
    }
}

fn digits(text: &str, least: usize, most: usize) -> Option<(i32, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (count >= least).then_some(())?;
    Some((text.get(..count)?.parse().ok()?, text.get(count..)?))
}

fn named<'t>(text: &'t str, names: &[&str], length: usize) -> Option<(i32, &'t str)> {
    names.iter().enumerate().find_map(|(at, name)| {
        let name = name.get(..length).unwrap_or(name);
        let start = text.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then_some((i32::try_from(at).ok()?, text.get(name.len()..)?))
    })
}

fn read_offset(text: &str, colon: bool, minutes: bool, zulu: bool) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix('Z').filter(|_| zulu) {
        return Some((0, rest));
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(text.get(1..)?, 2, 2)?;
    if !minutes {
        return Some((sign * hours * 3600, rest));
    }
    let rest = if colon { rest.strip_prefix(':')? } else { rest };
    let (minutes, rest) = digits(rest, 2, 2)?;
    Some((sign * (hours * 60 + minutes) * 60, rest))
}

/// Longer names stand before those they start with.
const PARTS: &[(&str, Part)] = &[
    ("January", Part::MonthName),
    ("Jan", Part::ShortMonthName),
    ("Monday", Part::WeekdayName),
    ("Mon", Part::ShortWeekdayName),
    ("MST", Part::ZoneName),
    ("2006", Part::Year),
    ("002", Part::DayOfYear),
    ("01", Part::Month { width: 2 }),
    ("02", Part::Day { width: 2, pad: '0' }),
    ("03", Part::Hour12 { width: 2 }),
    ("04", Part::Minute { width: 2 }),
    ("05", Part::Second { width: 2 }),
    ("06", Part::ShortYear),
    ("15", Part::Hour),
    ("1", Part::Month { width: 1 }),
    ("_2", Part::Day { width: 2, pad: ' ' }),
    ("2", Part::Day { width: 1, pad: '0' }),
    ("3", Part::Hour12 { width: 1 }),
    ("4", Part::Minute { width: 1 }),
    ("5", Part::Second { width: 1 }),
    ("PM", Part::HalfDay { upper: true }),
    ("pm", Part::HalfDay { upper: false }),
    ("-07:00", Part::Offset { colon: true, minutes: true, zulu: false }),
    ("-0700", Part::Offset { colon: false, minutes: true, zulu: false }),
    ("-07", Part::Offset { colon: false, minutes: false, zulu: false }),
    ("Z07:00", Part::Offset { colon: true, minutes: true, zulu: true }),
    ("Z0700", Part::Offset { colon: false, minutes: true, zulu: true }),
    ("Z07", Part::Offset { colon: false, minutes: false, zulu: true }),
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
