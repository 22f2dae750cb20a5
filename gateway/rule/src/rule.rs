//! A parsed rule and what others ask of it.

use std::sync::Arc;

use crate::error::{RuleError, Span};
use crate::parser;
use crate::tree::{Node, Test};
use crate::view::RequestView;

/// The highest priority a user may write; the numbers above it belong to built-in routers.
pub const MAX_USER_PRIORITY: i64 = i64::MAX - 1000;

/// How a rule is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syntax {
    /// The current syntax.
    #[default]
    V3,
    /// The syntax of the 2.x series: matchers with several arguments, templates instead of expressions.
    V2,
}

/// What a rule is about, which decides which matchers exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP requests.
    Http,
    /// TCP connections, with or without TLS.
    Tcp,
}

/// A rule that was understood.
#[derive(Debug, Clone)]
pub struct Rule {
    matcher: Matcher,
    /// Bytes of the text, which is its default priority.
    length: u32,
    protocol: Protocol,
}

/// Answers whether a request satisfies a rule.
#[derive(Debug, Clone)]
pub struct Matcher(pub(crate) Node);

/// Understands `text` as a rule.
///
/// # Errors
///
/// When the text is not an expression of matcher calls, names an unknown matcher, gives a matcher arguments it
/// cannot use, nests deeper than 100 parentheses or is longer than a mebibyte.
pub fn parse(text: &str, syntax: Syntax, protocol: Protocol) -> Result<Rule, RuleError> {
    let length = u32::try_from(text.len()).ok().filter(|length| *length <= MAX_LENGTH);
    let Some(length) = length else {
        let span = Span { start: 0, end: text.len() };
        return Err(RuleError::new(
            span,
            format!("rule is longer than {MAX_LENGTH} bytes, split the router"),
        ));
    };
    let root = parser::parse(text, syntax, protocol)?;
    Ok(Rule { matcher: Matcher(root), length, protocol })
}

impl Rule {
    /// The priority of a router that does not set one: the length of the text in bytes, or −1 for a TCP rule that
    /// is nothing but ``HostSNI(`*`)``.
    #[must_use]
    pub fn priority(&self) -> i64 {
        if self.protocol == Protocol::Tcp && self.is_catch_all() { -1 } else { i64::from(self.length) }
    }

    /// Whether the rule is nothing but ``Host(`*`)`` or ``HostSNI(`*`)``.
    #[must_use]
    pub fn is_catch_all(&self) -> bool {
        matches!(self.matcher.0, Node::Test(Test::HostAny))
    }

    /// The name the rule asks for, when it asks for exactly one and for nothing else.
    #[must_use]
    pub fn only_host(&self) -> Option<&str> {
        match &self.matcher.0 {
            Node::Test(Test::Host(name)) => Some(name),
            _ => None,
        }
    }

    /// The names the rule asks for, each once and in order: exact ones, and wildcards as `*.d`.
    ///
    /// Names under a `!`, expressions and the catch-all `*` are not among them.
    #[must_use]
    pub fn hosts(&self) -> Vec<Arc<str>> {
        let mut found: Vec<Arc<str>> = Vec::new();
        self.matcher.0.visit(&mut |test, negated| {
            let name: Arc<str> = match test {
                Test::Host(name) if !negated => Arc::from(&**name),
                Test::HostUnder(parent) if !negated => Arc::from(format!("*.{parent}")),
                _ => return,
            };
            found.push(name);
        });
        let mut seen = hashbrown::HashSet::<_, foldhash::fast::RandomState>::default();
        found.retain(|name| seen.insert(Arc::clone(name)));
        found
    }

    /// Whether the rule looks at a server name other than `*`, which only a TLS connection has.
    #[must_use]
    pub fn needs_server_name(&self) -> bool {
        let mut found = false;
        self.matcher.0.visit(&mut |test, _| {
            found |= matches!(test, Test::Host(_) | Test::HostUnder(_) | Test::HostRegexp(_));
        });
        found
    }

    /// What decides whether a request satisfies the rule.
    #[must_use]
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// What the rule is about.
    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The matcher without the rest.
    #[must_use]
    pub fn into_matcher(self) -> Matcher {
        self.matcher
    }
}

impl Matcher {
    /// Whether the request satisfies the rule. Allocates only where an expression has to see text that was escaped
    /// or is not UTF-8.
    #[must_use]
    pub fn matches(&self, request: &RequestView<'_>) -> bool {
        self.0.matches(request)
    }
}

/// Longer texts are refused; a router with so many names is better written as several.
const MAX_LENGTH: u32 = 1 << 20;
