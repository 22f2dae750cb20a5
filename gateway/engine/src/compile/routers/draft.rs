//! Works one router out: its rule, where it is, what it leads to. Everything wrong with it is told.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use windrose_config::dynamic_config::{Name, Router};
use windrose_config::{Mark, Problem, Section};
use windrose_middleware::Chain;
use windrose_rule::{MAX_USER_PRIORITY, Older, Protocol, Rule, RuleError, Syntax, older, parse};
use windrose_upstream::Upstream;

use super::Routed;
use super::options::{Choice, Naming, model_of, place_of};
use crate::compile::layers::{Below, Layer, nobody_below};
use crate::compile::middlewares::Middlewares;
use crate::compile::placement::{Placement, Variant};
use crate::compile::problems::Object;
use crate::compile::routes::{Key, syntax_of};
use crate::compile::services::Services;
use crate::compile::{Compiler, Round};
use crate::merge::INTERNAL;
use crate::snapshot::{Recorded, Route, Verbosity};

/// Where one variant of a router leads, and what stands before that.
struct Way {
    behind: Behind,
    chain: Arc<Chain>,
}

enum Behind {
    Service(Arc<Upstream>),
    /// Its children.
    Layer(Arc<Layer>),
}

/// A router that is about to be made.
pub(super) struct Draft {
    pub(super) rule: Rule,
    pub(super) priority: i64,
    pub(super) key: Key,
    pub(super) placement: u32,
    pub(super) routes: Vec<Arc<Route>>,
}

impl Draft {
    fn new(
        round: &Round<'_>,
        written: &Router,
        rule: Rule,
        priority: i64,
        placement: u32,
        routes: Vec<Arc<Route>>,
    ) -> Self {
        let priority = if priority == 0 { rule.priority() } else { priority };
        let key = Key::of(written, &rule, round.syntax);
        Self { rule, priority, key, placement, routes }
    }
}

impl Compiler {
    /// Works a router out, and says everything that is wrong with it; `None` when it is nowhere. Where it cannot be
    /// used, the place is closed: all that is known of where it is stays as if it could.
    pub(super) fn draft(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: &Router,
        below: Option<&Below>,
        routed: &mut Routed,
    ) -> Option<Draft> {
        let rule = rule_of(round, of, written);
        // Each variant has its own, under its own name.
        let layer = Cell::new(None);
        let service = self.leads_to(round, of, written, below, |found| {
            layer.set(Some(Arc::clone(found)));
            Arc::clone(&self.closed)
        });
        let layer = layer.take();
        let stages = self.stages_of(round, of, &written.middlewares, of.at.part);
        let number = self.placements.number(&round.merged.places, written);
        let placement = Arc::clone(self.placements.get(number)?);
        let is_placed = is_placed(round, of, written, &placement);
        let is_ranked = is_ranked(round, of, written);
        check_verbosity(round, of, written);
        let hosts = rule.as_ref().map(Rule::hosts);
        let own = self.own_options(round, of, written, hosts.as_deref());
        let common = service.zip(stages).filter(|_| is_ranked && rule.is_some());
        let told = round.problems.len();
        let mut ways = Vec::with_capacity(placement.variants.len());
        let mut is_open = false;
        for variant in &placement.variants {
            if variant.secure {
                check_resolver(round, of, written, variant);
            }
            let options = match &own {
                _ if !variant.secure => Choice::DEFAULT,
                Some(own) => own.clone(),
                None => self.model_options(round, of, variant, hosts.as_deref()),
            };
            routed.named += usize::from(options.naming == Naming::Named);
            if !options.is_default() {
                routed.note(Some(of.at), variant, &options.options, hosts.as_deref().unwrap_or_default());
            }
            let before = self.model_stages(round, of, variant);
            let way = match (&common, before) {
                (Some((service, stages)), Some(mut all)) if options.is_usable() => {
                    is_open = true;
                    all.extend(stages.iter().cloned());
                    let behind = layer.as_ref().map_or_else(
                        || Behind::Service(Arc::clone(service)),
                        |layer| Behind::Layer(Arc::clone(layer)),
                    );
                    Way { behind, chain: self.chains.join(all) }
                }
                _ => self.closed_way(),
            };
            ways.push(way);
        }
        if is_open {
            // What is wrong with one entry point is no reason to call the router unusable.
            round.problems.soften(told);
        }
        if !is_placed {
            return None;
        }
        let memory = self.parts.get(of.at.part)?;
        let before = memory.routers.get(of.at.index).map_or(&[][..], |state| state.routes());
        let saying = Saying { rule: &written.rule, recorded: recorded(written) };
        let routes = routes(of.name, &memory.provider, &placement, ways, &saying, before);
        let priority = if is_ranked { written.priority } else { MAX_USER_PRIORITY };
        Some(Draft::new(round, written, rule?, priority, number, routes))
    }

