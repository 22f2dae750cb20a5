//! Replacement templates: `$1`, `${1}`, `$name`, `${name}`, `$$`.
//!
//! A name without braces is the longest run of letters, digits and underscores. A number with a leading zero is a
//! name, an unknown name or number stands for nothing, and a `$` that starts nothing is itself.

use std::sync::LazyLock;

use super::{Captures, Regex};

/// Appends `template` to `into` with the groups of `captures` filled in.
pub(super) fn expand(captures: &Captures<'_>, template: &str, into: &mut String) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        into.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            into.push('$');
            rest = tail;
        } else if let Some((name, tail)) = reference(after) {
            into.push_str(group(captures, name).unwrap_or_default());
            rest = tail;
        } else {
            into.push('$');
            rest = after;
        }
    }
    into.push_str(rest);
}

/// The name that follows a dollar sign, and what comes after it.
fn reference(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let from = braced.unwrap_or(text);
    let length = from.find(|c: char| !is_name(c)).unwrap_or(from.len());
    let (name, tail) = from.split_at(length);
    if name.is_empty() {
        return None;
    }
    match braced {
        Some(_) => tail.strip_prefix('}').map(|tail| (name, tail)),
        None => Some((name, tail)),
    }
}

fn group<'t>(captures: &Captures<'t>, name: &str) -> Option<&'t str> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    if !is_number {
        return captures.name(name);
    }
    captures.get(name.parse().ok()?)
}

/// Letters, decimal digits and the underscore; not all that Rust calls alphanumeric.
fn is_name(letter: char) -> bool {
    if letter.is_ascii() {
        return letter == '_' || letter.is_ascii_alphanumeric();
    }
    NAME.is_match(letter.encode_utf8(&mut [0; 4]))
}

static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\pL\p{Nd}]").expect("a legal pattern"));
