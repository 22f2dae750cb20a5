//! How long requests took.
//!
//! Buckets are fixed, so figures of any nodes can be added. They are close together where most requests are, from a
//! tenth of a millisecond up: a percentile is right to within a bucket.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Numbers of requests by how long they took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latencies([u64; BUCKETS]);

impl Default for Latencies {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Latencies {
    /// Adds requests to a bucket; one that is none counts as the longest.
    pub fn add(&mut self, bucket: usize, count: u64) {
        if let Some(cell) = self.0.get_mut(bucket.min(BUCKETS - 1)) {
            *cell = cell.saturating_add(count);
        }
    }

    /// Adds all that others took.
    pub fn merge(&mut self, others: &Self) {
        for (bucket, count) in others.filled() {
            self.add(bucket, count);
        }
    }

    /// The buckets that are not empty.
    pub fn filled(&self) -> impl Iterator<Item = (usize, u64)> {
        self.0.iter().copied().enumerate().filter(|(_, count)| *count > 0)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The time in microseconds within which so many of a thousand were over; 0 where there is none. Within a bucket it
    /// is taken that times are spread evenly.
    #[must_use]
    pub fn quantile(&self, of_thousand: u32) -> u64 {
        let all = u128::from(self.count());
        if all == 0 {
            return 0;
        }
        let rank = (all * u128::from(of_thousand)).div_ceil(1000).max(1);
        let mut before = 0;
        for (bucket, count) in self.filled() {
            let count = u128::from(count);
            if before + count >= rank {
                let lower = bucket.checked_sub(1).and_then(|below| BOUNDS.get(below)).copied().unwrap_or(0);
                // The longest have no upper bound: all that is known is that they took longer.
                let upper = BOUNDS.get(bucket).copied().unwrap_or(lower);
                let part = u128::from(upper - lower) * (rank - before) / count;
                return u64::from(lower) + u64::try_from(part).unwrap_or_default();
            }
            before += count;
        }
        0
    }
}

/// The bucket of a time.
#[must_use]
pub fn bucket(took: Duration) -> usize {
    let micros = took.as_nanos().div_ceil(1000);
    BOUNDS.partition_point(|bound| u128::from(*bound) < micros)
}

/// Upper bounds of the buckets, in microseconds; the last bucket has none.
pub const BOUNDS: [u32; 35] = [
    100, 150, 200, 300, 400, 600, 800, 1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 8_000, 10_000, 15_000,
    20_000, 30_000, 40_000, 60_000, 80_000, 100_000, 150_000, 200_000, 300_000, 400_000, 600_000, 800_000,
    1_000_000, 1_500_000, 2_500_000, 5_000_000, 10_000_000, 30_000_000, 60_000_000,
];
/// How many buckets there are.
pub const BUCKETS: usize = BOUNDS.len() + 1;

impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.filled())
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let filled = Vec::<(usize, u64)>::deserialize(from)?;
        let mut latencies = Self::default();
        for (bucket, count) in filled {
            // Whoever has other buckets must not be taken to have the same.
            if bucket >= BUCKETS {
                return Err(D::Error::custom(format!("there is no bucket {bucket}")));
            }
            latencies.add(bucket, count);
        }
        Ok(latencies)
    }
}
