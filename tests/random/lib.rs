//! Choices that can be made again: every test that chooses at random takes its seed from here.
//!
//! `WINDROSE_SEED` gives the seed; without it, it is a new one. A test that fails shows which it was. Owns nothing else
//! about tests. Invariant: the same seed makes the same choices, whatever other tests run.

#![expect(clippy::panic, reason = "this crate is for tests")]

use std::env;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::str::FromStr;

use proptest::test_runner::{Config, RngSeed};

/// A sequence of choices that its seed determines (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of the seed of this run.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "two of them are the same, or are not")]
    pub fn new() -> Self {
        Self(seed())
    }

    /// The sequence of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Another sequence, which this one determines.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    /// Yes, once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The seed of `WINDROSE_SEED`, else a new one. It is printed, so that a test that fails shows it.
///
/// # Panics
/// `WINDROSE_SEED` is no number.
#[must_use]
pub fn seed() -> u64 {
    let seed = number("WINDROSE_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("to do the same again: WINDROSE_SEED={seed}");
    seed
}

/// So many cases of a property, or as many as `PROPTEST_CASES` says, from the seed of this run. An input that fails is
/// written down as a test of its own, by whoever mends it.
///
/// # Panics
/// `WINDROSE_SEED` or `PROPTEST_CASES` is no number.
#[must_use]
pub fn cases(cases: u32) -> Config {
    Config {
        cases: number("PROPTEST_CASES").unwrap_or(cases),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed()),
        ..Config::default()
    }
}

fn number<T: FromStr>(variable: &str) -> Option<T> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number that can be used: {text}")))
}

#[cfg(test)]
mod tests;
