//! What was made of the objects of a small section, each made when it is first asked for.
//!
//! Every round asks for all objects. What is written as before and made of the same things is what it was before, and
//! what is not asked for is forgotten.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_config::Written;

use crate::merge::At;

/// What was made of the objects of one section.
pub(super) struct Kept<W, T> {
    /// In the round before, by qualified name.
    before: HashMap<Arc<str>, Version<W, T>, RandomState>,
    /// In this round; nothing for an object that cannot be used.
    now: HashMap<At, Option<Arc<T>>, RandomState>,
    /// What will be before in the next round.
    next: HashMap<Arc<str>, Version<W, T>, RandomState>,
    /// What is being made, from the outside in.
    path: Vec<At>,
}

struct Version<W, T> {
    written: Arc<Written<W>>,
    made: Arc<T>,
}

impl<W: PartialEq, T> Kept<W, T> {
    /// What was made of an object in this round, if it was asked for.
    pub(super) fn now(&self, at: At) -> Option<Option<Arc<T>>> {
        self.now.get(&at).cloned()
    }

    /// What was made of an object of this name in the round before, whatever was written then.
    pub(super) fn before(&self, name: &str) -> Option<&Arc<T>> {
        self.before.get(name).map(|version| &version.made)
    }

    /// The same, if it is written as it was.
    pub(super) fn unchanged(&self, name: &str, written: &Arc<Written<W>>) -> Option<&Arc<T>> {
        let version = self.before.get(name)?;
        let is_same = Arc::ptr_eq(&version.written, written) || version.written.value == written.value;
        is_same.then_some(&version.made)
    }

    /// The way that leads from an object that is being made back to it; nothing when it is not being made.
    pub(super) fn cycle(&self, at: At) -> Option<Vec<At>> {
        let from = self.path.iter().position(|step| *step == at)?;
        Some(self.path.iter().skip(from).copied().chain([at]).collect())
    }

    /// Begins to make an object; gives how many are being made.
    pub(super) fn enter(&mut self, at: At) -> usize {
        self.path.push(at);
        self.path.len()
    }

    /// Has made the object that was entered last.
    pub(super) fn leave(&mut self, at: At, name: Arc<str>, written: &Arc<Written<W>>, made: Option<Arc<T>>) {
        self.path.pop();
        if let Some(made) = &made {
            self.next.insert(name, Version { written: Arc::clone(written), made: Arc::clone(made) });
        }
        self.now.insert(at, made);
    }

    /// Ends the round.
    pub(super) fn settle(&mut self) {
        self.before = std::mem::take(&mut self.next);
        self.now.clear();
        self.path.clear();
    }
}

impl<W, T> Default for Kept<W, T> {
    fn default() -> Self {
        Self {
            before: HashMap::default(),
            now: HashMap::default(),
            next: HashMap::default(),
            path: Vec::new(),
        }
    }
}
