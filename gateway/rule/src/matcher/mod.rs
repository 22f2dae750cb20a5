//! The matchers of the v3 syntax: a list of names, and one file per subject that builds and evaluates tests.

pub(crate) mod alpn;
pub(crate) mod client_ip;
pub(crate) mod cookie;
pub(crate) mod header;
pub(crate) mod host;
pub(crate) mod method;
pub(crate) mod path;
pub(crate) mod query;

use crate::error::{RuleError, Span};
use crate::parser::Arg;
use crate::regex::Regex;
use crate::tree::{Named, Node};

/// A matcher that can be called in a rule.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    least: usize,
    most: usize,
    build: fn(&[Arg<'_>]) -> Result<Node, RuleError>,
}

impl Spec {
    /// A matcher that takes `least` to `most` arguments.
    pub(crate) const fn new(
        name: &'static str,
        least: usize,
        most: usize,
        build: fn(&[Arg<'_>]) -> Result<Node, RuleError>,
    ) -> Self {
        Self { name, least, most, build }
    }

    /// Whether `spelling` is the name as written in the list, in lower or upper case, or capitalised.
    pub(crate) fn is_spelt(&self, spelling: &str) -> bool {
        if !self.name.eq_ignore_ascii_case(spelling) {
            return false;
        }
        let lower = |text: &str| !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let upper = |text: &str| !text.bytes().any(|byte| byte.is_ascii_lowercase());
        let capitalised =
            spelling.split_at_checked(1).is_some_and(|(first, rest)| upper(first) && lower(rest));
        self.name == spelling || lower(spelling) || upper(spelling) || capitalised
    }

    /// The tests that a call asks for.
    pub(crate) fn build(&self, span: Span, args: &[Arg<'_>]) -> Result<Node, RuleError> {
        if args.len() < self.least || args.len() > self.most {
            let wanted = match (self.least, self.most) {
                (1, 1) => "1 argument".to_owned(),
                (least, usize::MAX) => format!("at least {least} argument"),
                (least, most) if least == most => format!("{most} arguments"),
                (least, most) => format!("{least} to {most} arguments"),
            };
            let message = format!("{} takes {wanted}, not {}", self.name, args.len());
            return Err(RuleError::new(span, message));
        }
        if let Some(empty) = args.iter().find(|arg| arg.text.is_empty()) {
            return Err(empty.error(format!("argument of {} is empty", self.name)));
        }
        (self.build)(args)
    }
}

/// Compiles an argument as a regular expression.
pub(crate) fn regex(arg: &Arg<'_>) -> Result<Regex, RuleError> {
    Regex::new(&arg.text).map_err(|error| arg.error(format!("invalid regular expression: {error}")))
}

/// A name and a value, taken as they are.
pub(crate) fn named(name: &str, value: &str) -> Box<Named<Box<str>>> {
    Box::new(Named { name: name.into(), value: value.into() })
}

/// A name and an expression for its value.
pub(crate) fn named_regex(name: &str, value: &Arg<'_>) -> Result<Box<Named<Regex>>, RuleError> {
    Ok(Box::new(Named { name: name.into(), value: regex(value)? }))
}

/// The argument at `index`; the arity is checked before a matcher is built.
pub(crate) fn nth<'a, 't>(args: &'a [Arg<'t>], index: usize) -> &'a Arg<'t> {
    args.get(index).expect("arity was checked")
}

/// The matchers of HTTP rules.
pub(crate) const HTTP: &[Spec] = &[
    Spec::new("Host", 1, 1, host::host),
    Spec::new("PathPrefix", 1, 1, path::path_prefix),
    Spec::new("Path", 1, 1, path::path),
    Spec::new("PathRegexp", 1, 1, path::path_regexp),
    Spec::new("HostRegexp", 1, 1, host::host_regexp),
    Spec::new("Method", 1, 1, method::method),
    Spec::new("Header", 2, 2, header::header),
    Spec::new("HeaderRegexp", 2, 2, header::header_regexp),
    Spec::new("Query", 1, 2, query::query),
    Spec::new("QueryRegexp", 1, 2, query::query_regexp),
    Spec::new("ClientIP", 1, 1, client_ip::client_ip),
    Spec::new("Cookie", 2, 2, cookie::cookie),
    Spec::new("CookieRegexp", 2, 2, cookie::cookie_regexp),
    Spec::new("Cookies", 2, 2, cookie::cookie),
];

/// The matchers of TCP rules.
pub(crate) const TCP: &[Spec] = &[
    Spec::new("HostSNI", 1, 1, host::host_sni),
    Spec::new("HostSNIRegexp", 1, 1, host::host_regexp),
    Spec::new("ClientIP", 1, 1, client_ip::client_ip),
    Spec::new("ALPN", 1, 1, alpn::alpn),
];

#[cfg(test)]
mod tests;
