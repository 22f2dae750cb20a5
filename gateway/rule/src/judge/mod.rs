//! Which parts of a rule a request does not satisfy: what a person asks who expected another router.
//!
//! Nothing on the way of a request comes here. Invariant: nothing is missed exactly when the rule matches.

mod words;

pub(crate) use words::clause;

use std::fmt;

use crate::rule::Rule;
use crate::tree::{Node, Test};
use crate::view::RequestView;

/// What a request lacks to satisfy a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What would have to be otherwise, in the order of the rule. Of alternatives the nearest one.
    pub missed: Vec<Missed>,
    /// How far away that is: 0 when the rule matches, else a thousand for each clause that is missed and less than
    /// another thousand for how unlike its value is.
    pub distance: u32,
}

/// A clause of a rule that a request does not satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The clause in the current syntax, such as ``Host(`a.test`)`` or ``!Method(`GET`)``.
    pub clause: String,
    /// What the request has there.
    pub found: String,
}

impl Judgement {
    /// Whether the rule matches.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.missed.is_empty()
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.clause, self.found)
    }
}

impl Rule {
    /// Says what a request lacks to satisfy the rule.
    #[must_use]
    pub fn judge(&self, request: &RequestView<'_>) -> Judgement {
        let (distance, clauses) = missed(&self.matcher().0, request);
        let protocol = self.protocol();
        let told = |clause: &Clause<'_>| Missed {
            clause: words::clause(clause.test, clause.sense, protocol),
            found: words::found(clause.test, request),
        };
        Judgement { missed: clauses.iter().map(told).collect(), distance }
    }

    /// How far a request is from satisfying the rule, as in [`Judgement::distance`], without the words.
    #[must_use]
    pub fn distance(&self, request: &RequestView<'_>) -> u32 {
        missed(&self.matcher().0, request).0
    }
}

/// A single test that came out wrong.
struct Clause<'r> {
    test: &'r Test,
    sense: Sense,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sense {
    Plain,
    Negated,
}

fn missed<'r>(node: &'r Node, request: &RequestView<'_>) -> (u32, Vec<Clause<'r>>) {
    match node {
        Node::Test(test) if test.matches(request) => (0, Vec::new()),
        Node::Test(test) => (CLAUSE + unlikeness(test, request), vec![Clause { test, sense: Sense::Plain }]),
        Node::Not(test) if test.matches(request) => {
            (CLAUSE + OTHER, vec![Clause { test, sense: Sense::Negated }])
        }
        Node::Not(_) => (0, Vec::new()),
        Node::All(nodes) => nodes.iter().fold((0, Vec::new()), |(distance, mut all), node| {
            let (more, clauses) = missed(node, request);
            all.extend(clauses);
            (distance.saturating_add(more), all)
        }),
        Node::Any(nodes) => {
            let nearest =
                nodes.iter().map(|node| missed(node, request)).min_by_key(|(distance, _)| *distance);
            nearest.unwrap_or_default()
        }
    }
}

/// How unlike the value is that a request has where a test wants another: below [`CLAUSE`].
fn unlikeness(test: &Test, request: &RequestView<'_>) -> u32 {
    match test {
        Test::Host(name) => apart(name, request.host),
        Test::HostUnder(parent) => {
            let own = request.host.split_once('.').map_or(request.host, |(_, own)| own);
            apart(parent, own)
        }
        // The right host says more than the right path, and a method is changed most easily.
        Test::Path(wanted) | Test::PathPrefix(wanted) => apart(wanted, request.path) / 4,
        Test::Method(_) => 0,
        _ => OTHER,
    }
}

/// How much of two texts is not the same at their beginnings or ends, in thousandths. Linear in their lengths.
fn apart(wanted: &str, found: &str) -> u32 {
    let longest = wanted.len().max(found.len());
    let shortest = wanted.len().min(found.len());
    let same = |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(a, b)| a == b).count();
    let front = same(&mut wanted.bytes().zip(found.bytes()));
    let back = same(&mut wanted.bytes().rev().zip(found.bytes().rev()));
    let shared = (front + back).min(shortest);
    let thousandths = (longest - shared) * (CLAUSE as usize - 1) / longest.max(1);
    u32::try_from(thousandths).unwrap_or(CLAUSE - 1)
}

/// What one clause counts.
const CLAUSE: u32 = 1000;
/// What a value counts of which nobody can say how near it is.
const OTHER: u32 = CLAUSE / 2;

#[cfg(test)]
mod tests;
