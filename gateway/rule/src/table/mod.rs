//! The index over many rules: which of a million routers answers this request?
//!
//! Every rule is taken apart into alternatives, each with the host and path it asks for ([`keys`]). A request probes
//! the list of its own host, that of the wildcard above it, and that of rules for any host; within a list only
//! the candidates whose path can fit are looked at. What the keys decide is not evaluated again; the rest of a rule is
//! kept as a residual matcher.
//!
//! Invariant: `find` answers what evaluating every rule from the highest priority down would answer. Entries are
//! numbered in that order; a lower rank is better, and no list is read past the best rank found so far.

mod build;
mod hosts;
mod keys;
mod paths;

use std::fmt;

use hosts::Hosts;
use paths::{Candidate, List, Paths};

use crate::rule::{Matcher, Rule};
use crate::view::RequestView;

pub use hosts::HostIndex;

/// One rule to be found again, and what to answer then.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// When the entry is right.
    pub rule: Rule,
    /// Of all entries that are right the one with the highest priority wins.
    pub priority: i64,
    /// Of those with equal priority the lowest wins, then the one that came first.
    pub tie: u32,
    /// What is found.
    pub value: T,
}

/// An index over rules. It keeps no rule as such, only what is left to ask after the keys are known.
pub struct Table<T> {
    /// What is found, by rank.
    values: Box<[T]>,
    /// By host, what answers there.
    hosts: Hosts<Place>,
    /// The lists of hosts; the first is that of any host.
    buckets: Box<[Bucket]>,
    paths: Paths,
    candidates: Box<[Candidate]>,
    residuals: Box<[Matcher]>,
}

/// What is known of a host: the rank of the one entry that answers everything there, or the number of its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place(u32);

/// The candidates of a host.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    /// Those for any path.
    any: List,
    /// Those for one path, in `paths`.
    exact: List,
    /// Those for all paths that start alike, in `paths`.
    prefix: List,
}

/// The two things a [`Place`] can be.
enum Answer {
    Rank(u32),
    Bucket(u32),
}

impl<T> Table<T> {
    /// Builds the index.
    #[must_use]
    pub fn build(entries: Vec<Entry<T>>) -> Self {
        build::build(entries)
    }

    /// What the best entry for `request` holds.
    #[must_use]
    pub fn find(&self, request: &RequestView<'_>) -> Option<&T> {
        let mut best = u32::MAX;
        if !request.host.is_empty() {
            if let Some(place) = self.hosts.exact(request.host) {
                self.improve(*place, request, &mut best);
            }
            if let Some(place) = self.hosts.under(request.host) {
                self.improve(*place, request, &mut best);
            }
        }
        if let Some(bucket) = self.buckets.first() {
            self.improve_from(bucket, request, &mut best);
        }
        self.values.get(best as usize)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// What the entries hold, best first.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.values.iter()
    }

    fn improve(&self, place: Place, request: &RequestView<'_>, best: &mut u32) {
        match place.answer() {
            Answer::Rank(rank) => *best = rank.min(*best),
            Answer::Bucket(number) => {
                if let Some(bucket) = self.buckets.get(number as usize) {
                    self.improve_from(bucket, request, best);
                }
            }
        }
    }

    fn improve_from(&self, bucket: &Bucket, request: &RequestView<'_>, best: &mut u32) {
        self.scan(bucket.any, request, best);
        if let Some(list) = self.paths.exact(bucket.exact, request.path) {
            self.scan(list, request, best);
        }
        for list in self.paths.prefixes(bucket.prefix, request.path) {
            self.scan(list, request, best);
        }
    }

    /// Lowers `best` to the first candidate of `list` that fits and is better.
    fn scan(&self, list: List, request: &RequestView<'_>, best: &mut u32) {
        for candidate in list.of(&self.candidates) {
            if candidate.rank >= *best {
                return;
            }
            let fits = match candidate.residual() {
                None => true,
                Some(number) => self.residuals.get(number).is_some_and(|matcher| matcher.matches(request)),
            };
            if fits {
                *best = candidate.rank;
                return;
            }
        }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::build(Vec::new())
    }
}

impl<T> FromIterator<Entry<T>> for Table<T> {
    fn from_iter<I: IntoIterator<Item = Entry<T>>>(entries: I) -> Self {
        Self::build(entries.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a Table<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("entries", &self.values.len())
            .field("hosts", &self.hosts.len())
            .field("buckets", &self.buckets.len())
            .field("residuals", &self.residuals.len())
            .finish_non_exhaustive()
    }
}

impl Place {
    fn rank(rank: u32) -> Self {
        Self(rank | Self::IS_RANK)
    }

    fn bucket(number: u32) -> Self {
        Self(number)
    }

    fn answer(self) -> Answer {
        if self.0 & Self::IS_RANK == 0 {
            Answer::Bucket(self.0)
        } else {
            Answer::Rank(self.0 & !Self::IS_RANK)
        }
    }

    const IS_RANK: u32 = 1 << 31;
}

#[cfg(test)]
mod tests;
