//! The routes of one entry point for one kind of request, in many small tables.
//!
//! A change is proportional to itself: routes whose rule asks for exactly one host are kept by that host in small
//! tables, so that a change rebuilds only the tables of the hosts it concerns; all others are in one table beside
//! them, which every request asks too. A host whose best route asks for nothing but that host is found without a
//! table, in one cache line of a few: with a million hosts each line that is touched costs a tenth of a request's
//! parsing. Invariant: [`Routes::find`] answers what one table of all routes would.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::{FixedState, RandomState};
use hashbrown::{HashMap, HashSet};
use windrose_config::Written;
use windrose_config::dynamic_config::Router;
use windrose_middleware::Stage;
use windrose_rule::{Entry, Protocol, RequestView, Rule, Syntax, Table, parse};
use windrose_upstream::Upstream;

use crate::snapshot::Route;

mod direct;

use direct::{Direct, Tags};

/// The routes of one entry point for one kind of request.
#[derive(Debug, Default)]
pub struct Routes {
    /// By host; none or a power of two.
    by_host: Box<[Arc<Shard>]>,
    /// Those that may answer for any host.
    open: Arc<Shard>,
    len: usize,
    tags: Tags,
}

/// A small table, and in front of it what needs no table at all.
#[derive(Debug, Default)]
struct Shard {
    direct: Direct,
    table: Table<Candidate>,
}

/// A route that was found, and what a request needs of it. The latter may be kept nearer than the route itself,
/// which is then not touched.
#[derive(Clone, Copy, Debug)]
pub struct Found<'r> {
    /// The route.
    pub route: &'r Arc<Route>,
    /// What stands between.
    pub stages: &'r Arc<[Stage]>,
    /// What answers.
    pub service: &'r Arc<Upstream>,
}

/// A route and how it competes with others.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where matching requests go.
    pub route: Arc<Route>,
    /// The router as written, for its rule.
    pub router: Arc<Written<Router>>,
    /// Higher goes first.
    pub priority: i64,
    /// Lower goes first among equal priorities, then the name decides.
    pub precedence: u16,
}

/// Where a route is kept: by the one host that its rule asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Key(u32);

/// A route to be added.
pub(super) struct Addition {
    pub(super) key: Key,
    pub(super) candidate: Candidate,
    /// The rule, unless there are so many that it is better read twice.
    pub(super) rule: Option<Box<Rule>>,
}

/// What changes in a set of routes.
#[derive(Default)]
pub(super) struct Change {
    /// Routes to be removed, by address.
    pub(super) removed: Vec<(Key, Arc<Route>)>,
    /// Routes to be added.
    pub(super) added: Vec<Addition>,
}

impl Routes {
    /// Routes that were worked out elsewhere; those whose rule cannot be read are left out.
    #[must_use]
    pub fn build(candidates: Vec<Candidate>, syntax: Syntax) -> Self {
        let added = candidates.into_iter().filter_map(|candidate| {
            let rule = candidate.rule(syntax)?;
            Some(Addition { key: Key::of(&candidate.router, &rule, syntax), candidate, rule: None })
        });
        let added = added.collect();
        Self::default().change(Change { removed: Vec::new(), added }, syntax)
    }

    /// The route that answers a request: of those that match, the one of highest priority.
    #[must_use]
    pub fn find(&self, request: &RequestView<'_>) -> Option<Found<'_>> {
        let shard = self.by_host.get(slot(Key::of_host(request.host), self.by_host.len()));
        let is_closed = self.open.table.is_empty();
        if is_closed
            && let Some(found) = shard.and_then(|shard| shard.direct.find(self.tags.of(request.host)))
        {
            return Some(found);
        }
        let own = shard.and_then(|shard| shard.table.find(request));
        let open = if is_closed { None } else { self.open.table.find(request) };
        let best = match (own, open) {
            (Some(own), Some(open)) if own.is_behind(open) => Some(open),
            (Some(own), _) => Some(own),
            (None, open) => open,
        };
        best.map(|candidate| Found::of(&candidate.route))
    }

    /// How many routes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no route.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All routes.
    pub fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.by_host.iter().chain([&self.open]).flat_map(|shard| shard.table.iter())
    }

    /// The routes after a change. `syntax` is that of rules whose router names none.
    pub(super) fn change(&self, change: Change, syntax: Syntax) -> Self {
        let len = (self.len + change.added.len()).saturating_sub(change.removed.len());
        let shards = self.by_host.len();
        let wanted = (len / PER_SHARD).next_power_of_two();
        let fits = shards > 0 && wanted <= shards * SLACK && shards <= wanted * SLACK;
        if fits { self.patch(change, len, syntax) } else { self.rebuild(change, wanted, syntax) }
    }

    fn patch(&self, change: Change, len: usize, syntax: Syntax) -> Self {
        let shards = self.by_host.len();
        let mut touched: HashMap<usize, Change, RandomState> = HashMap::default();
        for (key, route) in change.removed {
            touched.entry(slot(key, shards)).or_default().removed.push((key, route));
        }
        for addition in change.added {
            touched.entry(slot(addition.key, shards)).or_default().added.push(addition);
        }
        let mut by_host = self.by_host.clone();
        let mut open = Arc::clone(&self.open);
        for (at, change) in touched {
            let shard = by_host.get_mut(at).unwrap_or(&mut open);
            *shard = Arc::new(build(shard.table.iter(), change, syntax, &self.tags));
        }
        Self { by_host, open, len, tags: self.tags.clone() }
    }

