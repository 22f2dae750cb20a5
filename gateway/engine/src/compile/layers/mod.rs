//! Routers in layers: a parent has children in place of a service.
//!
//! Children are no routes of entry points: they stand in the [`Layer`] of each of their parents. All of them are worked
//! out in each compilation, before the routers of entry points, and come out as the same `Arc` where nothing changed;
//! where there are none, that costs nothing. Must not know entry points: those are the affair of the routers on top.

mod layer;
mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use windrose_config::dynamic_config::{Name, Router, UNREADABLE};
use windrose_config::{Problem, Section, Written};

use super::problems::{Dangling, Object};
use super::routers::{self, rule_of};
use super::{Compiler, Round};
use crate::merge::{At, qualified};
use crate::snapshot::{Recorded, Route};
pub(super) use layer::Layer;
use layer::Member;
use tree::Tree;

/// What was made of routers in layers, by full names.
#[derive(Default)]
pub(super) struct Memory {
    /// What is below each parent; nothing where none of it can be used.
    layers: HashMap<Arc<str>, Option<Arc<Layer>>, RandomState>,
    routes: HashMap<Arc<str>, Arc<Route>, RandomState>,
    /// How many children there are.
    children: usize,
}

/// What routers of entry points need to know of those below them.
#[derive(Default)]
pub(super) struct Layers {
    /// What is below each parent.
    pub(super) below: HashMap<At, Below, RandomState>,
    /// Routers to look at although they are written as before.
    pub(super) visits: Vec<At>,
}

/// What is below a parent.
pub(super) enum Below {
    /// Children, of which some can be used.
    Open(Arc<Layer>),
    /// None that can be used.
    Closed,
}

/// A router with parents.
struct Child {
    at: At,
    full: Arc<str>,
    /// Whether it could be read; else it is a place to be kept closed.
    is_read: bool,
    written: Arc<Written<Router>>,
    parents: Vec<At>,
    /// Whether it names nobody but parents that there are.
    is_sound: bool,
}

/// What came of a child.
struct Made {
    member: Option<Member>,
    is_open: bool,
}

impl Compiler {
    /// Works out the routers in layers; says what is wrong with them.
    pub(super) fn layers(&mut self, round: &mut Round<'_>, changes: &routers::Changes) -> Layers {
        let told = round.problems.len();
        let children = self.children(round, changes);
        if children.is_empty() && self.layered.children == 0 {
            return Layers::default();
        }
        let tree = Tree::new(&children, &roots(round, &children));
        let before = std::mem::take(&mut self.layered);
        self.layered.children = children.len();
        let mut made: Vec<Option<Made>> = children.iter().map(|_| None).collect();
        for position in &tree.order {
            let Some(child) = children.get(*position) else { continue };
            let below = self.below(round, child.is_read.then_some(child.at), &tree, &made, &before);
            let of = self.child(round, child, *position, &tree, below.as_ref(), &before);
            if let Some(slot) = made.get_mut(*position) {
                *slot = Some(of);
            }
        }
        let mut layers = Layers::default();
        for parent in tree.below.keys() {
            if let Some(below) = self.below(round, Some(*parent), &tree, &made, &before) {
                layers.below.insert(*parent, below);
            }
        }
        layers.visits = self.visits_of_parents(round, &before);
        round.problems.order(told);
        layers
    }

