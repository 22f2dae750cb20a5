//! Routers: their rules, where they are, and what they lead to.

use std::sync::Arc;

use windrose_config::dynamic_config::{Name, Router};
use windrose_config::{Mark, Problem, Section, Written};
use windrose_middleware::Stage;
use windrose_rule::{MAX_USER_PRIORITY, Protocol, Rule, RuleError, parse};
use windrose_tls::TlsOptions;
use windrose_upstream::Upstream;

use super::placement::{Placement, Placements, Variant};
use super::problems::Object;
use super::routes::{Addition, Candidate, Change, Key, syntax_of};
use super::{Compiler, Round, precedence};
use crate::merge::{At, DEFAULT, INTERNAL, qualified};
use crate::snapshot::Route;

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
    pub(super) gone: Vec<State>,
}

/// What changes in routing.
pub(super) struct Routed {
    /// For each entry point, its plain and its secure routes.
    pub(super) changes: Box<[[Change; 2]]>,
    /// Routers with TLS options of their own.
    pub(super) custom: Vec<Custom>,
}

/// A router with TLS options of its own, on one entry point.
pub(super) struct Custom {
    pub(super) at: At,
    pub(super) place: usize,
    /// The options; `None` when they are missing or broken.
    pub(super) options: Option<Arc<TlsOptions>>,
    pub(super) hosts: Vec<Arc<str>>,
}

/// A router that is about to be made.
struct Draft {
    rule: Rule,
    priority: i64,
    key: Key,
    placement: u32,
    routes: Vec<Arc<Route>>,
}

/// Why a router is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Written,
    Around,
}

impl Compiler {
    pub(super) fn routers(&mut self, round: &mut Round<'_>, changes: Changes) -> Routed {
        let places = round.merged.places.len();
        let mut routed =
            Routed { changes: (0..places).map(|_| Default::default()).collect(), custom: Vec::new() };
        for state in changes.gone {
            self.remove(&state, &mut routed);
        }
        for (part, changed) in changes.changed.into_iter().enumerate() {
            let mut watch = Vec::new();
            for (index, why) in self.visits(round, part, changed) {
                if self.router(round, At { part, index }, why, &mut routed) {
                    watch.push(index);
                }
            }
            if let Some(memory) = self.parts.get_mut(part) {
                memory.routers.watch(watch);
            }
        }
        routed
    }

