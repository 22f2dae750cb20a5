//! The tree of a rule and its evaluation.
//!
//! Negations are on single tests only, `&&` and `||` hold at least two operands and never one of their own kind,
//! and a node is three words, because there may be a million of them.

use ipnet::IpNet;

use crate::matcher::{alpn, client_ip, cookie, header, host, method, path, query};
use crate::regex::Regex;
use crate::view::RequestView;

/// A rule or a part of one.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// Satisfied when the test is.
    Test(Test),
    /// Satisfied when the test is not.
    Not(Box<Test>),
    /// Satisfied when all operands are.
    All(Box<[Self]>),
    /// Satisfied when one operand is.
    Any(Box<[Self]>),
}

/// One question about a request. Names and values are already in the form they are compared in.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// The host is this name.
    Host(Box<str>),
    /// The host is one label in front of this name.
    HostUnder(Box<str>),
    /// Any host, even none.
    HostAny,
    HostRegexp(Regex),
    Path(Box<str>),
    PathPrefix(Box<str>),
    PathRegexp(Regex),
    Method(Box<str>),
    Header(Box<Named<Box<str>>>),
    HeaderRegexp(Box<Named<Regex>>),
    Query(Box<Named<Box<str>>>),
    QueryRegexp(Box<Named<Regex>>),
    Cookie(Box<Named<Box<str>>>),
    CookieRegexp(Box<Named<Regex>>),
    ClientIp(IpNet),
    Alpn(Box<[u8]>),
}

/// A field, query key or cookie, and what its value must be.
#[derive(Debug, Clone)]
pub(crate) struct Named<V> {
    pub(crate) name: Box<str>,
    pub(crate) value: V,
}

impl Node {
    /// All of `operands`; a single operand stands for itself.
    pub(crate) fn all(operands: Vec<Self>) -> Self {
        let flat = flatten(operands, |node| match node {
            Self::All(inner) => Ok(inner),
            other => Err(other),
        });
        single(flat).unwrap_or_else(Self::All)
    }

    /// One of `operands`; a single operand stands for itself.
    pub(crate) fn any(operands: Vec<Self>) -> Self {
        let flat = flatten(operands, |node| match node {
            Self::Any(inner) => Ok(inner),
            other => Err(other),
        });
        single(flat).unwrap_or_else(Self::Any)
    }

    /// The opposite, with the negation pushed down to the tests.
    pub(crate) fn negate(self) -> Self {
        let all = |nodes: Box<[Self]>| nodes.into_vec().into_iter().map(Self::negate).collect();
        match self {
            Self::Test(test) => Self::Not(Box::new(test)),
            Self::Not(test) => Self::Test(*test),
            Self::All(nodes) => Self::Any(all(nodes)),
            Self::Any(nodes) => Self::All(all(nodes)),
        }
    }

    /// Calls `visit` with every test and whether it is negated.
    pub(crate) fn visit<'n>(&'n self, visit: &mut impl FnMut(&'n Test, bool)) {
        match self {
            Self::Test(test) => visit(test, false),
            Self::Not(test) => visit(test, true),
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.visit(visit)),
        }
    }

    pub(crate) fn matches(&self, request: &RequestView<'_>) -> bool {
        match self {
            Self::Test(test) => test.matches(request),
            Self::Not(test) => !test.matches(request),
            Self::All(nodes) => nodes.iter().all(|node| node.matches(request)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(request)),
        }
    }
}

impl Test {
    pub(crate) fn matches(&self, request: &RequestView<'_>) -> bool {
        match self {
            Self::Host(name) => host::is(name, request.host),
            Self::HostUnder(parent) => host::is_under(parent, request.host),
            Self::HostAny => true,
            Self::HostRegexp(regex) => regex.is_match(request.host),
            Self::Path(path) => **path == *request.path,
            Self::PathPrefix(prefix) => path::has_prefix(request.path, prefix),
            Self::PathRegexp(regex) => regex.is_match(request.path),
            Self::Method(method) => method::is(method, request.method),
            Self::Header(wanted) => header::is(wanted, request.headers),
            Self::HeaderRegexp(wanted) => header::is_like(wanted, request.headers),
            Self::Query(wanted) => query::is(wanted, request.query),
            Self::QueryRegexp(wanted) => query::is_like(wanted, request.query),
            Self::Cookie(wanted) => cookie::is(wanted, request.headers),
            Self::CookieRegexp(wanted) => cookie::is_like(wanted, request.headers),
            Self::ClientIp(net) => client_ip::is_in(*net, request.peer),
            Self::Alpn(protocol) => alpn::is_offered(protocol, request.alpn),
        }
    }
}

impl From<Test> for Node {
    fn from(test: Test) -> Self {
        Self::Test(test)
    }
}

/// `operands` with those that `open` can open replaced by what is inside.
fn flatten(operands: Vec<Node>, open: impl Fn(Node) -> Result<Box<[Node]>, Node>) -> Vec<Node> {
    let mut flat = Vec::with_capacity(operands.len());
    for operand in operands {
        match open(operand) {
            Ok(inner) => flat.extend(inner),
            Err(node) => flat.push(node),
        }
    }
    flat
}

/// The only element, or all of them.
fn single(mut nodes: Vec<Node>) -> Result<Node, Box<[Node]>> {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => Ok(only),
        last => {
            nodes.extend(last);
            Err(nodes.into_boxed_slice())
        }
    }
}

#[cfg(test)]
mod tests;
