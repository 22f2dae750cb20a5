//! Passwords in URLs.

use std::borrow::Cow;
use std::ops::Range;

/// The text with the password of every URL in it written as as many `x`, so that places in it stay what they are.
#[must_use]
pub fn urls(text: &str) -> Cow<'_, str> {
    // Without this there is no password, and every request asks.
    if !text.as_bytes().contains(&b'@') {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut end = 0;
    while let Some(password) = text.get(end..).and_then(password) {
        let (start, stop) = (end + password.start, end + password.end);
        out.push_str(text.get(end..start).unwrap_or_default());
        out.extend(text.get(start..stop).unwrap_or_default().chars().map(|_| 'x'));
        end = stop;
    }
    if end == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(end..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where the first password of a URL is.
fn password(text: &str) -> Option<Range<usize>> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find("://")? + 3;
        let rest = text.get(start..)?;
        let rest = rest.get(..rest.find(is_outside).unwrap_or(rest.len()))?;
        if let Some(found) = inside(rest) {
            return Some(start + found.start..start + found.end);
        }
        from = start;
    }
}

/// In what follows the scheme. People do not always write `/` in a password as `%2F`.
fn inside(rest: &str) -> Option<Range<usize>> {
    let authority = rest.get(..rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
    let at = match authority.rfind('@') {
        Some(at) => at,
        None => {
            // Not the colons of an IPv6 address.
            let host_ends = authority.find(']').unwrap_or(0);
            let (_, port) = authority.get(host_ends..)?.split_once(':')?;
            if port.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            rest.rfind('@')?
        }
    };
    let colon = rest.get(..at)?.find(':')?;
    (colon + 1 < at).then_some(colon + 1..at)
}

/// What stands around a URL, not in it.
fn is_outside(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>')
}
