//! The routers beside the one that a request gets: those that match as well, and those that nearly do.

use std::sync::Arc;

use windrose_config::Written;
use windrose_config::dynamic_config::Router;
use windrose_rule::{Missed, RequestView, Syntax};

use super::walk::exchange;
use super::{Asked, Fate, Routed};
use crate::compile::routes::Candidate;
use crate::entry::Kind;
use crate::merge::Merged;
use crate::route::look;
use crate::snapshot::{Route, Snapshot};

/// The routers beside the one that a request gets.
#[derive(Debug, Default)]
pub struct Neighbours {
    /// Those that match and come later, in their order.
    pub later: Vec<Miss>,
    /// Those that nearly match, the nearest first.
    pub nearest: Vec<Miss>,
}

/// A router that a request does not get.
#[derive(Debug)]
pub struct Miss {
    /// Its route.
    pub route: Arc<Route>,
    /// The router as written.
    pub router: Arc<Written<Router>>,
    /// Its priority.
    pub priority: i64,
    /// The entry point it is on, if that is another one.
    pub elsewhere: Option<Arc<str>>,
    /// Whether it is for TLS where the request has none, or the other way round.
    pub other_security: bool,
    /// What its rule lacks.
    pub missed: Vec<Missed>,
}

/// Finds the neighbours of a request, of which `fate` has come. Looks at every router there is: its time grows with
/// their number.
#[must_use]
pub fn neighbours(snapshot: &Snapshot, merged: &Merged, asked: &Asked<'_>, fate: &Fate) -> Neighbours {
    let Ok(ex) = exchange(asked) else { return Neighbours::default() };
    if fate.prepared().is_none() {
        return Neighbours::default();
    }
    let found = match fate {
        Fate::Routed(routed) => Some(routed),
        _ => None,
    };
    let is_v2 = &**merged.settings.core.default_rule_syntax == "v2";
    let search = Search {
        snapshot,
        merged,
        place: asked.place,
        is_secure: asked.hello.is_some(),
        syntax: if is_v2 { Syntax::V2 } else { Syntax::V3 },
        found,
    };
    look(&ex, |request| search.run(request))
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    merged: &'a Merged,
    place: usize,
    is_secure: bool,
    syntax: Syntax,
    found: Option<&'a Routed>,
}

/// A router that is looked at.
#[derive(Clone, Copy)]
struct Near<'a> {
    distance: u32,
    candidate: &'a Candidate,
    place: usize,
    is_secure: bool,
}

impl<'a> Search<'a> {
    fn run(&self, request: &RequestView<'_>) -> Neighbours {
        let (mut later, mut nearest): (Vec<Near<'_>>, Vec<Near<'_>>) = Default::default();
        for near in self.all(request) {
            // Another entry point of the router that was found is no news.
            if self.found.is_some_and(|found| Arc::ptr_eq(&found.router, &near.candidate.router)) {
                continue;
            }
            if near.distance == 0 {
                keep(&mut later, near, MOST_LATER, |a, b| a.candidate.order(b.candidate));
            } else if !near.candidate.route.name.ends_with(OWN) {
                keep(&mut nearest, near, MOST_NEAREST, |a, b| {
                    a.distance.cmp(&b.distance).then_with(|| a.candidate.order(b.candidate))
                });
            }
        }
        let is_later = |near: &Near<'_>| {
            later.iter().any(|later| Arc::ptr_eq(&later.candidate.router, &near.candidate.router))
        };
        let nearest = nearest.iter().filter(|near| !is_later(near)).map(|near| self.told(*near, request));
        Neighbours {
            nearest: nearest.collect(),
            later: later.iter().map(|near| self.told(*near, request)).collect(),
        }
    }

    /// All routers on all entry points, each with how far the request is from it.
    fn all(&self, request: &RequestView<'_>) -> impl Iterator<Item = Near<'a>> {
        let listeners = self.snapshot.listeners.iter().enumerate();
        let sides = listeners
            .flat_map(|(place, listener)| [(place, false, &listener.plain), (place, true, &listener.secure)]);
        let is_tcp =
            |place: usize| self.merged.places.get(place).is_some_and(|place| place.kind == Kind::Tcp);
        sides.filter(move |(place, ..)| is_tcp(*place)).flat_map(move |(place, is_secure, routes)| {
            let apart = u32::from(place != self.place) * ELSEWHERE
                + u32::from(is_secure != self.is_secure) * OTHER_SECURITY;
            routes.iter().filter_map(move |candidate| {
                let distance = apart + candidate.rule(self.syntax)?.distance(request);
                Some(Near { distance, candidate, place, is_secure })
            })
        })
    }

    fn told(&self, near: Near<'_>, request: &RequestView<'_>) -> Miss {
        let Near { candidate, place, is_secure, .. } = near;
        let rule = candidate.rule(self.syntax);
        let elsewhere = self.merged.places.get(place).filter(|_| place != self.place);
        Miss {
            route: Arc::clone(&candidate.route),
            router: Arc::clone(&candidate.router),
            priority: candidate.priority,
            elsewhere: elsewhere.map(|place| Arc::clone(&place.name)),
            other_security: is_secure != self.is_secure,
            missed: rule.map(|rule| rule.judge(request).missed).unwrap_or_default(),
        }
    }
}

/// Keeps the first `most` of all that come, each router once.
fn keep<'a>(
    kept: &mut Vec<Near<'a>>,
    near: Near<'a>,
    most: usize,
    order: impl Fn(&Near<'a>, &Near<'a>) -> std::cmp::Ordering,
) {
    let is_same = |other: &Near<'_>| Arc::ptr_eq(&other.candidate.router, &near.candidate.router);
    if let Some(at) = kept.iter().position(is_same) {
        if kept.get(at).is_some_and(|other| order(other, &near).is_le()) {
            return;
        }
        kept.remove(at);
    }
    let at = kept.partition_point(|other| order(other, &near).is_le());
    if at < most {
        kept.insert(at, near);
        kept.truncate(most);
    }
}

/// The end of the names of the gateway's own routers: nobody means those who meant another.
const OWN: &str = "@internal";
const MOST_LATER: usize = 5;
const MOST_NEAREST: usize = 2;
/// What being on another entry point counts: less than a clause, since a request is sent elsewhere easily.
const ELSEWHERE: u32 = 400;
const OTHER_SECURITY: u32 = 400;
