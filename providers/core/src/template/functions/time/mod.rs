//! Dates and durations.
//!
//! A moment is text in the form Go prints it (`2006-01-02 15:04:05 -0700 MST`); a number is seconds since 1970.

mod duration;
mod layout;

use gtmpl_ng::{Func, FuncError, Value};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::args::{Args, Outcome};
use super::casts::to_int;

pub(super) const TABLE: &[(&str, Func)] = charged![
    ("ago", ago),
    ("date", date),
    ("dateInZone", date_in_zone),
    ("dateModify", date_modify),
    ("date_in_zone", date_in_zone),
    ("date_modify", date_modify),
    ("duration", duration),
    ("durationRound", duration_round),
    ("htmlDate", html_date),
    ("htmlDateInZone", html_date_in_zone),
    ("mustDateModify", date_modify),
    ("mustToDate", to_date),
    ("must_date_modify", date_modify),
    ("now", now),
    ("toDate", to_date),
    ("unixEpoch", unix_epoch),
];

fn now(values: &[Value]) -> Outcome {
    Args::new("now", values, 0..=0)?;
    Ok(moment(&Zoned::now()))
}

fn date(values: &[Value]) -> Outcome {
    let args = Args::new("date", values, 2..=2)?;
    format(args, args.text(0)?, 1, TimeZone::system())
}

fn date_in_zone(values: &[Value]) -> Outcome {
    let args = Args::new("dateInZone", values, 3..=3)?;
    format(args, args.text(0)?, 1, zone(args.text(2)?))
}

fn html_date(values: &[Value]) -> Outcome {
    let args = Args::new("htmlDate", values, 1..=1)?;
    format(args, HTML, 0, TimeZone::system())
}

fn html_date_in_zone(values: &[Value]) -> Outcome {
    let args = Args::new("htmlDateInZone", values, 2..=2)?;
    format(args, HTML, 0, zone(args.text(1)?))
}

fn format(args: Args<'_>, layout: &str, at: usize, zone: TimeZone) -> Outcome {
    let when = timestamp(args, at)?.unwrap_or_else(Timestamp::now);
    Ok(layout::format(layout, &when.to_zoned(zone)).into())
}

fn date_modify(values: &[Value]) -> Outcome {
    let args = Args::new("dateModify", values, 2..=2)?;
    let by = duration::parse(args.text(0)?).ok_or_else(|| args.fail("the first argument is no duration"))?;
    let when = required(args, 1)?;
    let moved = when.checked_add(SignedDuration::from_nanos(by)).map_err(|error| args.fail(error))?;
    Ok(moment(&moved.to_zoned(TimeZone::system())))
}

fn to_date(values: &[Value]) -> Outcome {
    let args = Args::new("toDate", values, 2..=2)?;
    let parsed = layout::parse(args.text(0)?, args.text(1)?, &TimeZone::system());
    let parsed = parsed.ok_or_else(|| args.fail("the text does not have the form of the layout"))?;
    Ok(moment(&parsed))
}

fn unix_epoch(values: &[Value]) -> Outcome {
    let args = Args::new("unixEpoch", values, 1..=1)?;
    Ok(required(args, 0)?.as_second().to_string().into())
}

fn ago(values: &[Value]) -> Outcome {
    let args = Args::new("ago", values, 1..=1)?;
    let now = Timestamp::now();
    let since = now.duration_since(timestamp(args, 0)?.unwrap_or(now));
    Ok(duration::print(since.as_secs()).into())
}

fn duration(values: &[Value]) -> Outcome {
    let args = Args::new("duration", values, 1..=1)?;
    Ok(duration::print(to_int(args.any(0))).into())
}

fn duration_round(values: &[Value]) -> Outcome {
    let args = Args::new("durationRound", values, 1..=1)?;
    let nanos = match args.any(0) {
        Value::String(text) => match duration::parse(text) {
            Some(nanos) => nanos,
            None => required(args, 0)
                .map(|when| Timestamp::now().duration_since(when).as_secs().saturating_mul(1_000_000_000))
                .unwrap_or(0),
        },
        number => to_int(number),
    };
    Ok(duration::round(nanos).into())
}

fn moment(when: &Zoned) -> Value {
    layout::format(MOMENT, when).into()
}

fn required(args: Args<'_>, at: usize) -> Result<Timestamp, FuncError> {
    timestamp(args, at)?.ok_or_else(|| args.fail("this is no date; use now, toDate or seconds since 1970"))
}

/// The moment an argument names, if it names one.
fn timestamp(args: Args<'_>, at: usize) -> Result<Option<Timestamp>, FuncError> {
    match args.any(at) {
        number @ Value::Number(_) => {
            Timestamp::from_second(to_int(number)).map(Some).map_err(|error| args.fail(error))
        }
        Value::String(text) => Ok(layout::parse(MOMENT, text, &TimeZone::UTC).map(|when| when.timestamp())),
        _ => Ok(None),
    }
}

/// A zone nobody knows is UTC.
fn zone(name: &str) -> TimeZone {
    match name {
        "Local" => TimeZone::system(),
        "" | "UTC" => TimeZone::UTC,
        name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
    }
}

const HTML: &str = "2006-01-02";
const MOMENT: &str = "2006-01-02 15:04:05.999999999 -0700 MST";
