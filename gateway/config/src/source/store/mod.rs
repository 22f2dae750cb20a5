//! Keys of a store: `traefik/http/routers/web/rule`, as a tree.
//!
//! Keys are read in the order of their text, which is also the order of lists: `10` comes before `2`. traefik: the same.
//! A part of digits is a position in a list, except where the name of an object stands. Below the root only what is routing
//! is read; the rest of the store is not ours.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::flat::{Branch, Step};
use crate::origin::{Mark, Source};
use crate::problem::Problem;
use crate::shape::Shape;
use crate::tree::Tree;

/// What the keys of a store say.
#[derive(Debug)]
pub struct Keys {
    /// The options, below the root.
    pub tree: Tree,
    /// The keys, for places.
    pub source: Arc<Source>,
    /// Keys that hold nothing readable.
    pub problems: Vec<Problem>,
}

/// Reads the keys of `store` that stand below `root`.
pub fn parse<'a>(store: &str, root: &str, pairs: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Keys {
    // Stores differ in whether keys begin with a slash, and what is written twice so is one.
    let read: BTreeMap<String, (Vec<&str>, &[u8])> = pairs
        .into_iter()
        .filter_map(|(key, value)| {
            let parts = below(key, root)?;
            // What only holds others says nothing.
            let is_folder = value.is_empty() && (key.ends_with('/') || parts.len() <= NAME);
            (is_routing(parts.first()?) && !is_folder).then(|| (parts.join("/"), (parts, value)))
        })
        .collect();
    let root = root.trim_matches('/');
    let source = Arc::new(Source::Keys {
        store: store.into(),
        names: read.keys().map(|key| format!("{root}/{key}").into_boxed_str()).collect(),
    });
    let (mut branch, mut positions, mut problems) = (Branch::default(), Positions::default(), Vec::new());
    for (line, (parts, value)) in (1..).zip(read.values()) {
        let mark = Mark::new(line, 0);
        if parts.len() > DEEPEST {
            let message =
                format!("a key has more than {DEEPEST} parts below the root key, and nothing is as deep");
            problems.push(Problem::error(message).at(&source, mark));
            continue;
        }
        let steps = positions.steps(parts);
        match std::str::from_utf8(value) {
            Ok(value) => branch.put(&as_steps(&steps), value, mark),
            Err(_) => {
                let message = "the value is no UTF-8 text, write it so";
                problems.push(Problem::error(message).at(&source, mark));
            }
        }
    }
    let tree = if read.is_empty() { Tree::null() } else { branch.into_tree(&Shape::Open) };
    Keys { tree, source, problems }
}

/// The parts of a key below the root; nothing for others.
fn below<'k>(key: &'k str, root: &str) -> Option<Vec<&'k str>> {
    let mut parts = key.split('/').filter(|part| !part.is_empty());
    for expected in root.split('/').filter(|part| !part.is_empty()) {
        if parts.next() != Some(expected) {
            return None;
        }
    }
    Some(parts.collect())
}

/// What begins like a section is meant as one; whoever decodes it tells of what is none.
fn is_routing(part: &&str) -> bool {
    let begins = |root: &&str| part.get(..root.len()).is_some_and(|start| start.eq_ignore_ascii_case(root));
    ROOTS.iter().any(begins)
}

/// Gives positions in lists the numbers of their order.
#[derive(Default)]
struct Positions(HashMap<String, HashMap<String, usize>>);

/// A step that owns its text.
enum Owned<'k> {
    Key(&'k str),
    Index(String),
}

impl Positions {
    fn steps<'k>(&mut self, parts: &[&'k str]) -> Vec<Owned<'k>> {
        let mut steps = Vec::with_capacity(parts.len());
        let mut parent = String::new();
        for (depth, part) in parts.iter().enumerate() {
            let is_position = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_position && !is_name(depth, parts) {
                let known = self.0.entry(parent.clone()).or_default();
                let next = known.len();
                let index = *known.entry((*part).to_owned()).or_insert(next);
                steps.push(Owned::Index(index.to_string()));
            } else {
                steps.push(Owned::Key(part));
            }
            parent.push('/');
            parent.push_str(part);
        }
        steps
    }
}

/// Whether the name of an object stands here: `http/routers/NAME`, but `tls/certificates/0`.
fn is_name(depth: usize, parts: &[&str]) -> bool {
    depth < NAME || (depth == NAME && !parts.get(1).is_some_and(|part| part.eq_ignore_ascii_case(LIST)))
}

fn as_steps<'s>(steps: &'s [Owned<'_>]) -> Vec<Step<'s>> {
    let step = |step: &'s Owned<'_>| match step {
        Owned::Key(key) => Step::Key(key),
        Owned::Index(index) => Step::Index(index),
    };
    steps.iter().map(step).collect()
}

const ROOTS: [&str; 4] = ["http", "tcp", "udp", "tls"];
/// At which depth the name of an object stands.
const NAME: usize = 2;
/// More parts than this have no meaning, and each is a step of those who read the tree.
const DEEPEST: usize = 40;
/// The one section that is a list.
const LIST: &str = "certificates";
