//! Takes secrets out of what is shown.
//!
//! Options of middlewares are shown as they were written, without their types; so what must not be shown is known by
//! the names of its keys. Owns the list of those names.

#[cfg(test)]
mod tests;

use serde_json::Value;

/// Hides what must not be shown, at any depth.
pub(crate) fn secrets(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
                if is(USERS) {
                    texts(value, &user);
                } else if is(SECRETS) {
                    texts(value, &|_| HIDDEN.to_owned());
                } else if is(CONTENTS) {
                    texts(value, &content);
                } else if is(HEADERS) {
                    headers(value);
                } else {
                    secrets(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(secrets),
        _ => {}
    }
}

/// Rewrites every text.
fn texts(value: &mut Value, rewrite: &dyn Fn(&str) -> String) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| texts(value, rewrite)),
        Value::Array(items) => items.iter_mut().for_each(|item| texts(item, rewrite)),
        Value::String(text) if !text.is_empty() => *text = rewrite(text),
        _ => {}
    }
}

/// `name:hash`, of which the name may be shown; a list may stand in one text.
fn user(users: &str) -> String {
    let shown = |user: &str| match user.split_once(':') {
        Some((name, _)) => format!("{name}:{HIDDEN}"),
        None => HIDDEN.to_owned(),
    };
    users.split(',').map(shown).collect::<Vec<_>>().join(",")
}

/// A path may be shown, a key itself not.
fn content(text: &str) -> String {
    if text.contains('\n') || text.contains("-----BEGIN") { HIDDEN.to_owned() } else { text.to_owned() }
}

/// Headers that carry credentials.
fn headers(value: &mut Value) {
    let Value::Object(headers) = value else { return };
    for (name, value) in headers {
        if CREDENTIALS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            texts(value, &|_| HIDDEN.to_owned());
        }
    }
}

const HIDDEN: &str = "xxxx";
const USERS: &[&str] = &["users"];
const SECRETS: &[&str] = &["password", "secret", "token", "clientSecret"];
const CONTENTS: &[&str] = &["ca", "cert", "key", "certFile", "keyFile"];
const HEADERS: &[&str] = &["customRequestHeaders", "customResponseHeaders"];
const CREDENTIALS: &[&str] =
    &["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Auth-Token"];
