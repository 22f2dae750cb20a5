//! `Method`: the request method.

use super::nth;
use crate::error::RuleError;
use crate::parser::Arg;
use crate::tree::{Node, Test};

pub(crate) fn method(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    Ok(test(nth(args, 0)).into())
}

/// The argument in upper case; methods of requests are compared as received.
pub(crate) fn test(arg: &Arg<'_>) -> Test {
    Test::Method(arg.text.to_uppercase().into())
}

pub(crate) fn is(wanted: &str, method: &[u8]) -> bool {
    wanted.as_bytes() == method
}
