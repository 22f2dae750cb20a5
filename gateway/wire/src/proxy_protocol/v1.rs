//! Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443` and a line end.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::{Defect, Ends, Header, MAX_LINE, Outcome};

pub(super) const PREFIX: &[u8] = b"PROXY ";

pub(super) fn parse(bytes: &[u8]) -> Outcome {
    let line = bytes.get(..bytes.len().min(MAX_LINE)).unwrap_or_default();
    let Some(end) = line.windows(2).position(|pair| pair == b"\r\n") else {
        return if bytes.len() < MAX_LINE { Outcome::NeedMore } else { Outcome::Invalid(Defect::TooLong) };
    };
    let text = line.get(PREFIX.len()..end).and_then(|text| std::str::from_utf8(text).ok());
    match text.and_then(ends) {
        Some(ends) => Outcome::Header(Header { length: end + 2, ends }),
        None => Outcome::Invalid(Defect::Line),
    }
}

pub(super) fn encode(ends: Ends, into: &mut Vec<u8>) {
    let family = match (ends.source, ends.destination) {
        (SocketAddr::V4(_), SocketAddr::V4(_)) => "TCP4",
        (SocketAddr::V6(_), SocketAddr::V6(_)) => "TCP6",
        _ => return into.extend_from_slice(b"PROXY UNKNOWN\r\n"),
    };
    let Ends { source, destination } = ends;
    let (from, to) = (source.ip(), destination.ip());
    // Writing into memory does not fail.
    let _ = write!(into, "PROXY {family} {from} {to} {} {}\r\n", source.port(), destination.port());
}

/// What stands behind the prefix; the outer `None` means that it cannot be read.
fn ends(text: &str) -> Option<Option<Ends>> {
    // What follows this word is for nobody.
    if text == "UNKNOWN" || text.starts_with("UNKNOWN ") {
        return Some(None);
    }
    let mut words = text.split(' ');
    let ip: fn(&str) -> Option<IpAddr> = match words.next()? {
        "TCP4" => |text| Ipv4Addr::from_str(text).ok().map(IpAddr::V4),
        "TCP6" => |text| Ipv6Addr::from_str(text).ok().map(IpAddr::V6),
        _ => return None,
    };
    let (source, destination) = (ip(words.next()?)?, ip(words.next()?)?);
    let (from, to) = (port(words.next()?)?, port(words.next()?)?);
    let ends = Ends { source: SocketAddr::new(source, from), destination: SocketAddr::new(destination, to) };
    words.next().is_none().then_some(Some(ends))
}

/// Digits alone, without a zero in front.
fn port(text: &str) -> Option<u16> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_plain.then(|| text.parse().ok()).flatten()
}
