//! How many requests of each source are in flight.
//!
//! A source is known by a keyed hash, so what clients write takes no room, and only sources of which something is in
//! flight are known at all. The counts are exact over all workers, which takes a lock: it is one of many, held for one
//! look into a table.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use windrose_http::course::{Record, Release};

/// How many requests of each source are in flight.
pub(super) struct Counts {
    keys: RandomState,
    shards: [Mutex<HashMap<u64, i64>>; SHARDS],
}

impl Counts {
    pub(super) fn new() -> Self {
        Self { keys: RandomState::new(), shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// What a source of a route is known by.
    pub(super) fn source(&self, route: &str, source: &[u8]) -> u64 {
        self.keys.hash_one((route, source))
    }

    /// Counts one more, unless there are as many as `most` already.
    pub(super) fn enter(&self, source: u64, most: i64) -> bool {
        if most <= 0 {
            return false;
        }
        let mut counts = self.shard(source);
        let count = counts.entry(source).or_insert(0);
        let is_in = *count < most;
        *count += i64::from(is_in);
        is_in
    }

    fn shard(&self, source: u64) -> MutexGuard<'_, HashMap<u64, i64>> {
        // The table below looks at the other end of the hash.
        let shard = &self.shards[(source >> 32) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().expect("a table").len()).sum()
    }
}

impl Release for Counts {
    fn release(&self, source: u64, _: &Record) {
        let mut counts = self.shard(source);
        if let Some(count) = counts.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&source);
            }
        }
    }
}

/// As many as workers are likely to meet in.
const SHARDS: usize = 64;
