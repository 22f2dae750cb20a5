//! Works one router out: its rule, where it is, what it leads to. Everything wrong with it is told.

use std::sync::Arc;

use windrose_config::dynamic_config::{Name, Router};
use windrose_config::{Mark, Problem, Section};
use windrose_middleware::Stage;
use windrose_rule::{MAX_USER_PRIORITY, Protocol, Rule, RuleError, parse};
use windrose_upstream::Upstream;

use super::{Custom, Routed};
use crate::compile::placement::{Placement, Variant};
use crate::compile::problems::Object;
use crate::compile::routes::{Key, syntax_of};
use crate::compile::{Compiler, Round};
use crate::merge::{DEFAULT, INTERNAL, qualified};
use crate::snapshot::Route;

/// A router that is about to be made.
pub(super) struct Draft {
    pub(super) rule: Rule,
    pub(super) priority: i64,
    pub(super) key: Key,
    pub(super) placement: u32,
    pub(super) routes: Vec<Arc<Route>>,
}

impl Compiler {
    /// Works a router out; `None` after saying why it cannot be used.
    pub(super) fn draft(
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
        // Without provider, a name means what it would mean on the router. Where it is written is another document.
        let names: Vec<Name> = model.middlewares.iter().map(unplaced).collect();
        self.stages_of(round, of, &names, of.at.part)
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
            let elsewhere = reference.filter(|_| written.tls.is_none()).map(unplaced);
            let reference = elsewhere.as_ref().or(reference);
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

/// A name without the place where it was written.
fn unplaced(name: &Name) -> Name {
    Name::from(Arc::clone(&name.value))
}

fn is_qualified(full: &str, name: &str, provider: &str) -> bool {
    full.strip_prefix(name).and_then(|rest| rest.strip_prefix('@')) == Some(provider)
}
