//! Routers: which have to be looked at, and what changes in routing because of it.

mod draft;
mod options;

use std::sync::Arc;

use windrose_config::dynamic_config::Router;
use windrose_config::{Section, Written};
use windrose_tls::TlsOptions;

use super::align::Column;
use super::layers::Layers;
use super::memory::Memory;
use super::placement::{Placements, Variant};
use super::problems::Object;
use super::routes::{Addition, Candidate, Change, Key};
use super::{Compiler, Round, precedence};
use crate::merge::At;
use crate::snapshot::Route;
use draft::Draft;
pub(super) use draft::{readable, rule_of, rule_problem, variable_problem};

/// What was made of a router.
#[derive(Default)]
pub(super) struct State {
    made: Made,
    key: Key,
    placement: u32,
}

/// The routes of a router, in the order of the variants of its placement.
#[derive(Default)]
enum Made {
    #[default]
    Nothing,
    One(Arc<Route>),
    Several(Box<Several>),
}

struct Several(Box<[Arc<Route>]>);

/// Which routers are to be looked at, and which are gone.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) changed: Vec<Vec<usize>>,
    /// Of those that could not be read.
    pub(super) closed: Vec<Vec<usize>>,
    pub(super) gone: Vec<State>,
}

/// What changes in routing.
pub(super) struct Routed {
    /// For each entry point, its plain and its secure routes.
    pub(super) changes: Box<[[Change; 2]]>,
    /// Routers with TLS options of their own, and those that could not be read, whatever options they have.
    pub(super) custom: Vec<Custom>,
    /// How many have named TLS options, whatever these turned out to be.
    named: usize,
    /// How many rules are held.
    rules: usize,
}

/// The TLS options of a router on one entry point.
pub(super) struct Custom {
    /// The router; `None` when it could not be read, so that nothing more is to be said of it.
    pub(super) at: Option<At>,
    pub(super) place: usize,
    /// What it asks for.
    pub(super) options: Chosen,
    pub(super) hosts: Box<[Arc<str>]>,
}

/// The TLS options that a router asks for.
#[derive(Clone, Default)]
pub(super) enum Chosen {
    /// The default ones.
    #[default]
    Default,
    /// These, which are others.
    These(Arc<TlsOptions>),
    /// Some that are missing or broken.
    Broken,
}

/// A router as written, and the rank of its provider.
#[derive(Clone, Copy)]
struct Ranked<'a> {
    written: &'a Arc<Written<Router>>,
    rank: u16,
}

/// Why a router is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Written,
    Around,
}

impl Compiler {
    pub(super) fn routers(&mut self, round: &mut Round<'_>, changes: Changes, layers: &Layers) -> Routed {
        let places = round.merged.places.len();
        let mut routed = Routed {
            changes: (0..places).map(|_| Default::default()).collect(),
            custom: Vec::new(),
            named: 0,
            rules: 0,
        };
        for state in changes.gone {
            self.remove(&state, &mut routed);
        }
        for (part, changed) in changes.changed.into_iter().enumerate() {
            let mut watch = Vec::new();
            for (index, why) in self.visits(round, part, changed, layers) {
                if self.router(round, At { part, index }, why, layers, &mut routed) {
                    watch.push(index);
                }
            }
            if let Some(memory) = self.parts.get_mut(part) {
                memory.routers.watch(watch);
            }
        }
        for (part, changed) in changes.closed.into_iter().enumerate() {
            let Some(memory) = self.parts.get(part) else { continue };
            let mut visits: Vec<(usize, Why)> = visits_of(changed, memory.closed.watched());
            order(&mut visits);
            let mut watch = Vec::new();
            for (index, why) in visits {
                if self.unread(round, At { part, index }, why, &mut routed) {
                    watch.push(index);
                }
            }
            if let Some(memory) = self.parts.get_mut(part) {
                memory.closed.watch(watch);
            }
        }
        routed
    }

