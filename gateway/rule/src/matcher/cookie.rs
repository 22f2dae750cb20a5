//! `Cookie`, `Cookies`, `CookieRegexp`: one of the cookies the client sent.

use super::{named, named_regex, nth};
use crate::error::RuleError;
use crate::parser::Arg;
use crate::regex::Regex;
use crate::tree::{Named, Node, Test};
use crate::view::Fields;

pub(crate) fn cookie(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    Ok(Test::Cookie(named(&nth(args, 0).text, &nth(args, 1).text)).into())
}

pub(crate) fn cookie_regexp(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    Ok(Test::CookieRegexp(named_regex(&nth(args, 0).text, nth(args, 1))?).into())
}

pub(crate) fn is(wanted: &Named<Box<str>>, headers: &dyn Fields) -> bool {
    any(headers, &wanted.name, |value| value == wanted.value.as_bytes())
}

pub(crate) fn is_like(wanted: &Named<Regex>, headers: &dyn Fields) -> bool {
    any(headers, &wanted.name, |value| wanted.value.is_match_bytes(value))
}

/// Whether `test` holds for one of the cookies called `name`. Quotes around a value do not belong to it.
fn any(headers: &dyn Fields, name: &str, test: impl Fn(&[u8]) -> bool) -> bool {
    headers.values("cookie", &mut |line| {
        line.split(|byte| *byte == b';').any(|pair| {
            let Some(value) = pair.trim_ascii().strip_prefix(name.as_bytes()) else {
                return false;
            };
            value.strip_prefix(b"=").is_some_and(|value| test(unquoted(value)))
        })
    })
}

fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value)
}