    /// All routers with parents, by name; what is wrong with the names of their parents is said.
    fn children(&self, round: &mut Round<'_>, changes: &routers::Changes) -> Vec<Child> {
        let merged = round.merged;
        let has_children = self.layered.children > 0;
        let mut found: BTreeMap<(Arc<str>, bool), Child> = BTreeMap::new();
        for (part, config) in merged.numbered() {
            let Some(memory) = self.parts.get(part) else { continue };
            let read = (true, &config.config.http.routers, &memory.routers, changes.changed.get(part));
            let unread = (false, &config.config.http.closed, &memory.closed, changes.closed.get(part));
            for (is_read, objects, column, changed) in [read, unread] {
                let known = column.iter().enumerate().filter(|(_, state)| has_children && state.is_child());
                let known: Vec<usize> = known.map(|(index, _)| index).collect();
                for index in known.into_iter().chain(changed.into_iter().flatten().copied()) {
                    let Some((name, written)) = objects.get_index(index) else { continue };
                    if written.parent_refs.is_empty() {
                        continue;
                    }
                    let child = Child {
                        at: At { part, index },
                        full: qualified(name, &config.provider),
                        is_read,
                        written: Arc::clone(written),
                        parents: Vec::new(),
                        is_sound: true,
                    };
                    found.insert((Arc::clone(&child.full), is_read), child);
                }
            }
        }
        let mut children: Vec<Child> = found.into_values().collect();
        let parents: Vec<_> = children.iter().map(|child| parents_of(round, child)).collect();
        let all: HashSet<At, RandomState> = parents.iter().flat_map(|(found, _)| found).copied().collect();
        for (child, (found, is_sound)) in children.iter_mut().zip(parents) {
            child.is_sound = is_sound;
            let is_anyones = child.written.parent_refs.iter().any(|name| ***name == *UNREADABLE);
            // Whose child it is cannot be read: it is kept closed wherever it may be.
            child.parents = if is_anyones {
                all.iter().copied().filter(|parent| parent.part == child.at.part).collect()
            } else {
                found
            };
        }
        children
    }

    /// What is below a router; nothing when it has no children.
    fn below(
        &mut self,
        round: &Round<'_>,
        parent: Option<At>,
        tree: &Tree,
        made: &[Option<Made>],
        before: &Memory,
    ) -> Option<Below> {
        let (parent, children) = parent.and_then(|at| Some((at, tree.below.get(&at)?)))?;
        if children.is_empty() {
            return None;
        }
        let made = children.iter().filter_map(|child| made.get(*child)?.as_ref());
        let (mut members, mut is_open) = (Vec::new(), false);
        for Made { member, is_open: opens } in made {
            members.extend(member.clone());
            is_open |= *opens;
        }
        let full = full_name(round, parent)?;
        let known = || before.layers.get(&full).and_then(Option::as_ref);
        let make = || is_open.then(|| Layer::of(members, known(), round.syntax));
        let layer = self.layered.layers.entry(Arc::clone(&full)).or_insert_with(make);
        Some(layer.as_ref().map_or(Below::Closed, |layer| Below::Open(Arc::clone(layer))))
    }

    fn child(
        &mut self,
        round: &mut Round<'_>,
        child: &Child,
        position: usize,
        tree: &Tree,
        below: Option<&Below>,
        before: &Memory,
    ) -> Made {
        let merged = round.merged;
        let written = &child.written;
        let objects = merged.parts.get(child.at.part).map(|part| &part.config.http);
        let objects = objects.map(|http| if child.is_read { &http.routers } else { &http.closed });
        let Some((name, _)) = objects.and_then(|objects| objects.get_index(child.at.index)) else {
            return Made { member: None, is_open: false };
        };
        let of = Object { section: Section::HttpRouters, at: child.at, name, origin: &written.origin };
        let known = before.routes.get(&child.full);
        let mut way = None;
        let rule = if child.is_read {
            let rule = rule_of(round, of, written);
            let is_sound = is_sound(round, of, child, position, tree);
            let stages = self.stages_of(round, of, &written.middlewares, of.at.part);
            let known = known.map(|known| &known.service);
            let service = self.leads_to(round, of, written, below, |layer| layer.service(&child.full, known));
            way = service.zip(stages).filter(|_| is_sound && rule.is_some());
            rule
        } else {
            routers::readable(round, written)
        };
        let Some(rule) = rule else { return Made { member: None, is_open: false } };
        let is_open = way.is_some();
        let (service, stages) = way.unwrap_or_else(|| (Arc::clone(&self.closed), Vec::new()));
        let chain = self.chains.join(stages);
        let is_same = |known: &&Arc<Route>| {
            Arc::ptr_eq(&known.service, &service)
                && Arc::ptr_eq(&known.chain, &chain)
                && known.rule == written.rule.value
        };
        let route = match known.filter(is_same) {
            Some(known) => Arc::clone(known),
            None => {
                let (name, recorded) = (Arc::clone(&child.full), Recorded::default());
                let rule = Arc::clone(&written.rule.value);
                Arc::new(Route { name, rule, chain, service, recorded })
            }
        };
        self.layered.routes.insert(Arc::clone(&child.full), Arc::clone(&route));
        let priority = if written.priority == 0 { rule.priority() } else { written.priority };
        Made { member: Some(Member { route, router: Arc::clone(written), priority }), is_open }
    }