    /// The routers of a part that have to be looked at, in order.
    fn visits(
        &self,
        round: &Round<'_>,
        part: usize,
        changed: Vec<usize>,
        layers: &Layers,
    ) -> Vec<(usize, Why)> {
        let Some(memory) = self.parts.get(part) else { return Vec::new() };
        let mut visits = visits_of(changed, memory.routers.watched());
        let parents = layers.visits.iter().filter(|at| at.part == part);
        visits.extend(parents.map(|at| (at.index, Why::Around)));
        if !round.stale.is_empty() {
            let is_stale =
                |route: &Arc<Route>| round.is_stale(&route.service) || round.is_stale(&route.chain);
            let stale =
                memory.routers.iter().enumerate().filter(|(_, state)| state.routes().iter().any(is_stale));
            visits.extend(stale.map(|(index, _)| (index, Why::Around)));
        }
        order(&mut visits);
        visits
    }

    fn remove(&self, state: &State, routed: &mut Routed) {
        let Some(placement) = self.placements.get(state.placement) else { return };
        for (variant, route) in placement.variants.iter().zip(state.routes()) {
            for place in &variant.places {
                if let Some(change) = routed.change(*place, variant) {
                    change.removed.push((state.key, Arc::clone(route)));
                }
            }
        }
    }

    /// Makes a router; tells whether to look at it again next time.
    fn router(
        &mut self,
        round: &mut Round<'_>,
        at: At,
        why: Why,
        layers: &Layers,
        routed: &mut Routed,
    ) -> bool {
        let merged = round.merged;
        let Some(part) = merged.parts.get(at.part) else { return false };
        let Some((name, written)) = part.config.http.routers.get_index(at.index) else { return false };
        let of = Object { section: Section::HttpRouters, at, name, origin: &written.origin };
        if !written.parent_refs.is_empty() {
            self.take_down(at, |memory| &mut memory.routers, routed);
            return false;
        }
        let told = round.problems.len();
        let named = routed.named;
        let draft = self.draft(round, of, written, layers.below.get(&at), routed);
        // Which options a name means may change although those that are in force stay equal.
        let watch = round.problems.len() > told || routed.named > named;
        let rank = precedence::rank(&merged.settings.providers, &part.provider);
        self.settle(at, why, |memory| &mut memory.routers, draft, Ranked { written, rank }, routed);
        watch
    }

    /// Closes the place of a router that could not be read; tells whether to look at it again next time.
    fn unread(&mut self, round: &Round<'_>, at: At, why: Why, routed: &mut Routed) -> bool {
        let Some(part) = round.merged.parts.get(at.part) else { return false };
        let Some((name, written)) = part.config.http.closed.get_index(at.index) else { return false };
        if !written.parent_refs.is_empty() {
            self.take_down(at, |memory| &mut memory.closed, routed);
            return false;
        }
        let of = Object { section: Section::HttpRouters, at, name, origin: &written.origin };
        let custom = routed.custom.len();
        let draft = self.unread_draft(round, of, written, routed);
        let rank = precedence::rank(&round.merged.settings.providers, &part.provider);
        self.settle(at, why, |memory| &mut memory.closed, draft, Ranked { written, rank }, routed);
        routed.custom.len() > custom
    }

    /// Puts what was made of a router in the place of what was there, unless it is the same.
    fn settle(
        &mut self,
        at: At,
        why: Why,
        column: impl Fn(&mut Memory) -> &mut Column<State>,
        draft: Option<Draft>,
        router: Ranked<'_>,
        routed: &mut Routed,
    ) {
        let Some(state) = self.parts.get_mut(at.part).and_then(|memory| column(memory).get_mut(at.index))
        else {
            return;
        };
        let is_same = draft.as_ref().is_some_and(|draft| {
            why == Why::Around
                && draft.placement == state.placement
                && draft.key == state.key
                && draft.routes.len() == state.routes().len()
                && draft.routes.iter().zip(state.routes()).all(|(now, then)| Arc::ptr_eq(now, then))
        });
        if is_same {
            return;
        }
        let before = std::mem::take(state);
        self.remove(&before, routed);
        let Some(draft) = draft else { return };
        let state = self.add(draft, router, routed);
        if let Some(slot) = self.parts.get_mut(at.part).and_then(|memory| column(memory).get_mut(at.index)) {
            *slot = state;
        }
    }

