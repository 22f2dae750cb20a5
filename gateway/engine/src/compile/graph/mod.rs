//! What is made of what: one graph over the objects of all sections.
//!
//! Objects are made when they are asked for, so sections have no order and may refer to each other both ways. Here is
//! the one place that finds circles, and the one that decides what has to be made again: what is new or written
//! differently, what something is to be said of, what read a file that has changed, and whatever is made of something
//! that came out as another than before. Everything else is the same `Arc` as before.

mod asking;
mod group;
mod state;
mod visit;

use std::cell::{RefCell, RefMut};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use windrose_config::{DynamicConfig, Section};
use windrose_upstream::Upstream;

use super::Tools;
use super::memory::Memory;
use super::problems::{Object, Problems};
use super::round::Round;
use crate::merge::{At, Merged, qualified};
pub(super) use asking::{Asking, Missed, deep};
pub(super) use group::Group;
use group::{Entry, GROUPS};
pub(super) use state::State;

/// An object of any section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node {
    pub(super) section: Section,
    pub(super) at: At,
}

/// Where something compiled is in memory, which says whether two are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address(usize);

pub(super) type Addresses = HashSet<Address, RandomState>;
type Nodes = HashSet<Node, RandomState>;

/// What may have to be made again, since it is made of something that may change.
#[derive(Default)]
struct Shaky {
    nodes: Nodes,
    /// Where what may change was.
    known: HashMap<Address, Node, RandomState>,
}

impl Address {
    pub(super) fn of<T: ?Sized>(compiled: &Arc<T>) -> Self {
        Self(Arc::as_ptr(compiled).cast::<()>().addr())
    }
}

/// One walk over the graph.
pub(super) struct Graph<'g, 'm> {
    parts: RefCell<&'g mut Vec<Memory>>,
    round: RefCell<&'g mut Round<'m>>,
    merged: &'m Merged,
    tools: &'m Tools,
    services: &'g HashMap<Arc<str>, Arc<Upstream>, RandomState>,
    /// What is new or written differently.
    changed: Nodes,
    /// What is to be made again whatever it is made of.
    due: Nodes,
    shaky: Shaky,
    done: RefCell<Nodes>,
    path: RefCell<Vec<Node>>,
    watch: RefCell<Vec<Node>>,
}

/// What the gateway has of its own.
pub(super) struct Own<'o> {
    pub(super) merged: &'o Merged,
    pub(super) services: &'o HashMap<Arc<str>, Arc<Upstream>, RandomState>,
}

impl Memory {
    /// Moves what was made to where its objects are now; gives those that are new or written differently.
    pub(super) fn follow_objects(
        &mut self,
        part: usize,
        old: &DynamicConfig,
        new: &DynamicConfig,
        round: &mut Round<'_>,
    ) -> Vec<Node> {
        let mut changed = Vec::new();
        for entry in &GROUPS {
            let of = (entry.follow)(self, old, new, round).into_iter();
            changed.extend(of.map(|index| Node { section: entry.section, at: At { part, index } }));
        }
        changed
    }
}

impl<'m> Graph<'_, 'm> {
    pub(super) fn merged(&self) -> &'m Merged {
        self.merged
    }

    fn own(&self) -> Own<'_> {
        Own { merged: self.merged(), services: self.services }
    }

    fn tools(&self) -> &'m Tools {
        self.tools
    }

    fn problems(&self) -> RefMut<'_, Problems<'m>> {
        RefMut::map(self.round.borrow_mut(), |round| &mut round.problems)
    }

    fn depth(&self) -> usize {
        self.path.borrow().len()
    }

    /// The way from `node` back to it, if it is being made.
    fn circle(&self, node: Node) -> Option<String> {
        let path = self.path.borrow();
        let from = path.iter().position(|step| *step == node)?;
        let steps = path.iter().skip(from).chain([&node]);
        let names: Vec<String> = steps.map(|step| self.name(*step)).collect();
        Some(names.join(" -> "))
    }

    fn name(&self, node: Node) -> String {
        let merged = self.merged();
        let Some(part) = merged.parts.get(node.at.part) else { return String::new() };
        let name = Entry::find(node.section).and_then(|entry| (entry.name)(&part.config, node.at.index));
        qualified(name.map_or("", |name| &**name), &part.provider).to_string()
    }

    fn make_any(&self, node: Node) -> Option<Address> {
        (Entry::find(node.section)?.make)(self, node.at)
    }

    /// Makes an object and what it is made of, unless that is done or not necessary.
    fn make<G: Group>(&self, at: At) -> Option<Arc<G::Made>> {
        let node = Node { section: G::SECTION, at };
        if !self.done.borrow().contains(&node) && self.is_to_be_made::<G>(node) {
            self.make_again::<G>(node);
        }
        self.done.borrow_mut().insert(node);
        self.made::<G>(at)
    }

    fn made<G: Group>(&self, at: At) -> Option<Arc<G::Made>> {
        G::column(self.parts.borrow().get(at.part)?).get(at.index)?.made.clone()
    }

    /// Whether an object has to be made: it is due, or something it is made of has come out as another.
    fn is_to_be_made<G: Group>(&self, node: Node) -> bool {
        if self.due.contains(&node) {
            return true;
        }
        if !self.shaky.nodes.contains(&node) {
            return false;
        }
        let things: Vec<Address> = {
            let parts = self.parts.borrow();
            let state = parts.get(node.at.part).and_then(|memory| G::column(memory).get(node.at.index));
            state.map_or_else(Vec::new, |state| state.of.things().iter().map(Address::of).collect())
        };
        // What was made did not reach itself; if it does now, it becomes another one.
        self.path.borrow_mut().push(node);
        let has_changed = things.into_iter().any(|thing| {
            if self.round.borrow().stale.contains(&thing) {
                return true;
            }
            let Some(of) = self.shaky.known.get(&thing) else { return false };
            self.path.borrow().contains(of) || self.make_any(*of) != Some(thing)
        });
        self.path.borrow_mut().pop();
        has_changed
    }

    fn make_again<G: Group>(&self, node: Node) -> Option<()> {
        let merged = self.merged();
        let (name, written) = G::written(&merged.parts.get(node.at.part)?.config).get_index(node.at.index)?;
        let of = Object { section: G::SECTION, at: node.at, name, origin: &written.origin };
        let told = self.problems().len();
        let before = self.made::<G>(node.at);
        let asking = Asking::new(self, node);
        self.path.borrow_mut().push(node);
        let mut made = G::make(&asking, of, written, before.as_ref());
        self.path.borrow_mut().pop();
        let made_of = asking.into_of();
        let is_told = self.problems().len() > told;
        let mut parts = self.parts.borrow_mut();
        let state = G::column_mut(parts.get_mut(node.at.part)?).get_mut(node.at.index)?;
        // Made again only to hear what is to be said of it: what it has counted so far stays.
        if made.is_some() && before.is_some() && !self.changed.contains(&node) && made_of.is_same(&state.of) {
            made = before;
        }
        if is_told || !made_of.seen().is_empty() {
            self.watch.borrow_mut().push(node);
        }
        state.of = made_of;
        state.is_told = is_told;
        let is_same = state.address() == made.as_ref().map(Address::of);
        if !is_same && let Some(before) = std::mem::replace(&mut state.made, made) {
            self.round.borrow_mut().retire(before);
        }
        Some(())
    }
}
