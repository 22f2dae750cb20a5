//! What a rule asks of host and path, so that it can be indexed.
//!
//! A rule is turned into alternatives; whenever the rule is satisfied, the keys of at least one alternative are. Where
//! an alternative is *decided*, the converse holds too: its keys suffice.

use crate::matcher::host::parent_of;
use crate::matcher::path::has_prefix;
use crate::tree::{Node, Test};

/// The hosts of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostKey<'n> {
    /// Every host, or none.
    Any,
    /// One name.
    Exact(&'n str),
    /// One label in front of a name.
    Under(&'n str),
}

/// The paths of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathKey<'n> {
    /// Every path.
    Any,
    /// One path.
    Exact(&'n str),
    /// The paths that start so.
    Prefix(&'n str),
}

/// Whether keys say all there is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A request with these keys satisfies the rule.
    Decided,
    /// A request with these keys may satisfy the rule.
    Open,
}

/// One way to satisfy a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alternative<'n> {
    pub(super) host: HostKey<'n>,
    pub(super) path: PathKey<'n>,
    pub(super) verdict: Verdict,
}

/// All alternatives of a rule; none when it can never be satisfied.
pub(super) fn alternatives(node: &Node) -> Vec<Alternative<'_>> {
    collect(node, &mut { BUDGET })
}

/// The only alternative of a single test. `None` when it can never be satisfied.
pub(super) fn of_test(test: &Test) -> Option<Alternative<'_>> {
    let decided = |host, path| Some(Alternative { host, path, verdict: Verdict::Decided });
    match test {
        // A request without host equals no name, not even the empty one.
        Test::Host(name) if name.is_empty() => None,
        Test::Host(name) => decided(HostKey::Exact(name), PathKey::Any),
        Test::HostUnder(parent) => decided(HostKey::Under(parent), PathKey::Any),
        Test::HostAny => decided(HostKey::Any, PathKey::Any),
        Test::Path(path) => decided(HostKey::Any, PathKey::Exact(path)),
        Test::PathPrefix(prefix) => decided(HostKey::Any, PathKey::Prefix(prefix)),
        _ => Some(OPEN),
    }
}

/// What is left to ask once the keys of the only alternative of `node` are known to fit.
pub(super) fn residual(node: Node) -> Node {
    let is_key = |node: &Node| {
        matches!(
            node,
            Node::Test(
                Test::Host(_) | Test::HostUnder(_) | Test::HostAny | Test::Path(_) | Test::PathPrefix(_)
            )
        )
    };
    match node {
        Node::All(nodes) => Node::all(nodes.into_iter().filter(|node| !is_key(node)).collect()),
        other => other,
    }
}

fn collect<'n>(node: &'n Node, budget: &mut usize) -> Vec<Alternative<'n>> {
    match node {
        Node::Test(test) => of_test(test).into_iter().collect(),
        Node::Not(_) => vec![OPEN],
        Node::Any(nodes) => nodes.iter().flat_map(|node| collect(node, budget)).collect(),
        Node::All(nodes) => {
            let free = Alternative { verdict: Verdict::Decided, ..OPEN };
            nodes.iter().fold(vec![free], |left, node| {
                let right = collect(node, budget);
                combine(left, right, budget)
            })
        }
    }
}

/// The alternatives of two operands that must both hold.
fn combine<'n>(
    left: Vec<Alternative<'n>>,
    right: Vec<Alternative<'n>>,
    budget: &mut usize,
) -> Vec<Alternative<'n>> {
    let product = left.len().saturating_mul(right.len());
    let grows = left.len() > 1 && right.len() > 1 && product > MAX_PRODUCT;
    if grows || product > *budget {
        // One side alone is true whenever both are; the rule itself has to tell.
        let mut kept = if left.iter().any(|one| one.host == HostKey::Any) { right } else { left };
        kept.iter_mut().for_each(|one| one.verdict = Verdict::Open);
        return kept;
    }
    *budget -= product;
    left.iter().flat_map(|one| right.iter().filter_map(|other| one.and(other))).collect()
}

impl<'n> Alternative<'n> {
    /// Both at once; `None` when that is impossible.
    fn and(&self, other: &Self) -> Option<Self> {
        let decided = self.verdict == Verdict::Decided && other.verdict == Verdict::Decided;
        Some(Self {
            host: self.host.and(other.host)?,
            path: self.path.and(other.path)?,
            verdict: if decided { Verdict::Decided } else { Verdict::Open },
        })
    }
}

impl<'n> HostKey<'n> {
    fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, one) | (one, Self::Any) => Some(one),
            (Self::Exact(name), Self::Under(parent)) | (Self::Under(parent), Self::Exact(name)) => {
                (parent_of(name) == Some(parent)).then_some(Self::Exact(name))
            }
            (one, other) => (one == other).then_some(one),
        }
    }
}

impl<'n> PathKey<'n> {
    fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, one) | (one, Self::Any) => Some(one),
            (Self::Exact(path), Self::Prefix(prefix)) | (Self::Prefix(prefix), Self::Exact(path)) => {
                has_prefix(path, prefix).then_some(Self::Exact(path))
            }
            (Self::Prefix(one), Self::Prefix(other)) => {
                let (long, short) = if one.len() < other.len() { (other, one) } else { (one, other) };
                has_prefix(long, short).then_some(Self::Prefix(long))
            }
            (one, other) => (one == other).then_some(one),
        }
    }
}

/// Of a test that no key speaks for.
const OPEN: Alternative<'static> =
    Alternative { host: HostKey::Any, path: PathKey::Any, verdict: Verdict::Open };

/// Combinations tried for one rule; bounds the time of nested alternatives.
const BUDGET: usize = 1 << 16;

/// Combinations kept where both sides have several alternatives; bounds the memory.
const MAX_PRODUCT: usize = 256;
