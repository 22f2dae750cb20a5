//! The syntax of the 2.x series, lowered to the tree of the current one.
//!
//! Expressions are the same; matchers take several arguments of which one must hold (`Query`: all of them), and
//! `{name}` or `{name:regexp}` templates stand where the current syntax has expressions of their own.

mod template;

use crate::error::RuleError;
use crate::matcher::{Spec, alpn as alpn_of, client_ip as ip_of, cookie, header, host as host_of};
use crate::matcher::{method as method_of, named, path as path_of};
use crate::parser::Arg;
use crate::tree::{Named, Node, Test};
use template::{Anchor, Template};

/// One of what `build` makes of each argument.
fn one_of(args: &[Arg<'_>], build: impl Fn(&Arg<'_>) -> Result<Test, RuleError>) -> Result<Node, RuleError> {
    let tests: Result<Vec<Node>, RuleError> = args.iter().map(|arg| build(arg).map(Node::from)).collect();
    Ok(Node::any(tests?))
}

fn host(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    one_of(args, |arg| Ok(Test::Host(host_of::normalised(arg)?.into())))
}

fn host_regexp(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    one_of(args, |arg| {
        host_of::check_ascii(arg)?;
        let template = Template::parse(arg, "[^.]+")?;
        if template.is_literal() {
            return Ok(Test::Host(host_of::normalised(arg)?.into()));
        }
        Ok(Test::HostRegexp(template.case_insensitive().regex(arg, Anchor::Both)?))
    })
}

fn path(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    one_of(args, |arg| {
        path_of::check_slash(arg)?;
        let template = Template::parse(arg, "[^/]+")?;
        if template.is_literal() {
            return Ok(Test::Path((*arg.text).into()));
        }
        Ok(Test::PathRegexp(template.regex(arg, Anchor::Both)?))
    })
}

fn path_prefix(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    one_of(args, |arg| {
        path_of::check_slash(arg)?;
        let template = Template::parse(arg, "[^/]+")?;
        if template.is_literal() {
            return Ok(Test::PathPrefix((*arg.text).into()));
        }
        Ok(Test::PathRegexp(template.regex(arg, Anchor::Start)?))
    })
}

fn method(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    one_of(args, |arg| Ok(method_of::test(arg)))
}

/// ``Query(`key=value`, …)`` or ``Query(`key`, `value`, …)``: every pair must be there; an empty value stands for any.
fn query(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    // An argument is a pair, or one half of a pair with its neighbour.
    let halves: Vec<(&Arg<'_>, &str)> = args
        .iter()
        .flat_map(|arg| {
            let (first, second) =
                arg.text.split_once('=').map_or((&*arg.text, None), |(key, value)| (key, Some(value)));
            [Some((arg, first)), second.map(|second| (arg, second))].into_iter().flatten()
        })
        .collect();
    let pairs = halves.chunks(2).map(|pair| {
        let (key, arg, value) = match *pair {
            [(_, key), (arg, value)] => (key, arg, value),
            [(arg, _), ..] => return Err(arg.error("query without a value, write key=value")),
            [] => return Ok(Node::all(Vec::new())),
        };
        let wanted = if value.is_empty() { "{any}" } else { value };
        let template = Template::parse_text(arg, wanted, ".*")?;
        if template.is_literal() {
            return Ok(Test::Query(named(key, value)).into());
        }
        let value = template.regex(arg, Anchor::Both)?;
        Ok(Test::QueryRegexp(Box::new(Named { name: key.into(), value })).into())
    });
    Ok(Node::all(pairs.collect::<Result<Vec<Node>, RuleError>>()?))
}

fn client_ip(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    one_of(args, ip_of::test)
}

fn host_sni(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    one_of(args, |arg| {
        if *arg.text == *"*" {
            return Ok(Test::HostAny);
        }
        host_of::check_server_name(arg, &arg.text)?;
        Ok(Test::Host(host_of::normalised(arg)?.into()))
    })
}

fn alpn(args: &[Arg<'_>]) -> Result<Node, RuleError> {
    one_of(args, alpn_of::test)
}

/// The matchers of HTTP rules.
pub(crate) const HTTP: &[Spec] = &[
    Spec::new("Host", 1, usize::MAX, host),
    Spec::new("HostHeader", 1, usize::MAX, host),
    Spec::new("HostRegexp", 1, usize::MAX, host_regexp),
    Spec::new("Path", 1, usize::MAX, path),
    Spec::new("PathPrefix", 1, usize::MAX, path_prefix),
    Spec::new("Method", 1, usize::MAX, method),
    Spec::new("Headers", 2, 2, header::header),
    Spec::new("HeadersRegexp", 2, 2, header::header_regexp),
    Spec::new("Query", 1, usize::MAX, query),
    Spec::new("ClientIP", 1, usize::MAX, client_ip),
    Spec::new("Cookie", 2, 2, cookie::cookie),
    Spec::new("CookieRegexp", 2, 2, cookie::cookie_regexp),
    Spec::new("Cookies", 2, 2, cookie::cookie),
];

/// The matchers of TCP rules.
pub(crate) const TCP: &[Spec] = &[
    Spec::new("HostSNI", 1, usize::MAX, host_sni),
    Spec::new("HostSNIRegexp", 1, usize::MAX, host_regexp),
    Spec::new("ClientIP", 1, usize::MAX, client_ip),
    Spec::new("ALPN", 1, usize::MAX, alpn),
];

#[cfg(test)]
mod tests;