    /// The routers of a part that have to be looked at, in order.
    fn visits(&self, round: &Round<'_>, part: usize, changed: Vec<usize>) -> Vec<(usize, Why)> {
        let Some(memory) = self.parts.get(part) else { return Vec::new() };
        let mut visits: Vec<(usize, Why)> = changed.into_iter().map(|index| (index, Why::Written)).collect();
        visits.extend(memory.routers.watched().iter().map(|index| (*index, Why::Around)));
        if !round.stale.is_empty() {
            let is_stale =
                |route: &Arc<Route>| round.is_stale(&route.service) || round.is_stale(&route.stages);
            let stale =
                memory.routers.iter().enumerate().filter(|(_, state)| state.routes().iter().any(is_stale));
            visits.extend(stale.map(|(index, _)| (index, Why::Around)));
        }
        visits.sort_unstable_by_key(|(index, why)| (*index, *why == Why::Around));
        visits.dedup_by_key(|(index, _)| *index);
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
    fn router(&mut self, round: &mut Round<'_>, at: At, why: Why, routed: &mut Routed) -> bool {
        let merged = round.merged;
        let Some(part) = merged.parts.get(at.part) else { return false };
        let Some((name, written)) = part.config.http.routers.get_index(at.index) else { return false };
        let of = Object { section: Section::HttpRouters, at, name, origin: &written.origin };
        let told = round.problems.len();
        let draft = self.draft(round, of, written, routed);
        let is_custom = routed.custom.last().is_some_and(|custom| custom.at == at);
        let watch = round.problems.len() > told || is_custom;
        let state = self.parts.get_mut(at.part).and_then(|memory| memory.routers.get_mut(at.index));
        let Some(state) = state else { return watch };
        let is_same = draft.as_ref().is_some_and(|draft| {
            why == Why::Around
                && draft.placement == state.placement
                && draft.key == state.key
                && draft.routes.len() == state.routes().len()
                && draft.routes.iter().zip(state.routes()).all(|(now, then)| Arc::ptr_eq(now, then))
        });
        if is_same {
            return watch;
        }
        let before = std::mem::take(state);
        self.remove(&before, routed);
        if let Some(draft) = draft {
            let rank = precedence::rank(&merged.settings.providers, &part.provider);
            let state = self.add(draft, written, rank, routed);
            if let Some(slot) =
                self.parts.get_mut(at.part).and_then(|memory| memory.routers.get_mut(at.index))
            {
                *slot = state;
            }
        }
        watch
    }

    fn add(
        &self,
        draft: Draft,
        router: &Arc<Written<Router>>,
        precedence: u16,
        routed: &mut Routed,
    ) -> State {
        let Draft { rule, priority, key, placement: number, mut routes } = draft;
        if let Some(placement) = self.placements.get(number) {
            for (variant, route) in placement.variants.iter().zip(&routes) {
                for place in &variant.places {
                    let candidate = Candidate {
                        route: Arc::clone(route),
                        router: Arc::clone(router),
                        priority,
                        precedence,
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

    /// Works a router out; `None` after saying why it cannot be used.
    fn draft(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: &Router,
        routed: &mut Routed,
    ) -> Option<Draft> {
        let rule = rule(round, of, written);
        let service = self.service_of(round, of, written);
        let stages = self.stages_of(round, of, &written.middlewares, of.at.part);
        let number = self.placements.number(&round.merged.places, written);
        let placement = Arc::clone(self.placements.get(number)?);
        let is_placed = is_placed(round, of, written, &placement);
        let is_ranked = is_ranked(round, of, written);
        let rule = rule?;
        let custom = self.secure(round, of, written, &placement, &rule);
        if custom.iter().any(|custom| custom.options.is_none()) {
            routed.custom.extend(custom);
            return None;
        }
        let (service, stages) = (service?, stages?);
        if !(is_placed && is_ranked) {
            return None;
        }
        let routes = self.routes(round, of, &placement, &service, &stages)?;
        routed.custom.extend(custom);
        let priority = if written.priority == 0 { rule.priority() } else { written.priority };
        let key = Key::of(written, &rule, round.syntax);
        Some(Draft { rule, priority, key, placement: number, routes })
    }

    fn service_of(&self, round: &mut Round<'_>, of: Object<'_>, written: &Router) -> Option<Arc<Upstream>> {
        if !written.parent_refs.is_empty() {
            round.problems.error(of, "parentRefs are not supported yet");
            return None;
        }
        let Some(reference) = &written.service else {
            round.problems.error(of, "router has no service, write one");
            return None;
        };
        match self.find_service(round, reference, of.at.part) {
            Ok(service) => Some(service),
            Err(why) => {
                round.problems.dangling(of, Section::HttpServices, reference, why);
                None
            }
        }
    }

    fn stages_of(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        names: &[Name],
        author: usize,
    ) -> Option<Vec<Arc<[Stage]>>> {
        let mut stages = Vec::with_capacity(names.len());
        for name in names {
            match self.find_middleware(round, name, author) {
                Ok(found) => stages.push(found),
                Err(why) => round.problems.dangling(of, Section::HttpMiddlewares, name, why),
            }
        }
        (stages.len() == names.len()).then_some(stages)
    }

    /// One route for each variant; those that would be as before are the ones from before.
    fn routes(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        placement: &Placement,
        service: &Arc<Upstream>,
        stages: &[Arc<[Stage]>],
    ) -> Option<Vec<Arc<Route>>> {
        let provider = round.merged.parts.get(of.at.part).map_or("", |part| &*part.provider);
        let mut routes = Vec::with_capacity(placement.variants.len());
        for (position, variant) in placement.variants.iter().enumerate() {
            let mut all = self.model_stages(round, of, variant)?;
            all.extend(stages.iter().cloned());
            let stages = self.chains.join(all);
            let before = self.parts.get(of.at.part).and_then(|memory| memory.routers.get(of.at.index));
            let before = before.and_then(|state| state.routes().get(position));
            let name = || match &variant.prefix {
                Some(prefix) => qualified(&format!("{prefix}-{}", of.name), provider),
                None => qualified(of.name, provider),
            };
            let is_named = |route: &Route| match &variant.prefix {
                Some(_) => *route.name == *name(),
                None => is_qualified(&route.name, of.name, provider),
            };
            let route = match before.filter(|before| is_named(before)) {
                Some(before)
                    if Arc::ptr_eq(&before.service, service) && Arc::ptr_eq(&before.stages, &stages) =>
                {
                    Arc::clone(before)
                }
                Some(before) => {
                    Arc::new(Route { name: Arc::clone(&before.name), stages, service: Arc::clone(service) })
                }
                None => Arc::new(Route { name: name(), stages, service: Arc::clone(service) }),
            };
            routes.push(route);
        }
        Some(routes)
    }

    /// The middlewares that the entry point of a variant adds.
    fn model_stages(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        variant: &Variant,
    ) -> Option<Vec<Arc<[Stage]>>> {
        let place = variant.model.and_then(|model| round.merged.places.get(model));
        let Some(model) = place.and_then(|place| place.model.as_ref()) else { return Some(Vec::new()) };
        // Written in the install configuration, where a name without provider can mean the author of the router only.
        self.stages_of(round, of, &model.middlewares, of.at.part)
    }

    /// The TLS options of a router where they are not the default ones.
    fn secure(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: &Router,
        placement: &Placement,
        rule: &Rule,
    ) -> Vec<Custom> {
        let mut found = Vec::new();
        for variant in placement.variants.iter().filter(|variant| variant.secure) {
            let model = variant.model.and_then(|model| round.merged.places.get(model)?.model.as_ref());
            let tls = written.tls.as_deref().or_else(|| model.and_then(|model| model.tls.as_deref()));
            let reference = tls.and_then(|tls| tls.options.as_ref()).filter(|name| !name.is_empty());
            let options = match reference {
                Some(reference) => self.find_options(round, reference, of.at.part),
                None => self.default_options(),
            };
            let (options, hosts) = match options {
                Ok(options) if self.is_default(&options) => continue,
                Ok(options) => (Some(options), rule.hosts()),
                Err(why) => {
                    let default = Name::from(Arc::from(DEFAULT));
                    round.problems.dangling(of, Section::TlsOptions, reference.unwrap_or(&default), why);
                    (None, rule.hosts())
                }
            };
            if let (true, Some(reference)) = (hosts.is_empty(), reference) {
                let message = "TLS options have no effect without a Host in the rule, the default ones apply";
                round.problems.warning_at(of, reference, message);
            }
            found.extend(variant.places.iter().map(|place| Custom {
                at: of.at,
                place: *place,
                options: options.clone(),
                hosts: hosts.clone(),
            }));
        }
        found
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

fn rule(round: &mut Round<'_>, of: Object<'_>, written: &Router) -> Option<Rule> {
    let text = &written.rule;
    if text.trim().is_empty() {
        round.problems.error(of, "router has no rule, write one such as Host(`example.com`)");
        return None;
    }
    match parse(text, syntax_of(written, round.syntax), Protocol::Http) {
        Ok(rule) => Some(rule),
        Err(error) => {
            round.problems.add(of, rule_problem(of, text, error));
            None
        }
    }
}

/// A mistake in a rule, shown where it was written.
fn rule_problem(of: Object<'_>, text: &Name, error: RuleError) -> Problem {
    let mut problem = Problem::error(format!("rule: {}", error.message));
    if !error.expected.is_empty() {
        problem = problem.expecting(error.expected.join(" or "));
    }
    problem.nearest = error.nearest;
    if text.mark == Mark::default() {
        return problem;
    }
    let before = text.get(..error.span.start).unwrap_or_default();
    let fault = text.get(error.span).unwrap_or_default();
    // Where line ends were folded, only the beginning of the rule is known.
    if before.contains('\n') {
        return problem.at(&of.origin.source, text.mark);
    }
    let shift = u32::try_from(before.chars().count()).unwrap_or(0);
    problem.at(&of.origin.source, text.mark.offset(shift)).spanning(fault.chars().count().max(1))
}

fn is_placed(round: &mut Round<'_>, of: Object<'_>, written: &Router, placement: &Placement) -> bool {
    let is_placed = !placement.variants.is_empty();
    for position in &placement.unknown {
        let Some(name) = written.entry_points.get(*position) else { continue };
        let message = format!("entry point {} does not exist", name.value);
        let problem = if is_placed { Problem::warning(message) } else { Problem::error(message) };
        round.problems.unknown_entry_point(of, name, problem);
    }
    if !is_placed && placement.unknown.is_empty() {
        round.problems.error(of, "there is no entry point for this router, name one");
    }
    is_placed
}

fn is_ranked(round: &mut Round<'_>, of: Object<'_>, written: &Router) -> bool {
    let is_ours = round.merged.parts.get(of.at.part).is_some_and(|part| &*part.provider == INTERNAL);
    if written.priority <= MAX_USER_PRIORITY || is_ours {
        return true;
    }
    let message = format!("priority {} is above {MAX_USER_PRIORITY}, the highest there is", written.priority);
    round.problems.error(of, message);
    false
}

fn is_qualified(full: &str, name: &str, provider: &str) -> bool {
    full.strip_prefix(name).and_then(|rest| rest.strip_prefix('@')) == Some(provider)
}
