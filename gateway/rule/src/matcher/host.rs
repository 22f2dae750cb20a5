//! `Host`, `HostRegexp`, `HostSNI`, `HostSNIRegexp`: the name the client asks for.

use super::{nth, regex};
use crate::error::RuleError;
use crate::parser::Arg;
use crate::tree::{Node, Test};

/// ``Host(`a.b`)``, ``Host(`*.b`)``, ``Host(`*`)``.
pub(crate) fn host(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    let arg = nth(args, 0);
    if *arg.text == *"*" {
        return Ok(Test::HostAny.into());
    }
    let name = normalised(arg)?;
    Ok(match name.strip_prefix("*.") {
        Some(parent) if !parent.is_empty() => Test::HostUnder(parent.into()),
        _ => Test::Host(name.into()),
    }
    .into())
}

/// ``HostSNI(`a.b`)``, ``HostSNI(`*.b`)``, ``HostSNI(`*`)``.
pub(crate) fn host_sni(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    let arg = nth(args, 0);
    let name = arg.text.strip_prefix("*.").unwrap_or(&arg.text);
    if *arg.text != *"*" {
        check_server_name(arg, name)?;
    }
    host(args)
}

/// ``HostRegexp(`^.+\.b$`)``.
pub(crate) fn host_regexp(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    let arg = nth(args, 0);
    check_ascii(arg)?;
    Ok(Test::HostRegexp(regex(arg)?).into())
}

/// The argument as hosts are compared: lower case, no trailing dot, no brackets.
pub(crate) fn normalised(arg: &Arg<'_>) -> Result<String, RuleError> {
    check_ascii(arg)?;
    let text = arg.text.strip_suffix('.').unwrap_or(&arg.text);
    let text = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    Ok(text.to_ascii_lowercase())
}

/// Server names are letters, digits and `_ . - :`.
pub(crate) fn check_server_name(arg: &Arg<'_>, name: &str) -> Result<(), RuleError> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-:".contains(&byte);
    if !name.is_empty() && name.bytes().all(legal) {
        return Ok(());
    }
    Err(arg.error("not a host name or address"))
}

pub(crate) fn check_ascii(arg: &Arg<'_>) -> Result<(), RuleError> {
    if arg.text.is_ascii() {
        return Ok(());
    }
    Err(arg.error("host has characters outside ASCII, write it in its xn-- form"))
}

/// Whether `host` is `name`. A request without a host has no name that could be equal.
pub(crate) fn is(name: &str, host: &str) -> bool {
    !host.is_empty() && name == host
}

/// Whether `host` is one label in front of `parent`.
pub(crate) fn is_under(parent: &str, host: &str) -> bool {
    parent_of(host) == Some(parent)
}

/// What follows the first label of `host`.
pub(crate) fn parent_of(host: &str) -> Option<&str> {
    host.split_once('.').filter(|(label, _)| !label.is_empty()).map(|(_, parent)| parent)
}
