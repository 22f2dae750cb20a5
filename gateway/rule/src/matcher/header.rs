//! `Header`, `HeaderRegexp`: one of the values of a header field.

use super::{named, named_regex, nth};
use crate::error::RuleError;
use crate::parser::Arg;
use crate::regex::Regex;
use crate::tree::{Named, Node, Test};
use crate::view::Fields;

pub(crate) fn header(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    let name = nth(args, 0).text.to_ascii_lowercase();
    Ok(Test::Header(named(&name, &nth(args, 1).text)).into())
}

pub(crate) fn header_regexp(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    let name = nth(args, 0).text.to_ascii_lowercase();
    Ok(Test::HeaderRegexp(named_regex(&name, nth(args, 1))?).into())
}

pub(crate) fn is(wanted: &Named<Box<str>>, headers: &dyn Fields) -> bool {
    headers.values(&wanted.name, &mut |value| value == wanted.value.as_bytes())
}

pub(crate) fn is_like(wanted: &Named<Regex>, headers: &dyn Fields) -> bool {
    headers.values(&wanted.name, &mut |value| wanted.value.is_match_bytes(value))
}
