//! What was made of the objects of a section, kept beside them from one configuration to the next.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use windrose_config::dynamic_config::Objects;

/// One state for each object, in the order of the objects.
pub(super) struct Column<S> {
    states: Vec<S>,
    /// Objects that have to be looked at every time: broken ones, and those something is to be said of.
    watched: Vec<usize>,
}

/// What is the matter with the objects of a section, compared with before.
pub(super) struct Changes<S> {
    /// The places of objects that are new or written differently.
    pub(super) changed: Vec<usize>,
    /// What was made of objects that are gone.
    pub(super) gone: Vec<S>,
}

impl<S: Default> Column<S> {
    /// The state of an object.
    pub(super) fn get(&self, index: usize) -> Option<&S> {
        self.states.get(index)
    }

    /// The state of an object, to be changed.
    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut S> {
        self.states.get_mut(index)
    }

    /// All states.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, S> {
        self.states.iter()
    }

    /// Which objects are to be looked at next time, whatever happens.
    pub(super) fn watch(&mut self, watched: Vec<usize>) {
        self.watched = watched;
    }

    /// Which objects are to be looked at.
    pub(super) fn watched(&self) -> &[usize] {
        &self.watched
    }

    /// Moves states to where their objects are now.
    ///
    /// Unchanged objects share their `Arc`s with before, so most of this compares pointers.
    pub(super) fn align<T: PartialEq>(&mut self, old: &Objects<T>, new: &Objects<T>) -> Changes<S> {
        match in_place(old, new) {
            Some(changed) => Changes { changed, gone: Vec::new() },
            None => self.shuffle(old, new),
        }
    }

    fn shuffle<T: PartialEq>(&mut self, old: &Objects<T>, new: &Objects<T>) -> Changes<S> {
        let watched: HashSet<usize, RandomState> = self.watched.drain(..).collect();
        let mut before: Vec<Option<S>> = std::mem::take(&mut self.states).into_iter().map(Some).collect();
        let mut changed = Vec::new();
        let mut states = Vec::with_capacity(new.len());
        // What follows an object mostly still follows it.
        let mut guess = 0;
        for (index, (name, object)) in new.iter().enumerate() {
            let found = match old.get_index(guess) {
                Some((there, _)) if is_same(there, name) => Some(guess),
                _ => old.get_index_of(name),
            };
            let state = found.and_then(|found| before.get_mut(found)?.take());
            let is_equal =
                found.and_then(|found| old.get_index(found)).is_some_and(|(_, of)| is_equal(of, object));
            if state.is_none() || !is_equal {
                changed.push(index);
            } else if found.is_some_and(|found| watched.contains(&found)) {
                self.watched.push(index);
            }
            guess = found.map_or(guess, |found| found + 1);
            states.push(state.unwrap_or_default());
        }
        self.states = states;
        Changes { changed, gone: before.into_iter().flatten().collect() }
    }
}

impl<S> Default for Column<S> {
    fn default() -> Self {
        Self { states: Vec::new(), watched: Vec::new() }
    }
}

/// The places of objects written differently, if all names are where they were.
fn in_place<T: PartialEq>(old: &Objects<T>, new: &Objects<T>) -> Option<Vec<usize>> {
    if old.len() != new.len() {
        return None;
    }
    let mut changed = Vec::new();
    for (index, ((was, before), (name, object))) in old.iter().zip(new).enumerate() {
        if !is_same(was, name) {
            return None;
        }
        if !is_equal(before, object) {
            changed.push(index);
        }
    }
    Some(changed)
}

fn is_same(left: &Arc<str>, right: &Arc<str>) -> bool {
    Arc::ptr_eq(left, right) || left == right
}

fn is_equal<T: PartialEq>(left: &Arc<T>, right: &Arc<T>) -> bool {
    Arc::ptr_eq(left, right) || left == right
}
