//! The fields that everybody knows by number (RFC 9204, appendix A).

use crate::field::{Id, NAMES};

/// How a field can be written by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The name and the value.
    Whole(usize),
    /// The name alone.
    Name(usize),
}

/// Name and value of a known field.
pub(super) fn entry(index: usize) -> Option<(&'static str, &'static str)> {
    ENTRIES.get(index).copied()
}

/// Finds a field whose name the gateway knows by a number of its own.
pub(super) fn find(id: Id, value: &[u8]) -> Option<Known> {
    let first = usize::from(*FIRST.get(id.number())?);
    let (name, _) = entry(first).filter(|_| first != NOWHERE as usize)?;
    let mut same = ENTRIES.iter().enumerate().skip(first).filter(|(_, (of, _))| *of == name);
    let whole = same.find(|(_, (_, known))| known.as_bytes() == value);
    Some(whole.map_or(Known::Name(first), |(index, _)| Known::Whole(index)))
}

/// The number of the answer's status, if it has one.
pub(super) fn status(code: &[u8]) -> Option<usize> {
    let mut all = ENTRIES.iter().enumerate();
    all.find(|(_, (name, value))| *name == ":status" && value.as_bytes() == code).map(|(index, _)| index)
}

/// For each name that the gateway knows, where it stands first here.
static FIRST: [u8; NAMES.len()] = first();

const fn first() -> [u8; NAMES.len()] {
    let mut first = [NOWHERE; NAMES.len()];
    let mut number = 1;
    while number < NAMES.len() {
        let mut index = ENTRIES.len();
        while index > 0 {
            index -= 1;
            if NAMES[number].eq_ignore_ascii_case(ENTRIES[index].0) {
                first[number] = index as u8;
            }
        }
        number += 1;
    }
    first
}

/// A pseudo field, which no name of ours is.
const NOWHERE: u8 = 0;

const ENTRIES: &[(&str, &str)] = &[
    (":authority", ""),
    (":path", "/"),
    ("age", "0"),
    ("content-disposition", ""),
    ("content-length", "0"),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("referer", ""),
    ("set-cookie", ""),
    (":method", "CONNECT"),
    (":method", "DELETE"),
    (":method", "GET"),
    (":method", "HEAD"),
    (":method", "OPTIONS"),
    (":method", "POST"),
    (":method", "PUT"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "103"),
    (":status", "200"),
    (":status", "304"),
    (":status", "404"),
    (":status", "503"),
    ("accept", "*/*"),
    ("accept", "application/dns-message"),
    ("accept-encoding", "gzip, deflate, br"),
    ("accept-ranges", "bytes"),
    ("access-control-allow-headers", "cache-control"),
    ("access-control-allow-headers", "content-type"),
    ("access-control-allow-origin", "*"),
    ("cache-control", "max-age=0"),
    ("cache-control", "max-age=2592000"),
    ("cache-control", "max-age=604800"),
    ("cache-control", "no-cache"),
    ("cache-control", "no-store"),
    ("cache-control", "public, max-age=31536000"),
    ("content-encoding", "br"),
    ("content-encoding", "gzip"),
    ("content-type", "application/dns-message"),
    ("content-type", "application/javascript"),
    ("content-type", "application/json"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("content-type", "image/gif"),
    ("content-type", "image/jpeg"),
    ("content-type", "image/png"),
    ("content-type", "text/css"),
    ("content-type", "text/html; charset=utf-8"),
    ("content-type", "text/plain"),
    ("content-type", "text/plain;charset=utf-8"),
    ("range", "bytes=0-"),
    ("strict-transport-security", "max-age=31536000"),
    ("strict-transport-security", "max-age=31536000; includesubdomains"),
    ("strict-transport-security", "max-age=31536000; includesubdomains; preload"),
    ("vary", "accept-encoding"),
    ("vary", "origin"),
    ("x-content-type-options", "nosniff"),
    ("x-xss-protection", "1; mode=block"),
    (":status", "100"),
    (":status", "204"),
    (":status", "206"),
    (":status", "302"),
    (":status", "400"),
    (":status", "403"),
    (":status", "421"),
    (":status", "425"),
    (":status", "500"),
    ("accept-language", ""),
    ("access-control-allow-credentials", "FALSE"),
    ("access-control-allow-credentials", "TRUE"),
    ("access-control-allow-headers", "*"),
    ("access-control-allow-methods", "get"),
    ("access-control-allow-methods", "get, post, options"),
    ("access-control-allow-methods", "options"),
    ("access-control-expose-headers", "content-length"),
    ("access-control-request-headers", "content-type"),
    ("access-control-request-method", "get"),
    ("access-control-request-method", "post"),
    ("alt-svc", "clear"),
    ("authorization", ""),
    ("content-security-policy", "script-src 'none'; object-src 'none'; base-uri 'none'"),
    ("early-data", "1"),
    ("expect-ct", ""),
    ("forwarded", ""),
    ("if-range", ""),
    ("origin", ""),
    ("purpose", "prefetch"),
    ("server", ""),
    ("timing-allow-origin", "*"),
    ("upgrade-insecure-requests", "1"),
    ("user-agent", ""),
    ("x-forwarded-for", ""),
    ("x-frame-options", "deny"),
    ("x-frame-options", "sameorigin"),
];
