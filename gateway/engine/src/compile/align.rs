//! What was made of the objects of a section, kept beside them from one configuration to the next.

use std::ops::Range;
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
    /// Unchanged objects share their `Arc`s with before, and mostly stand where they stood, counted from the beginning
    /// or from the end; so most of this compares pointers, and only what is between is looked up.
    pub(super) fn align<T: PartialEq>(&mut self, old: &Objects<T>, new: &Objects<T>) -> Changes<S> {
        let mut changed = Vec::new();
        let mut note = |index: usize, is_equal: bool| {
            if !is_equal {
                changed.push(index);
            }
        };
        let head = common(old.iter(), new.iter(), &mut note);
        let shortest = old.len().min(new.len());
        let (before, after) = (old.iter().skip(head).rev(), new.iter().skip(head).rev());
        let last = new.len().saturating_sub(1);
        let tail = common(before, after, |index, is_equal| note(last - index, is_equal));
        debug_assert!(head + tail <= shortest, "the two ends do not overlap");
        let (was, is) = (head..old.len() - tail, head..new.len() - tail);
        if was.is_empty() && is.is_empty() {
            return Changes { changed, gone: Vec::new() };
        }
        self.shuffle(old, new, &Middle { was, is }, changed)
    }

    fn shuffle<T: PartialEq>(
        &mut self,
        old: &Objects<T>,
        new: &Objects<T>,
        middle: &Middle,
        mut changed: Vec<usize>,
    ) -> Changes<S> {
        let Middle { was, is } = middle;
        let (watched, inside): (Vec<usize>, Vec<usize>) =
            self.watched.drain(..).partition(|index| !was.contains(index));
        self.watched.extend(
            watched.into_iter().map(|index| if index < was.start { index } else { index - was.end + is.end }),
        );
        let inside: HashSet<usize, RandomState> = inside.into_iter().collect();
        let mut before: Vec<Option<S>> =
            was.clone().map(|index| self.states.get_mut(index).map(std::mem::take)).collect();
        let mut states = Vec::with_capacity(is.len());
        for index in is.clone() {
            let Some((name, object)) = new.get_index(index) else { continue };
            let found = old.get_full(name).filter(|(found, ..)| was.contains(found));
            let state = found.and_then(|(found, ..)| before.get_mut(found - was.start)?.take());
            match found {
                Some((found, _, before)) if state.is_some() && is_equal(before, object) => {
                    if inside.contains(&found) {
                        self.watched.push(index);
                    }
                }
                _ => changed.push(index),
            }
            states.push(state.unwrap_or_default());
        }
        self.states.splice(was.clone(), states);
        Changes { changed, gone: before.into_iter().flatten().collect() }
    }
}

/// What is left between the ends that two versions have in common.
struct Middle {
    was: Range<usize>,
    is: Range<usize>,
}

impl<S> Default for Column<S> {
    fn default() -> Self {
        Self { states: Vec::new(), watched: Vec::new() }
    }
}

/// How many names two versions have in common before the first difference; tells of each whether its object is equal.
fn common<'o, T: PartialEq + 'o>(
    old: impl Iterator<Item = (&'o Arc<str>, &'o Arc<T>)>,
    new: impl Iterator<Item = (&'o Arc<str>, &'o Arc<T>)>,
    mut tell: impl FnMut(usize, bool),
) -> usize {
    let mut count = 0;
    for ((was, before), (name, object)) in old.zip(new) {
        if !is_same(was, name) {
            break;
        }
        tell(count, is_equal(before, object));
        count += 1;
    }
    count
}

fn is_same(left: &Arc<str>, right: &Arc<str>) -> bool {
    Arc::ptr_eq(left, right) || left == right
}

fn is_equal<T: PartialEq>(left: &Arc<T>, right: &Arc<T>) -> bool {
    Arc::ptr_eq(left, right) || left == right
}