    /// The routers below which something else is now than before.
    fn visits_of_parents(&self, round: &Round<'_>, before: &Memory) -> Vec<At> {
        let is_as_before = |full: &Arc<str>| {
            let of = |memory: &Memory| memory.layers.get(full).map(|layer| layer.as_ref().map(Arc::as_ptr));
            of(before) == of(&self.layered)
        };
        let all = before.layers.keys().chain(self.layered.layers.keys());
        let moved = all.filter(|full| !is_as_before(full));
        moved.filter_map(|full| round.merged.find(full, usize::MAX, |config| &config.http.routers)).collect()
    }
}

/// Whether nothing is wrong with a child for being one; says what is.
fn is_sound(round: &mut Round<'_>, of: Object<'_>, child: &Child, position: usize, tree: &Tree) -> bool {
    let mut is_sound = child.is_sound;
    let Router { tls, observability, entry_points, .. } = &child.written.value;
    let only_on_top = [
        (tls.is_some(), "tls"),
        (observability.is_some(), "observability"),
        (!entry_points.is_empty(), "entryPoints"),
    ];
    for (_, option) in only_on_top.iter().filter(|(is_written, _)| *is_written) {
        is_sound = false;
        let message = format!("a router with parentRefs has no {option}, write that into the router on top");
        round.problems.error(of, message);
    }
    if let Some(circle) = tree.circles.get(&position) {
        is_sound = false;
        // traefik: the same, down to calling it a warning.
        round.problems.warning(of, format!("cyclic reference detected in router tree: {circle}"));
    }
    if child.is_sound && tree.unreachable.contains(&position) {
        is_sound = false;
        round.problems.error(of, "router is not reachable: no router without parentRefs is above it");
    }
    is_sound
}

/// The parents of a router that there are, and whether those are all that it names; says which there are not.
fn parents_of(round: &mut Round<'_>, child: &Child) -> (Vec<At>, bool) {
    let merged = round.merged;
    let mut found = Vec::new();
    let mut is_sound = true;
    for reference in &child.written.parent_refs {
        match merged.find(reference, child.at.part, |config| &config.http.routers) {
            Some(at) => found.push(at),
            None if child.is_read => {
                is_sound = false;
                dangling(round, child, reference);
            }
            None => {}
        }
    }
    (found, is_sound)
}

fn dangling(round: &mut Round<'_>, child: &Child, reference: &Name) {
    let merged = round.merged;
    let routers = merged.parts.get(child.at.part).map(|part| &part.config.http.routers);
    let Some((name, written)) = routers.and_then(|routers| routers.get_index(child.at.index)) else { return };
    let of = Object { section: Section::HttpRouters, at: child.at, name, origin: &written.origin };
    let why = Dangling::of(merged, Section::HttpRouters, reference, child.at.part);
    round.problems.dangling(of, Section::HttpRouters, reference, why);
}

/// The parents that have no parents themselves, by name.
fn roots(round: &Round<'_>, children: &[Child]) -> Vec<At> {
    let is_root = |at: &At| {
        let part = round.merged.parts.get(at.part);
        let router = part.and_then(|part| part.config.http.routers.get_index(at.index));
        router.is_some_and(|(_, router)| router.parent_refs.is_empty())
    };
    let parents = children.iter().flat_map(|child| &child.parents).filter(|at| is_root(at));
    let named: BTreeMap<Arc<str>, At> =
        parents.filter_map(|at| Some((full_name(round, *at)?, *at))).collect();
    named.into_values().collect()
}

fn full_name(round: &Round<'_>, at: At) -> Option<Arc<str>> {
    let part = round.merged.parts.get(at.part)?;
    let (name, _) = part.config.http.routers.get_index(at.index)?;
    Some(qualified(name, &part.provider))
}

/// What is said of a parent none of whose children can be used.
pub(super) fn nobody_below() -> Problem {
    Problem::error("none of its child routers can be used, see their own problems")
}

#[cfg(test)]
mod tests;
