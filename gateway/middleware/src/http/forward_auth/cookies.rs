//! Cookies that the server gives to the client.

use windrose_http::{Headers, Id};

/// Puts the cookies of these names from `answer` in place of those of `reply`, if it gives any cookies at all. The other
/// cookies of `reply` stay as they are.
pub(super) fn replace(reply: &mut Headers, answer: &Headers, names: &[Box<str>]) {
    if !answer.contains(Id::SET_COOKIE) {
        return;
    }
    let is_named = |cookie: &[u8]| {
        let name = cookie.split(|byte| matches!(byte, b'=' | b';')).next().unwrap_or_default().trim_ascii();
        names.iter().any(|known| known.as_bytes() == name)
    };
    reply.claim(Id::SET_COOKIE);
    reply.retain(|field| field.id != Id::SET_COOKIE || !is_named(field.value));
    for cookie in answer.get_all(Id::SET_COOKIE).filter(|cookie| is_named(cookie)) {
        reply.append(Id::SET_COOKIE, cookie);
    }
}
