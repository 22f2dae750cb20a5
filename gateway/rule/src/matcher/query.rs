//! `Query`, `QueryRegexp`: one of the values of a query key.
//!
//! Pairs are separated by `&` or `;`. A pair with a broken escape is not there, as in Go.

use std::borrow::Cow;

use super::{named, named_regex, nth};
use crate::error::RuleError;
use crate::parser::Arg;
use crate::regex::Regex;
use crate::tree::{Named, Node, Test};

/// ``Query(`key`)`` (the value is empty) and ``Query(`key`, `value`)``.
pub(crate) fn query(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    let value = args.get(1).map_or("", |arg| &*arg.text);
    Ok(Test::Query(named(&nth(args, 0).text, value)).into())
}

/// ``QueryRegexp(`key`)``, which is ``Query(`key`)``, and ``QueryRegexp(`key`, `regex`)``.
pub(crate) fn query_regexp(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    match args.get(1) {
        None => query(args),
        Some(value) => Ok(Test::QueryRegexp(named_regex(&nth(args, 0).text, value)?).into()),
    }
}

pub(crate) fn is(wanted: &Named<Box<str>>, query: &str) -> bool {
    values(query, &wanted.name).any(|value| spells(value, &wanted.value))
}

pub(crate) fn is_like(wanted: &Named<Regex>, query: &str) -> bool {
    values(query, &wanted.name)
        .any(|raw| decoded(raw).is_some_and(|value| wanted.value.is_match_bytes(&value)))
}

/// The values of `key`, still escaped.
fn values<'q>(query: &'q str, key: &str) -> impl Iterator<Item = &'q str> {
    query.split(['&', ';']).filter(|pair| !pair.is_empty()).filter_map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        spells(name, key).then_some(value)
    })
}

/// Whether `raw`, once decoded, is `text`.
fn spells(raw: &str, text: &str) -> bool {
    let mut wanted = text.bytes();
    for byte in decode(raw) {
        if byte.is_none() || byte != wanted.next() {
            return false;
        }
    }
    wanted.next().is_none()
}

/// `raw` decoded, unless an escape is broken.
fn decoded(raw: &str) -> Option<Cow<'_, [u8]>> {
    if !raw.contains(['%', '+']) {
        return Some(Cow::Borrowed(raw.as_bytes()));
    }
    decode(raw).collect::<Option<Vec<u8>>>().map(Cow::Owned)
}

/// The bytes that `raw` stands for; `None` for a broken escape.
fn decode(raw: &str) -> impl Iterator<Item = Option<u8>> {
    let mut bytes = raw.bytes();
    std::iter::from_fn(move || {
        Some(match bytes.next()? {
            b'+' => Some(b' '),
            b'%' => {
                let high = bytes.next().and_then(hex);
                let low = bytes.next().and_then(hex);
                high.zip(low).map(|(high, low)| high << 4 | low)
            }
            other => Some(other),
        })
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
