//! Media types: whether a `Content-Type` can be read, which type it names, and which one a body looks like.
//!
//! Both follow Go's `mime` and `net/http`, since what Traefik compresses and labels depends on them.

mod sniff;
#[cfg(test)]
mod tests;

pub use sniff::{ENOUGH, sniff};

/// The type that a value names, without its parameters and as written; `None` when the value cannot be read.
#[must_use]
pub fn media_type(value: &[u8]) -> Option<&[u8]> {
    let end = memchr(b';', value);
    let (name, mut rest) = value.split_at_checked(end)?;
    let name = name.trim_ascii();
    if !is_type(name) {
        return None;
    }
    let mut seen: Vec<(Vec<u8>, &[u8])> = Vec::new();
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Some(name);
        }
        let Some((key, text, after)) = parameter(rest) else {
            // Semicolons at the end are forgiven.
            return (rest.trim_ascii_end() == b";").then_some(name);
        };
        let key = key.to_ascii_lowercase();
        if seen.iter().any(|(other, value)| *other == key && *value != text) {
            return None;
        }
        seen.push((key, text));
        rest = after;
    }
}

/// `type` or `type/subtype`.
fn is_type(name: &[u8]) -> bool {
    let (kind, rest) = name.split_at(token(name));
    if kind.is_empty() {
        return false;
    }
    match rest.split_first() {
        None => true,
        Some((b'/', subtype)) => !subtype.is_empty() && token(subtype) == subtype.len(),
        Some(_) => false,
    }
}

/// The name and value of the parameter at the start, and what follows it.
fn parameter(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let rest = text.strip_prefix(b";")?.trim_ascii_start();
    let (key, rest) = rest.split_at(token(rest));
    if key.is_empty() {
        return None;
    }
    let rest = rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let length = match rest.first() {
        Some(b'"') => quoted(rest)?,
        _ => token(rest),
    };
    let (value, after) = rest.split_at(length);
    (!value.is_empty()).then_some((key, value, after))
}

/// The length of the quoted text at the start, quotes included.
fn quoted(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' if text.get(at + 1).is_some_and(|next| SPECIAL.contains(next)) => at += 2,
            b'\r' | b'\n' => return None,
            _ => at += 1,
        }
    }
    None
}

/// How many bytes at the start are those of a token.
fn token(text: &[u8]) -> usize {
    let is_token = |byte: &u8| byte.is_ascii_graphic() && !SPECIAL.contains(byte);
    text.iter().position(|byte| !is_token(byte)).unwrap_or(text.len())
}

fn memchr(byte: u8, text: &[u8]) -> usize {
    text.iter().position(|other| *other == byte).unwrap_or(text.len())
}

const SPECIAL: &[u8] = b"()<>@,;:\\\"/[]?=";
