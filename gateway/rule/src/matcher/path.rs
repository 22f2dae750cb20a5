//! `Path`, `PathPrefix`, `PathRegexp`: the routing path.

use super::{nth, regex};
use crate::error::RuleError;
use crate::parser::Arg;
use crate::tree::{Node, Test};

pub(crate) fn path(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    let arg = nth(args, 0);
    check_slash(arg)?;
    Ok(Test::Path((*arg.text).into()).into())
}

pub(crate) fn path_prefix(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    let arg = nth(args, 0);
    check_slash(arg)?;
    Ok(Test::PathPrefix((*arg.text).into()).into())
}

pub(crate) fn path_regexp(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    Ok(Test::PathRegexp(regex(nth(args, 0))?).into())
}

pub(crate) fn check_slash(arg: &Arg<'_>) -> Result<(), RuleError> {
    if arg.text.starts_with('/') {
        return Ok(());
    }
    Err(arg.error("path does not start with \"/\""))
}

/// Whether `path` starts with the characters of `prefix`; segments play no part.
pub(crate) fn has_prefix(path: &str, prefix: &str) -> bool {
    path.as_bytes().starts_with(prefix.as_bytes())
}
