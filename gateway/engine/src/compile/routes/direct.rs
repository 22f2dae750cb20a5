//! Routes of hosts that need no table.
//!
//! A slot holds a tag of the host's name instead of the name, so that finding a route touches one line of memory
//! before the route itself. Tags are made with a key that no client knows: a name that is not configured has the
//! tag of one that is with a chance of one in 2⁶⁰, and nobody can search for such a name.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashSet;
use windrose_middleware::Stage;
use windrose_rule::Rule;
use windrose_upstream::Upstream;

use super::{Candidate, Found};
use crate::snapshot::Route;

/// Makes tags of names, with a key of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Tags(RandomState);

/// A few routes by the tags of their hosts.
#[derive(Debug, Default)]
pub(super) struct Direct {
    slots: [Option<Slot>; SLOTS],
}

/// One line of memory, and never parts of two.
#[derive(Debug)]
#[repr(align(64))]
struct Slot {
    tag: u64,
    route: Arc<Route>,
    // Shared by many routes, so that their memory is at hand where the route's is not.
    stages: Arc<[Stage]>,
    service: Arc<Upstream>,
}

impl Tags {
    pub(super) fn of(&self, host: &str) -> u64 {
        self.0.hash_one(host.as_bytes())
    }
}

impl Direct {
    /// Of routes in their order, those that answer everything their host is asked for. What finds no room stays
    /// with the table.
    pub(super) fn of(ordered: &[(Rule, Candidate)], tags: &Tags) -> Self {
        let mut direct = Self::default();
        let mut seen = HashSet::<Arc<str>, foldhash::fast::RandomState>::default();
        for (rule, candidate) in ordered {
            let mut is_first = true;
            for host in rule.hosts() {
                is_first &= seen.insert(host);
            }
            if let Some(host) = rule.only_host().filter(|_| is_first) {
                direct.insert(tags.of(host), &candidate.route);
            }
        }
        direct
    }

    /// The route of the host with this tag.
    pub(super) fn find(&self, tag: u64) -> Option<Found<'_>> {
        for place in places(tag) {
            match self.slots.get(place)? {
                Some(Slot { tag: of, route, stages, service }) if *of == tag => {
                    return Some(Found { route, stages, service });
                }
                Some(_) => {}
                None => return None,
            }
        }
        None
    }

    fn insert(&mut self, tag: u64, route: &Arc<Route>) {
        for place in places(tag) {
            if let Some(slot @ None) = self.slots.get_mut(place) {
                let (stages, service) = (Arc::clone(&route.chain.stages), Arc::clone(&route.service));
                *slot = Some(Slot { tag, route: Arc::clone(route), stages, service });
                return;
            }
        }
    }
}

/// The slots a tag may be in, best first; those of a line come together.
fn places(tag: u64) -> impl Iterator<Item = usize> {
    let start = usize::try_from(tag % SLOTS as u64).unwrap_or(0);
    (0..SLOTS).map(move |step| (start + step) % SLOTS)
}

const SLOTS: usize = 16;