    /// A router with parents is on no entry point, though it may have been on some.
    fn take_down(&mut self, at: At, column: impl Fn(&mut Memory) -> &mut Column<State>, routed: &mut Routed) {
        let state = self.parts.get_mut(at.part).and_then(|memory| column(memory).get_mut(at.index));
        if let Some(state) = state {
            let before = std::mem::replace(state, State { placement: BELOW, ..State::default() });
            self.remove(&before, routed);
        }
    }

    fn add(&self, draft: Draft, router: Ranked<'_>, routed: &mut Routed) -> State {
        let Draft { rule, priority, key, placement: number, mut routes } = draft;
        routed.rules += 1;
        let rule = (routed.rules <= MOST_RULES).then(|| Box::new(rule));
        if let Some(placement) = self.placements.get(number) {
            for (variant, route) in placement.variants.iter().zip(&routes) {
                for place in &variant.places {
                    let candidate = Candidate {
                        route: Arc::clone(route),
                        router: Arc::clone(router.written),
                        priority,
                        precedence: router.rank,
                    };
                    if let Some(change) = routed.change(*place, variant) {
                        change.added.push(Addition { key, candidate, rule: rule.clone() });
                    }
                }
            }
        }
        let made = match (routes.len(), routes.pop()) {
            (_, None) => Made::Nothing,
            (1, Some(route)) => Made::One(route),
            (_, Some(last)) => {
                routes.push(last);
                Made::Several(Box::new(Several(routes.into())))
            }
        };
        State { made, key, placement: number }
    }

    /// All secure routers of an entry point that may answer for one of the hosts, with what they are made of.
    pub(super) fn secure_routers<'s>(
        &'s self,
        place: usize,
        keys: &'s dyn Fn(Key) -> bool,
    ) -> impl Iterator<Item = At> + 's {
        let is_there = move |state: &State| {
            keys(state.key)
                && !state.routes().is_empty()
                && self.placements.get(state.placement).is_some_and(|placement| {
                    placement.variants.iter().any(|variant| variant.secure && variant.places.contains(&place))
                })
        };
        self.parts.iter().enumerate().flat_map(move |(part, memory)| {
            let there = memory.routers.iter().enumerate().filter(move |(_, state)| is_there(state));
            there.map(move |(index, _)| At { part, index })
        })
    }
}

impl State {
    /// Whether it answers TLS requests anywhere.
    pub(super) fn is_secure(&self, placements: &Placements) -> bool {
        let placement = placements.get(self.placement).filter(|_| !self.routes().is_empty());
        placement.is_some_and(|placement| placement.variants.iter().any(|variant| variant.secure))
    }

    /// Whether it has parents.
    pub(super) fn is_child(&self) -> bool {
        self.placement == BELOW
    }

    /// The number of the place where it is.
    pub(super) fn placement(&self) -> u32 {
        self.placement
    }

    fn routes(&self) -> &[Arc<Route>] {
        match &self.made {
            Made::Nothing => &[],
            Made::One(route) => std::slice::from_ref(route),
            Made::Several(several) => &several.0,
        }
    }
}

impl Routed {
    fn change(&mut self, place: usize, variant: &Variant) -> Option<&mut Change> {
        let [plain, secure] = self.changes.get_mut(place)?;
        Some(if variant.secure { secure } else { plain })
    }
}

fn visits_of(changed: Vec<usize>, watched: &[usize]) -> Vec<(usize, Why)> {
    let watched = watched.iter().map(|index| (*index, Why::Around));
    changed.into_iter().map(|index| (index, Why::Written)).chain(watched).collect()
}

/// Each once, in order.
fn order(visits: &mut Vec<(usize, Why)>) {
    visits.sort_unstable_by_key(|(index, why)| (*index, *why == Why::Around));
    visits.dedup_by_key(|(index, _)| *index);
}

/// The number of no place: of routers that are below others.
const BELOW: u32 = u32::MAX;
/// Rules held until their tables are built; beyond that, memory is worth more than time.
const MOST_RULES: usize = 100_000;