    /// The place of a router that could not be read; `None` when it is nowhere. What is wrong has been told.
    pub(super) fn unread_draft(
        &mut self,
        round: &Round<'_>,
        of: Object<'_>,
        written: &Router,
        routed: &mut Routed,
    ) -> Option<Draft> {
        let rule = readable(round, written)?;
        let number = self.placements.number(&round.merged.places, written);
        let placement = Arc::clone(self.placements.get(number)?);
        let hosts = rule.hosts();
        for variant in placement.variants.iter().filter(|variant| variant.secure) {
            let model = model_of(round, variant).and_then(|model| model.tls.as_deref());
            let tls = written.tls.as_deref().or(model);
            let reference = tls.and_then(|tls| tls.options.as_ref()).filter(|name| !name.is_empty());
            let (options, _) = self.choose(round, reference, of.at.part);
            routed.note(None, variant, &options.options, &hosts);
        }
        let ways = placement.variants.iter().map(|_| self.closed_way()).collect();
        let memory = self.parts.get(of.at.part)?;
        let before = memory.closed.get(of.at.index).map_or(&[][..], |state| state.routes());
        let saying = Saying { rule: &written.rule, recorded: recorded(written) };
        let routes = routes(of.name, &memory.provider, &placement, ways, &saying, before);
        let priority = written.priority.min(MAX_USER_PRIORITY);
        Some(Draft::new(round, written, rule, priority, number, routes))
    }

    /// Where a router leads: to a service, or to its children, of which `service` makes one.
    pub(in crate::compile) fn leads_to(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: &Router,
        below: Option<&Below>,
        service: impl FnOnce(&Arc<Layer>) -> Arc<Upstream>,
    ) -> Option<Arc<Upstream>> {
        let reference = written.service.as_ref().filter(|name| !name.is_empty());
        match (reference, below) {
            (Some(reference), Some(_)) => {
                let message = "router has both a service and child routers, remove the service";
                round.problems.error_at(of, reference, message);
                None
            }
            (None, Some(Below::Closed)) => {
                round.problems.add(of, nobody_below());
                None
            }
            (None, Some(Below::Open(layer))) => Some(service(layer)),
            (None, None) => {
                let message = "router has no service and no child routers, write a service";
                round.problems.error(of, message);
                None
            }
            (Some(reference), None) => match self.find::<Services>(round, reference, of.at.part) {
                Ok(service) => Some(service),
                Err(why) => {
                    round.problems.dangling(of, Section::HttpServices, reference, why);
                    None
                }
            },
        }
    }

    pub(in crate::compile) fn stages_of(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        names: &[Name],
        author: usize,
    ) -> Option<Vec<Arc<Chain>>> {
        let mut stages = Vec::with_capacity(names.len());
        for name in names {
            match self.find::<Middlewares>(round, name, author) {
                Ok(found) => stages.push(found),
                Err(why) => round.problems.dangling(of, Section::HttpMiddlewares, name, why),
            }
        }
        (stages.len() == names.len()).then_some(stages)
    }

    /// Where a router leads that cannot be used.
    fn closed_way(&mut self) -> Way {
        Way { behind: Behind::Service(Arc::clone(&self.closed)), chain: self.chains.join(Vec::new()) }
    }

