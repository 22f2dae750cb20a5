//! Normal form and evaluation.

use super::*;

fn path(text: &str) -> Node {
    Test::Path(text.into()).into()
}

fn on(node: &Node, path: &str) -> bool {
    node.matches(&RequestView { path, ..Default::default() })
}

#[test]
fn a_node_is_three_words() {
    assert_eq!(size_of::<Node>(), 3 * size_of::<usize>());
}

#[test]
fn single_operands_stand_for_themselves() {
    assert!(matches!(Node::all(vec![path("/")]), Node::Test(_)));
    assert!(
        matches!(Node::any(vec![Node::any(vec![path("/a"), path("/b")])]), Node::Any(nodes) if nodes.len() == 2)
    );
}

#[test]
fn evaluates_all_any_not() {
    let either = || Node::any(vec![path("/a"), path("/b")]);
    assert!(on(&either(), "/b") && !on(&either(), "/c"));
    assert!(!on(&either().negate(), "/b") && on(&either().negate(), "/c"));
    let both = Node::all(vec![either(), path("/a").negate()]);
    assert!(on(&both, "/b") && !on(&both, "/a"));
}

#[test]
fn visits_every_test_with_its_sense() {
    let node = Node::all(vec![path("/a"), Node::any(vec![path("/b").negate(), path("/c")])]);
    let mut senses = Vec::new();
    node.visit(&mut |_, negated| senses.push(negated));
    assert_eq!(senses, [false, true, false]);
}
