//! How values are read. Each says what it wants instead of what is written.

use super::row::Read;
use super::variables::{for_host, without_return};

pub(super) fn text(slot: &mut String, value: &str) -> Read {
    value.clone_into(slot);
    Ok(())
}

/// Text without variables, of which there are none here.
pub(super) fn plain(slot: &mut String, value: &str) -> Read {
    if value.contains('$') {
        return Err(format!("{value:?} has a variable, and there are none here; write plain text"));
    }
    text(slot, value)
}

/// An address that may name the host.
pub(super) fn with_host(slot: &mut String, value: &str) -> Read {
    for_host(value, "host").and_then(|_| text(slot, value))
}

/// The same, without where to go back to.
pub(super) fn sign_in(slot: &mut String, value: &str) -> Read {
    with_host(slot, &without_return(value))
}

/// As Go reads it.
pub(super) fn truth(value: &str) -> Result<bool, String> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("{value:?} is no truth, write true or false")),
    }
}

pub(super) fn flag(slot: &mut bool, value: &str) -> Read {
    *slot = truth(value)?;
    Ok(())
}

/// `on` or `off`.
pub(super) fn switch(slot: &mut bool, value: &str) -> Read {
    *slot = match value {
        "on" => true,
        "off" => false,
        _ => return Err(format!("{value:?} is neither on nor off")),
    };
    Ok(())
}

pub(super) fn count(value: &str) -> Result<i64, String> {
    let number = value.parse().ok().filter(|number: &i64| (0..=i64::from(i32::MAX)).contains(number));
    number.ok_or_else(|| format!("{value:?} is no number from 0 on"))
}

pub(super) fn number(slot: &mut i64, value: &str) -> Read {
    *slot = count(value)?;
    Ok(())
}

/// A time in seconds; a bare number, or one with `s`, `m` or `h`.
pub(super) fn seconds(slot: &mut i64, value: &str) -> Read {
    let (digits, factor) = match value.char_indices().next_back() {
        Some((at, 's')) => (value.get(..at), 1),
        Some((at, 'm')) => (value.get(..at), 60),
        Some((at, 'h')) => (value.get(..at), 3600),
        _ => (Some(value), 1),
    };
    let number =
        count(digits.unwrap_or_default()).map_err(|_| format!("{value:?} is no number of seconds"))?;
    *slot = number.saturating_mul(factor);
    Ok(())
}

/// A size in bytes, with `k`, `m` or `g`.
pub(super) fn size(slot: &mut i64, value: &str) -> Read {
    let wrong = || format!("{value:?} is no size, write for example 8k or 1m");
    let (digits, factor) =
        match value.char_indices().next_back().map(|(at, last)| (at, last.to_ascii_lowercase())) {
            Some((at, 'k')) => (value.get(..at), 1 << 10),
            Some((at, 'm')) => (value.get(..at), 1 << 20),
            Some((at, 'g')) => (value.get(..at), 1 << 30),
            _ => (Some(value), 1),
        };
    let number = count(digits.unwrap_or_default()).map_err(|_| wrong())?;
    *slot = number.checked_mul(factor).ok_or_else(wrong)?;
    Ok(())
}

/// What stands between commas, blanks and line ends.
pub(super) fn list(slot: &mut Vec<String>, value: &str) -> Read {
    let parts = value.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    *slot = parts.map(str::to_owned).collect();
    Ok(())
}

/// Addresses and networks.
pub(super) fn networks(slot: &mut Vec<String>, value: &str) -> Read {
    list(slot, value)?;
    let wrong = slot.iter().find(|part| {
        let (address, bits) = part.split_once('/').map_or((part.as_str(), None), |(a, b)| (a, Some(b)));
        let most = match address.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(_)) => 32,
            Ok(std::net::IpAddr::V6(_)) => 128,
            Err(_) => return true,
        };
        bits.is_some_and(|bits| bits.parse::<u8>().map_or(true, |bits| bits > most))
    });
    match wrong {
        Some(part) => Err(format!("{part:?} is neither an address nor a network")),
        None => Ok(()),
    }
}

/// Statuses.
pub(super) fn statuses(slot: &mut Vec<u16>, value: &str) -> Read {
    let mut parts = Vec::new();
    list(&mut parts, value)?;
    let read = |part: &String| part.parse().ok().filter(|code| (300..=599).contains(code));
    *slot = parts
        .iter()
        .map(|part| read(part).ok_or_else(|| format!("{part:?} is no status from 300 to 599")))
        .collect::<Result<_, _>>()?;
    Ok(())
}

/// The status of a redirect.
pub(super) fn redirect_code(slot: &mut u16, value: &str) -> Read {
    let code = value.parse().ok().filter(|code| (300..=308).contains(code));
    *slot = code.ok_or_else(|| format!("{value:?} is no status of a redirect, from 300 to 308"))?;
    Ok(())
}

/// One of some words; which one, as given.
pub(super) fn word<'w>(words: &[&'w str], value: &str) -> Result<&'w str, String> {
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(value));
    found.copied().ok_or_else(|| format!("{value:?} is none of {}", words.join(", ")))
}

/// `name` or `namespace/name`.
pub(super) fn reference(slot: &mut String, value: &str) -> Read {
    let parts: Vec<&str> = value.split('/').collect();
    if parts.len() > 2 || parts.iter().any(|part| part.is_empty()) {
        return Err(format!("{value:?} is no object, write name or namespace/name"));
    }
    text(slot, value)
}