    /// The middlewares that the entry point of a variant adds.
    fn model_stages(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        variant: &Variant,
    ) -> Option<Vec<Arc<Chain>>> {
        let Some(model) = model_of(round, variant) else { return Some(Vec::new()) };
        // Without provider, a name means what it would mean on the router. Where it is written is another document.
        let names: Vec<Name> = model.middlewares.iter().map(unplaced).collect();
        let stages = self.stages_of(round, of, &names, of.at.part);
        if let (None, Some(place)) = (&stages, place_of(round, variant)) {
            let all = names.iter().map(|name| &***name).collect::<Vec<&str>>().join(", ");
            let message = format!("entry point {} puts before every router on it: {all}", place.name);
            round.problems.error(of, message);
        }
        stages
    }
}

/// The rule of a router; says what is wrong with it.
pub(in crate::compile) fn rule_of(round: &mut Round<'_>, of: Object<'_>, written: &Router) -> Option<Rule> {
    let text = &written.rule;
    if text.trim().is_empty() {
        round.problems.error(of, "router has no rule, write one such as Host(`example.com`)");
        return None;
    }
    match parse(text, syntax_of(written, round.syntax), Protocol::Http) {
        Ok(rule) => {
            if syntax_of(written, round.syntax) == Syntax::V3 {
                let found = variable_problem(of, text, Protocol::Http);
                found.into_iter().for_each(|problem| round.problems.add(of, problem));
            }
            Some(rule)
        }
        Err(error) => {
            let syntax = syntax_of(written, round.syntax);
            round.problems.add(of, rule_problem(of, text, error, syntax, Protocol::Http));
            None
        }
    }
}

/// The rule of a router that could not be read; what is wrong with it has been told.
pub(in crate::compile) fn readable(round: &Round<'_>, written: &Router) -> Option<Rule> {
    parse(&written.rule, syntax_of(written, round.syntax), Protocol::Http).ok()
}

/// A mistake in a rule, shown where it was written.
pub(in crate::compile) fn rule_problem(
    of: Object<'_>,
    text: &Name,
    error: RuleError,
    syntax: Syntax,
    protocol: Protocol,
) -> Problem {
    let mut problem = Problem::error(format!("rule: {}", error.message));
    let before = if syntax == Syntax::V3 { older(text, protocol) } else { None };
    let is_quoted =
        ['"', '\''].iter().any(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote));
    if is_quoted {
        problem.message.push_str("; the quotes around the rule are part of the value, remove them");
    } else if let Some(before) = before {
        problem.message.push_str("; this is a rule of version 2");
        problem = problem.expecting(in_version_3(&before));
    } else if !error.expected.is_empty() {
        problem = problem.expecting(error.expected.join(" or "));
    }
    problem.nearest = error.nearest;
    placed(of, text, error.span, problem)
}

/// A rule of version 2 that is read as one of version 3: it is good there, and matches nothing that anybody sends.
pub(in crate::compile) fn variable_problem(
    of: Object<'_>,
    text: &Name,
    protocol: Protocol,
) -> Option<Problem> {
    // Most rules have none, and are not read twice.
    let before = text.contains('{').then(|| older(text, protocol))??;
    let span = before.variable.clone()?;
    let name = text.get(span.clone()).unwrap_or_default();
    let message = format!(
        "rule: `{name}` is a variable in version 2 alone; in version 3 it stands for its own characters, so the rule never matches"
    );
    Some(placed(of, text, span, Problem::warning(message).expecting(in_version_3(&before))))
}

/// What to write in place of a rule of version 2.
fn in_version_3(before: &Older) -> String {
    let Older { current, .. } = before;
    let shown = if current.len() > LONGEST { "the rule as version 3 spells it" } else { current };
    format!("{shown}; or ruleSyntax: v2 beside the rule, or core.defaultRuleSyntax: v2 for all rules")
}

/// A problem with a part of a rule, at its place.
fn placed(of: Object<'_>, text: &Name, span: Range<usize>, problem: Problem) -> Problem {
    if text.mark == Mark::default() {
        return problem;
    }
    let before = text.get(..span.start).unwrap_or_default();
    let fault = text.get(span).unwrap_or_default();
    // Where line ends were folded, only the beginning of the rule is known; of a label characters are counted.
    if before.contains('\n') && of.origin.source.has_lines() {
        return problem.at(&of.origin.source, text.mark);
    }
    let shift = u32::try_from(before.chars().count()).unwrap_or(0);
    problem.at(&of.origin.source, text.mark.offset(shift)).spanning(fault.chars().count().max(1))
}

