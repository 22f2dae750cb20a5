//! Rules that were written for the 2.x series, as the current syntax spells them: for whoever brings them along.
//!
//! Nothing on the way of a request comes here.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::judge::{Sense, clause};
use crate::parser;
use crate::rule::{Protocol, Syntax};
use crate::tree::Node;

/// A rule that can be read in the older syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Older {
    /// The same rule in the current syntax.
    pub current: String,
    /// The first `{name}` or `{name:regexp}`, in bytes: a variable there, and nothing but its characters here.
    pub variable: Option<Range<usize>>,
}

/// Reads a text in the older syntax; nothing when it is no rule there.
#[must_use]
pub fn older(text: &str, protocol: Protocol) -> Option<Older> {
    let root = parser::parse(text, Syntax::V2, protocol).ok()?;
    Some(Older { current: written(&root, protocol), variable: variable(text) })
}

fn written(node: &Node, protocol: Protocol) -> String {
    let joined = |nodes: &[Node], between: &str| {
        let parts = nodes.iter().map(|node| match node {
            Node::All(_) | Node::Any(_) => format!("({})", written(node, protocol)),
            _ => written(node, protocol),
        });
        parts.collect::<Vec<_>>().join(between)
    };
    match node {
        Node::Test(test) => clause(test, Sense::Plain, protocol),
        Node::Not(test) => clause(test, Sense::Negated, protocol),
        Node::All(nodes) => joined(nodes, " && "),
        Node::Any(nodes) => joined(nodes, " || "),
    }
}

/// A brace that begins a name; one of a class (`\p{Greek}`) or a number (`\x{1F}`) does not, and repetitions are numbers.
fn variable(text: &str) -> Option<Range<usize>> {
    let braces = text.match_indices('{').map(|(at, _)| at);
    let mut found = braces.filter_map(|at| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let is_class = [r"\p", r"\P", r"\x"].iter().any(|class| before.ends_with(class));
        let is_name = after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let end = at + 1 + after.find('}')? + 1;
        (is_name && !is_class).then_some(at..end)
    });
    found.next()
}
