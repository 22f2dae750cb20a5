//! The buckets of all sources, shared by all workers.
//!
//! A rate that is exact needs one count for all workers. There are many small tables, each with a lock that is held for a
//! look-up and a few additions, so two workers meet only when their sources share a table. What is kept of a source is a
//! hash with a secret of this process, so a bucket costs the same whatever its name, and nobody can aim at another's.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::bucket::{Bucket, Rate, Taken, nanoseconds};

/// The buckets of all sources.
pub(super) struct Buckets {
    secret: RandomState,
    tables: [Mutex<Table>; TABLES],
}

type Table = HashMap<u64, Bucket, BuildHasherDefault<Hashed>>;

impl Buckets {
    pub(super) fn new() -> Self {
        Self { secret: RandomState::new(), tables: std::array::from_fn(|_| Mutex::default()) }
    }

    /// Takes a token of a source.
    pub(super) fn take(&self, source: &[u8], rate: &Rate, now: Duration) -> Taken {
        let hash = self.secret.hash_one(source);
        let place = usize::try_from(hash >> 32).unwrap_or_default() % TABLES;
        let Some(table) = self.tables.get(place) else { return Taken::Now };
        // A table is whole after every step, so a panic of another worker does no harm to it.
        let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = table.get_mut(&hash) {
            return bucket.take(rate, now);
        }
        if table.len() >= MOST {
            make_room(&mut table, rate, now);
        }
        table.entry(hash).or_default().take(rate, now)
    }

    /// How many buckets there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.tables.iter().map(|table| table.lock().expect("no panic").len()).sum()
    }
}

impl std::fmt::Debug for Buckets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buckets").finish_non_exhaustive()
    }
}

/// Forgets full buckets, which loses nothing; where there are none, the one that is nearest to it.
fn make_room(table: &mut Table, rate: &Rate, now: Duration) {
    table.retain(|_, bucket| !bucket.is_full(rate, now));
    if table.len() >= MOST {
        let now = nanoseconds(now);
        let least = table.iter().min_by_key(|(_, bucket)| bucket.debt(rate, now)).map(|(hash, _)| *hash);
        least.and_then(|hash| table.remove(&hash));
    }
}

/// A hash that is its own.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

const TABLES: usize = 64;

/// Buckets of one table: 65,536 in all, as many sources as Traefik tells apart.
const MOST: usize = 1024;
