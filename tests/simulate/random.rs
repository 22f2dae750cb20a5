//! Choices that can be made again.

use std::env;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A sequence of choices that its seed determines (`SplitMix64`).
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of `WINDROSE_SEED`, else a new one. The seed is shown when the test fails.
    pub(crate) fn new() -> Self {
        let seed = match env::var("WINDROSE_SEED") {
            Ok(seed) => seed.parse().unwrap_or_else(|_| panic!("WINDROSE_SEED is no number: {seed}")),
            Err(_) => RandomState::new().build_hasher().finish(),
        };
        println!("to do the same again: WINDROSE_SEED={seed}");
        Self(seed)
    }

    /// Another sequence, which this one determines.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }

    /// Yes, once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[test]
fn the_same_seed_makes_the_same_choices() {
    let choices = |seed| {
        let mut random = Random(seed);
        (0..100).map(|_| random.below(10)).collect::<Vec<_>>()
    };
    assert_eq!(choices(7), choices(7));
    assert_ne!(choices(7), choices(8));
    assert!((0..10).all(|choice| choices(7).contains(&choice)));
}