/// One route for each variant; those that would be as `before` are the ones from before.
fn routes(
    router: &str,
    provider: &str,
    placement: &Placement,
    ways: Vec<Way>,
    saying: &Saying<'_>,
    before: &[Arc<Route>],
) -> Vec<Arc<Route>> {
    let variants = placement.variants.iter().zip(ways).enumerate();
    let route = |(position, (variant, way)): (usize, (&Variant, Way))| {
        let Way { behind, chain } = way;
        let name = || match &variant.prefix {
            Some(prefix) => full(&format!("{prefix}-{router}"), provider),
            None => full(router, provider),
        };
        let is_named = |route: &Route| match &variant.prefix {
            Some(_) => *route.name == *name(),
            None => is_full(&route.name, router, provider),
        };
        let before = before.get(position).filter(|before| is_named(before));
        let service = match behind {
            Behind::Service(service) => service,
            Behind::Layer(layer) => match before {
                Some(before) => layer.service(&before.name, Some(&before.service)),
                None => layer.service(&name(), None),
            },
        };
        match before {
            Some(before)
                if Arc::ptr_eq(&before.service, &service)
                    && Arc::ptr_eq(&before.chain, &chain)
                    && before.recorded == saying.recorded
                    && before.rule == *saying.rule =>
            {
                Arc::clone(before)
            }
            Some(before) => saying.route(Arc::clone(&before.name), chain, service),
            None => saying.route(name(), chain, service),
        }
    };
    variants.map(route).collect()
}

/// What the routes of a router have in common.
struct Saying<'a> {
    rule: &'a Arc<str>,
    recorded: Recorded,
}

impl Saying<'_> {
    fn route(&self, name: Arc<str>, chain: Arc<Chain>, service: Arc<Upstream>) -> Arc<Route> {
        Arc::new(Route { name, rule: Arc::clone(self.rule), chain, service, recorded: self.recorded })
    }
}

/// What a router says of what is recorded of its requests.
fn recorded(written: &Router) -> Recorded {
    let Some(says) = written.observability.as_deref() else { return Recorded::default() };
    Recorded {
        access_log: says.access_logs,
        metrics: says.metrics,
        tracing: says.tracing,
        verbosity: verbosity(written).map(|text| Verbosity::named(text).unwrap_or_default()),
    }
}

/// How much is traced, as it is written.
fn verbosity(written: &Router) -> Option<&str> {
    let says = written.observability.as_deref()?;
    says.trace_verbosity.as_deref().filter(|text| !text.is_empty())
}

fn check_verbosity(round: &mut Round<'_>, of: Object<'_>, written: &Router) {
    if let Some(text) = verbosity(written).filter(|text| Verbosity::named(text).is_none()) {
        let message = format!("observability.traceVerbosity {text:?} is unknown and taken for minimal");
        round.problems.warning(of, format!("{message}, write minimal or detailed"));
    }
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

fn check_resolver(round: &mut Round<'_>, of: Object<'_>, written: &Router, variant: &Variant) {
    let model = model_of(round, variant).and_then(|model| model.tls.as_deref());
    let own = written.tls.as_deref();
    let Some(named) = own.or(model).and_then(|tls| tls.cert_resolver.as_ref()) else { return };
    let named = if own.is_some() { named.clone() } else { unplaced(named) };
    round.problems.unknown_resolver(of, &named);
}

/// A name without the place where it was written.
pub(super) fn unplaced(name: &Name) -> Name {
    Name::from(Arc::clone(&name.value))
}

/// The name under which everybody knows a router. Those that could not be read may have an `@` in their own.
fn full(name: &str, provider: &str) -> Arc<str> {
    Arc::from(format!("{name}@{provider}"))
}

fn is_full(full: &str, name: &str, provider: &str) -> bool {
    full.strip_prefix(name).and_then(|rest| rest.strip_prefix('@')) == Some(provider)
}

/// Longer rules are not spelt out.
const LONGEST: usize = 400;
