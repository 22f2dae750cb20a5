//! Consistent hashing with bounded load: the same key meets the same server as long as that has not far more to do than
//! its share; then it meets the next one on the ring, and the same next one every time.

use super::fnv::Fnv1a;

/// The servers on a ring, each as often as its weight says.
#[derive(Debug)]
pub struct Ring {
    /// Places and whose they are, in order.
    points: Box<[(u64, u32)]>,
    weights: Box<[i64]>,
}

impl Ring {
    /// Servers with these names and weights; those with 0 or less have no place.
    #[must_use]
    pub fn new<'n>(servers: impl ExactSizeIterator<Item = (&'n str, i64)>) -> Self {
        let servers: Vec<_> = servers.collect();
        let weights: Box<[i64]> = servers.iter().map(|(_, weight)| (*weight).max(0)).collect();
        let total: u128 = weights.iter().map(|weight| u128::from(weight.unsigned_abs())).sum();
        let members = weights.iter().filter(|weight| **weight > 0).count();
        let places = u128::from(POINTS) * members as u128;
        let mut points = Vec::new();
        for ((at, (name, _)), weight) in (0..).zip(&servers).zip(&weights) {
            if *weight == 0 {
                continue;
            }
            let share = places * u128::from(weight.unsigned_abs()) / total.max(1);
            let share = u64::try_from(share).unwrap_or(u64::MAX).clamp(1, MOST_POINTS);
            let name = Fnv1a::new().with(name.as_bytes());
            points.extend((0..share).map(|number| (mixed(name.with(&number.to_le_bytes()).get()), at)));
        }
        points.sort_unstable();
        Self { points: points.into(), weights }
    }

    /// Whoever this key meets among those that are up. `bound` is the most that a server may have of its share, in a
    /// hundred; 0 is any.
    pub fn choose(
        &self,
        key: &[u8],
        bound: u32,
        is_up: impl Fn(usize) -> bool,
        load: impl Fn(usize) -> usize,
    ) -> Option<usize> {
        let up = || (0..self.weights.len()).filter(|at| self.weight(*at) > 0 && is_up(*at));
        let weights: u128 = up().map(|at| self.weight(at)).sum();
        // The request at hand is one of those that are shared.
        let requests = if bound == 0 { 0 } else { 1 + up().map(&load).sum::<usize>() as u128 };
        let has_room = |at: usize| {
            let most = (requests * self.weight(at) * u128::from(bound)).div_ceil(weights.max(1) * 100);
            bound == 0 || (load(at) as u128) < most
        };
        let begin = self.points.partition_point(|(place, _)| *place < mixed(Fnv1a::new().with(key).get()));
        let (before, after) = self.points.split_at_checked(begin)?;
        let mut around = after.iter().chain(before).map(|(_, at)| *at as usize).filter(|at| is_up(*at));
        let first = around.next()?;
        if has_room(first) { Some(first) } else { around.find(|at| has_room(*at)).or(Some(first)) }
    }

    fn weight(&self, at: usize) -> u128 {
        self.weights.get(at).map_or(0, |weight| u128::from(weight.unsigned_abs()))
    }
}

/// A hash whose every bit depends on all of the text: that of FNV alone changes little with the last bytes.
const fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Places of a server of mean weight.
const POINTS: u64 = 128;
/// Places of one server at the most.
const MOST_POINTS: u64 = 1 << 14;

#[cfg(test)]
mod tests;
