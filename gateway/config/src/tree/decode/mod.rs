//! From a tree to typed options: one serde deserializer for every source.
//!
//! Field names are compared without case, map keys kept exactly; text is read as whatever the target asks for.
//! Problems are collected, not thrown: a value that cannot be read is reported and passed over, and the target is
//! tried again without it, until everything wrong with it is known. Targets must not use `flatten` or untagged enums,
//! which hide from the deserializer what they ask for.

mod access;
mod empty;
mod error;
mod fold;
mod listed;
mod nearest;
mod node;
mod scalar;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::RandomState;
use serde::de::DeserializeOwned;

use crate::origin::{Mark, Source};
use crate::problem::Problem;
use crate::shape::Shape;
use crate::tree::{Entry, Tree};

pub use empty::filled;
pub(crate) use empty::may_be_empty;
pub(crate) use fold::{join_cases, join_same};
pub(crate) use nearest::is_slip;
pub use nearest::nearest;
use nearest::one_of;

use error::{Fault, Identity};
use node::Node;

/// Decodes a tree.
///
/// # Errors
///
/// Everything that is wrong with it, in the order in which it was found.
pub fn decode<T: DeserializeOwned>(tree: &Tree, source: &Arc<Source>) -> Result<T, Vec<Problem>> {
    decode_noting(tree, source, &mut Vec::new())
}

/// Decodes a tree, and adds to `notes` what is good but may not be what was meant.
///
/// # Errors
///
/// The same.
pub(crate) fn decode_noting<T: DeserializeOwned>(
    tree: &Tree,
    source: &Arc<Source>,
    notes: &mut Vec<Problem>,
) -> Result<T, Vec<Problem>> {
    let Decoded { value, problems, notes: noted } = decode_all(tree, source);
    notes.extend(noted);
    value.filter(|_| problems.is_empty()).ok_or(problems)
}

/// What comes of decoding.
pub(crate) struct Decoded<T> {
    /// The value, without what is wrong; `None` when that is all of it.
    pub(crate) value: Option<T>,
    /// What is wrong.
    pub(crate) problems: Vec<Problem>,
    /// What is good but may not be what was meant.
    pub(crate) notes: Vec<Problem>,
}

/// Decodes as much of a tree as can be read.
pub(crate) fn decode_all<T: DeserializeOwned>(tree: &Tree, source: &Arc<Source>) -> Decoded<T> {
    let (mut decoded, has_null) = attempt::<T>(tree, source);
    // The shape of a type costs more than most trees, and few need it.
    if !decoded.problems.is_empty() || has_null {
        let shape = Shape::of::<T>();
        if !decoded.problems.is_empty()
            && let Some(folded) = fold::fold(tree, &shape)
        {
            (decoded, _) = attempt::<T>(&folded, source);
        }
        listed::explain(tree, &shape, source, &mut decoded.problems);
        if has_null {
            fold::unwritten(tree, &shape, source, &mut decoded.notes);
        }
    }
    decoded
}

/// One decoding, and whether something was written with nothing behind it.
fn attempt<T: DeserializeOwned>(tree: &Tree, source: &Arc<Source>) -> (Decoded<T>, bool) {
    let context = Context::new(source);
    let mut value = None;
    for _ in 0..TRIES {
        match T::deserialize(Node::root(tree, &context)) {
            Ok(read) => {
                value = Some(read);
                break;
            }
            Err(fault) => {
                let next = context.record(fault, tree);
                if next == Next::GiveUp {
                    break;
                }
            }
        }
    }
    let Seen { null, notes } = context.seen.into_inner();
    (Decoded { value, problems: context.problems.into_inner(), notes }, null)
}

/// The problem of a key that is none of `known`.
pub(crate) fn unknown_field(entry: &Entry, known: &[&str], source: &Arc<Source>) -> Problem {
    let problem = Problem::error(format!("unknown field `{}`", entry.key)).at(source, entry.mark);
    let problem = problem.spanning(entry.key.chars().count()).expecting(one_of(known));
    Problem { nearest: nearest(&entry.key, known), ..problem }
}

/// The problem of a key that was written before.
pub(crate) fn repeated_field(entry: &Entry, source: &Arc<Source>) -> Problem {
    let problem = Problem::error(format!("`{}` is written twice, remove one of them", entry.key));
    problem.at(source, entry.mark).spanning(entry.key.chars().count())
}

/// What one decoding has found so far.
pub(crate) struct Context<'a> {
    source: &'a Arc<Source>,
    problems: RefCell<Vec<Problem>>,
    /// Values reported already, or switched off; they count as absent.
    passed_over: RefCell<HashSet<Identity, RandomState>>,
    seen: RefCell<Seen>,
}

/// What is not wrong, but worth a look.
#[derive(Default)]
struct Seen {
    /// Whether something was written with nothing behind it.
    null: bool,
    notes: Vec<Problem>,
}

/// Whether another try can find more.
#[derive(PartialEq, Eq)]
enum Next {
    Again,
    GiveUp,
}

impl<'a> Context<'a> {
    fn new(source: &'a Arc<Source>) -> Self {
        Self {
            source,
            problems: RefCell::default(),
            passed_over: RefCell::default(),
            seen: RefCell::default(),
        }
    }

    fn note_null(&self) {
        self.seen.borrow_mut().null = true;
    }

    /// A section of a flat source that is off, as its text is no boolean.
    fn note_off(&self, text: &str, mark: Mark) {
        let message = format!("`{text}` is not `true`, so this section is off; write true or false");
        self.seen.borrow_mut().notes.push(Problem::warning(message).at(self.source, mark));
    }

    fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    fn pass_over(&self, identity: Identity) {
        self.passed_over.borrow_mut().insert(identity);
    }

    fn is_passed_over(&self, identity: Identity) -> bool {
        let passed_over = self.passed_over.borrow();
        !passed_over.is_empty() && passed_over.contains(&identity)
    }

    /// Whether lists may be written as tables whose keys are positions, as flat sources have to.
    fn is_flat(&self) -> bool {
        !self.source.has_lines()
    }

    fn record(&self, fault: Fault, root: &Tree) -> Next {
        let identity = fault.identity();
        let (problem, follows) = fault.into_problem(self.source, root.mark);
        // What only says that something is missing may be the echo of a value passed over.
        let echo = follows && !self.problems.borrow().is_empty();
        if let Some(problem) = problem
            && !echo
        {
            self.report(problem);
        }
        match identity {
            Some(identity) => {
                self.pass_over(identity);
                Next::Again
            }
            None => Next::GiveUp,
        }
    }
}

/// More problems than this in one object are not worth the time.
const TRIES: usize = 200;
