//! Durations as Go writes them: `1h2m3s`.

/// The nanoseconds of a duration such as `-1h30m` or `1.5s`.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c != '.' && !c.is_ascii_digit())?;
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let (unit, nanos) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = rest.get(unit.len()..)?;
        total += number * nanos;
    }
    Some((sign * total) as i64)
}

/// Whole seconds as `1h2m3s`.
pub(super) fn print(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let all = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// The largest unit that is exceeded, cut to a whole number.
pub(super) fn round(nanos: i64) -> String {
    let nanos = nanos.unsigned_abs();
    let seconds = |count: u64| count * 1_000_000_000;
    let large = [
        ("y", seconds(365 * 86_400)),
        ("mo", seconds(30 * 86_400)),
        ("d", seconds(86_400)),
        ("h", seconds(3600)),
        ("m", seconds(60)),
        ("s", seconds(1)),
    ];
    let found = large.iter().find(|(_, size)| nanos > *size);
    found.map_or_else(|| "0s".to_owned(), |(unit, size)| format!("{}{unit}", nanos / size))
}

/// Longer names first where one starts with another.
const UNITS: &[(&str, f64)] =
    &[("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];
