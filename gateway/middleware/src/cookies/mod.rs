//! Cookies of a request: reading them, and keeping some of them from the server.
//!
//! Names are compared as they are, as browsers and servers do. What a cookie holds is not decoded.

use windrose_http::{Headers, Id};

#[cfg(test)]
mod tests;

/// The values of all cookies of that name, in order.
pub(crate) fn values<'h>(headers: &'h Headers, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
    all(headers).filter(move |(found, _)| *found == name.as_bytes()).map(|(_, value)| value)
}

/// The names and values of all cookies, in order.
pub(crate) fn all(headers: &Headers) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers.get_all(Id::COOKIE).flat_map(|field| field.split(|byte| *byte == b';')).map(pair)
}

/// Takes out the cookies whose names `is_meant` says; the others stay as they were sent.
pub(crate) fn remove(headers: &mut Headers, is_meant: impl Fn(&[u8]) -> bool) {
    if !all(headers).any(|(name, _)| is_meant(name)) {
        return;
    }
    let mut kept: Vec<u8> = Vec::new();
    for field in headers.get_all(Id::COOKIE) {
        for part in field.split(|byte| *byte == b';').filter(|part| !is_meant(pair(part).0)) {
            let part = part.trim_ascii();
            if part.is_empty() {
                continue;
            }
            if !kept.is_empty() {
                kept.extend_from_slice(b"; ");
            }
            kept.extend_from_slice(part);
        }
    }
    headers.remove(Id::COOKIE);
    if !kept.is_empty() {
        headers.append(Id::COOKIE, kept);
    }
}

/// Whether a cookie can have this name (RFC 6265 §4.1.1).
pub(crate) fn is_name(text: &str) -> bool {
    const SIGNS: &[u8] = b"!#$%&'*+-.^_`|~";
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || SIGNS.contains(&byte))
}

fn pair(part: &[u8]) -> (&[u8], &[u8]) {
    let cut = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
    let (name, value) = part.split_at_checked(cut).unwrap_or_default();
    (name.trim_ascii(), value.get(1..).unwrap_or_default().trim_ascii())
}