    fn rebuild(&self, change: Change, shards: usize, syntax: Syntax) -> Self {
        let removed: HashSet<*const Route, RandomState> =
            change.removed.iter().map(|(_, route)| Arc::as_ptr(route)).collect();
        let kept = self.iter().filter(|candidate| !removed.contains(&Arc::as_ptr(&candidate.route)));
        let kept = kept.filter_map(|candidate| {
            let rule = candidate.rule(syntax)?;
            Some(Addition {
                key: Key::of(&candidate.router, &rule, syntax),
                candidate: candidate.clone(),
                rule: None,
            })
        });
        let mut all: Vec<Option<Addition>> = change.added.into_iter().map(Some).collect();
        all.extend(kept.map(Some));
        let at = |addition: &Option<Addition>| {
            addition.as_ref().map_or(shards, |addition| slot(addition.key, shards).min(shards))
        };
        // Places are sorted instead of the routes themselves, which are large.
        let mut order: Vec<(usize, usize)> =
            all.iter().enumerate().map(|(place, addition)| (at(addition), place)).collect();
        order.sort_unstable();
        let len = order.len();
        let mut order = order.into_iter().peekable();
        let mut built = (0..=shards).map(|shard| {
            let mut added = Vec::new();
            while let Some((_, place)) = order.next_if(|(of, _)| *of == shard) {
                added.extend(all.get_mut(place).and_then(Option::take));
            }
            Arc::new(build([].iter(), Change { removed: Vec::new(), added }, syntax, &self.tags))
        });
        let by_host = built.by_ref().take(shards).collect();
        let open = built.next().unwrap_or_default();
        drop(built);
        Self { by_host, open, len, tags: self.tags.clone() }
    }
}

impl<'r> Found<'r> {
    fn of(route: &'r Arc<Route>) -> Self {
        Self { route, stages: &route.chain.stages, service: &route.service }
    }
}

impl Change {
    pub(super) fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }
}

impl Candidate {
    fn is_behind(&self, other: &Self) -> bool {
        self.order(other).is_gt()
    }

    /// Less goes first.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        let by_rank = other.priority.cmp(&self.priority).then(self.precedence.cmp(&other.precedence));
        by_rank.then_with(|| self.route.name.cmp(&other.route.name))
    }

    /// The rule again: keeping all of them would cost more memory than reading a few costs time.
    pub(crate) fn rule(&self, default: Syntax) -> Option<Rule> {
        parse(&self.router.rule, syntax_of(&self.router, default), Protocol::Http).ok()
    }
}

impl Key {
    /// Where a route belongs: with a host, if its rule can match for no other one.
    pub(super) fn of(router: &Router, rule: &Rule, syntax: Syntax) -> Self {
        // A conjunction matches only what each of its parts matches.
        let is_conjunction = !router.rule.contains("||") && !router.rule.contains('!');
        if syntax_of(router, syntax) != Syntax::V3 || !is_conjunction {
            return Self::OPEN;
        }
        let hosts = rule.hosts();
        let exact = hosts.iter().find(|host| !host.starts_with("*."));
        exact.map_or(Self::OPEN, |host| Self::of_host(host))
    }

    pub(super) fn of_host(host: &str) -> Self {
        // Names come from the configuration: a client can choose what to look up, but not what is kept.
        let bytes = FixedState::with_seed(0).hash_one(host.as_bytes()).to_le_bytes();
        let [a, b, c, d, ..] = bytes;
        Self(u32::from_le_bytes([a, b, c, d]).max(1))
    }

    /// Of routes that may match for any host.
    pub(super) const OPEN: Self = Self(0);
}

/// The syntax of a router's rule.
pub(super) fn syntax_of(router: &Router, default: Syntax) -> Syntax {
    match router.rule_syntax.as_deref() {
        None => default,
        Some("v2") => Syntax::V2,
        Some(_) => Syntax::V3,
    }
}

/// Which of `shards` a key belongs to; `usize::MAX` for none of them.
fn slot(key: Key, shards: usize) -> usize {
    match shards {
        0 => usize::MAX,
        _ if key == Key::OPEN => usize::MAX,
        _ => key.0 as usize & (shards - 1),
    }
}

fn build<'c>(
    kept: impl Iterator<Item = &'c Candidate>,
    change: Change,
    syntax: Syntax,
    tags: &Tags,
) -> Shard {
    let removed: HashSet<*const Route, RandomState> =
        change.removed.iter().map(|(_, route)| Arc::as_ptr(route)).collect();
    let kept = kept.filter(|candidate| !removed.contains(&Arc::as_ptr(&candidate.route)));
    let kept = kept.filter_map(|candidate| Some((candidate.rule(syntax)?, candidate.clone())));
    let added = change.added.into_iter().filter_map(|Addition { rule, candidate, .. }| {
        let rule = rule.map(|rule| *rule).or_else(|| candidate.rule(syntax))?;
        Some((rule, candidate))
    });
    let mut all: Vec<(Rule, Candidate)> = kept.chain(added).collect();
    all.sort_by(|(_, left), (_, right)| left.order(right));
    let direct = Direct::of(&all, tags);
    let entries = all.into_iter().map(|(rule, candidate)| Entry {
        rule,
        priority: candidate.priority,
        tie: u32::from(candidate.precedence),
        value: candidate,
    });
    Shard { direct, table: entries.collect() }
}

/// How many routes share a small table.
const PER_SHARD: usize = 8;
/// How far the number of tables may be from the wanted one.
const SLACK: usize = 4;

#[cfg(test)]
mod tests;
