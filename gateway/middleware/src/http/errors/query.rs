//! The page to ask for.

use windrose_http::{Exchange, Id};

/// The query with everything put in: a path that begins with one slash, and what stands behind it.
pub(super) fn fill(query: &str, status: u16, original: u16, ex: &Exchange) -> String {
    let path = format!("/{}", query.strip_prefix('/').unwrap_or(query));
    let path = path.replace("{status}", &status.to_string());
    let path = path.replace("{originalStatus}", &original.to_string());
    let path = if path.contains("{url}") { path.replace("{url}", &escape(&url(ex))) } else { path };
    // What stands behind a fragment's sign is for nobody who serves.
    let path = path.split('#').next().unwrap_or_default();
    match path.split_once('?') {
        Some((path, query)) => format!("{path}?{}", printable(query)),
        None => path.to_owned(),
    }
}

/// A query in which everything may stand in a request line.
fn printable(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    for byte in query.bytes() {
        if byte.is_ascii_graphic() { out.push(char::from(byte)) } else { push_escape(&mut out, byte) }
    }
    out
}

/// The address that was asked for, as the middlewares before have changed it.
fn url(ex: &Exchange) -> String {
    let is_secure = ex.is_secure() || ex.headers.get(Id::X_FORWARDED_PROTO) == Some(b"https");
    let scheme = if is_secure { "https" } else { "http" };
    format!("{scheme}://{}{}", ex.host.as_str(), ex.target.as_str())
}

/// Escapes as values of a query are: all but letters, digits and four marks, and a blank becomes a plus sign.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => push_escape(&mut out, byte),
        }
    }
    out
}

fn push_escape(out: &mut String, byte: u8) {
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        let digit = char::from_digit(u32::from(digit), 16).unwrap_or('0');
        out.push(digit.to_ascii_uppercase());
    }
}
