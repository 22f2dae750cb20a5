//! Which objects have to be looked at, and what is found when all are made.

use std::cell::RefCell;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::group::{Entry, GROUPS, Group};
use super::{Address, Addresses, Graph, Node, Nodes, Own, Shaky};
use crate::compile::Compiler;
use crate::compile::memory::Memory;
use crate::compile::problems::Dangling;
use crate::compile::round::Round;
use crate::merge::At;

impl Compiler {
    /// Makes the objects of all sections that can be asked for; `changed` are those that are new or written differently.
    pub(in crate::compile) fn objects(&mut self, round: &mut Round<'_>, changed: Vec<Node>) {
        let told = round.problems.len();
        let changed: Nodes = changed.into_iter().collect();
        let mut watched = Vec::new();
        let mut due = changed.clone();
        for (part, memory) in self.parts.iter().enumerate() {
            for entry in &GROUPS {
                for index in (entry.watched)(memory) {
                    let node = Node { section: entry.section, at: At { part, index } };
                    watched.push(node);
                    if (entry.is_due)(memory, index, round) {
                        due.insert(node);
                    }
                }
            }
        }
        let shaky = self.shaky(round, &due);
        let mut visit: Vec<Node> = due.iter().chain(&shaky.nodes).copied().collect();
        visit.sort_unstable();
        let graph = Graph {
            merged: round.merged,
            tools: round.tools,
            parts: RefCell::new(&mut self.parts),
            round: RefCell::new(round),
            services: &self.own,
            changed,
            due,
            shaky,
            done: RefCell::default(),
            path: RefCell::default(),
            // What was not made again is still to be looked at the next time.
            watch: RefCell::new(watched),
        };
        for node in visit {
            graph.make_any(node);
        }
        let mut watch = graph.watch.take();
        drop(graph);
        let is_kept = |node: &Node| {
            let memory = self.parts.get(node.at.part);
            Entry::find(node.section)
                .zip(memory)
                .is_some_and(|(entry, memory)| (entry.watches)(memory, node.at.index))
        };
        watch.retain(is_kept);
        watch.sort_unstable();
        watch.dedup();
        for (part, memory) in self.parts.iter_mut().enumerate() {
            for entry in &GROUPS {
                let of = watch.iter().filter(|node| node.at.part == part && node.section == entry.section);
                (entry.watch)(memory, of.map(|node| node.at.index).collect());
            }
        }
        round.problems.order(told);
        self.chains.retire(round);
    }

    /// What may have to be made again since it is made, however indirectly, of what is `due` or gone.
    fn shaky(&self, round: &Round<'_>, due: &Nodes) -> Shaky {
        let mut shaky = Shaky::default();
        let mut moving: Addresses = round.stale.clone();
        moving.extend(due.iter().filter_map(|node| self.locate(*node, &mut shaky.known)));
        while !moving.is_empty() {
            let users = self.users(&moving).into_iter().filter(|node| !due.contains(node));
            let new: Vec<Node> = users.filter(|node| shaky.nodes.insert(*node)).collect();
            moving = new.into_iter().filter_map(|node| self.locate(node, &mut shaky.known)).collect();
        }
        shaky
    }

    /// Notes where what was made of an object is.
    fn locate(&self, node: Node, known: &mut HashMap<Address, Node, RandomState>) -> Option<Address> {
        let memory = self.parts.get(node.at.part)?;
        let address = (Entry::find(node.section)?.address)(memory, node.at.index)?;
        known.insert(address, node);
        Some(address)
    }

    /// What was made of something at one of these addresses.
    fn users(&self, addresses: &Addresses) -> Vec<Node> {
        let of_part = |(part, memory): (usize, &Memory)| {
            let of_group = |entry: &Entry| {
                let users = (entry.users)(memory, addresses).into_iter();
                users.map(|index| Node { section: entry.section, at: At { part, index } }).collect::<Vec<_>>()
            };
            GROUPS.iter().flat_map(of_group).collect::<Vec<_>>()
        };
        self.parts.iter().enumerate().flat_map(of_part).collect()
    }

    /// The object that `reference` means when it is written by `author`; everything has been made by now.
    pub(in crate::compile) fn find<G: Group>(
        &self,
        round: &Round<'_>,
        reference: &str,
        author: usize,
    ) -> Result<Arc<G::Made>, Dangling> {
        let Some(at) = round.merged.find(reference, author, G::written) else {
            let own = self.own_of::<G>(round, reference, author);
            return own.ok_or_else(|| Dangling::of(round.merged, G::SECTION, reference, author));
        };
        let state = self.parts.get(at.part).and_then(|memory| G::column(memory).get(at.index));
        state.and_then(|state| state.made.clone()).ok_or(Dangling::Broken)
    }

    fn own_of<G: Group>(&self, round: &Round<'_>, reference: &str, author: usize) -> Option<Arc<G::Made>> {
        G::own(&Own { merged: round.merged, services: &self.own }, reference, author)
    }

    /// The files that objects were made of, whose content is part of what is written.
    pub(in crate::compile) fn files_of_objects(&self) -> Vec<Arc<str>> {
        let of = |memory: &Memory| GROUPS.iter().flat_map(|entry| (entry.files)(memory)).collect::<Vec<_>>();
        let mut files: Vec<Arc<str>> = self.parts.iter().flat_map(of).collect();
        files.sort_unstable();
        files.dedup();
        files
    }
}
