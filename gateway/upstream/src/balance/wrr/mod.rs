//! Weighted round robin as an exact cycle.
//!
//! The order in which earliest-deadline-first would pick is worked out once; a turn is then one look-up. After
//! every full cycle each choice was made exactly as often as its weight says, and choices of one kind are
//! spread as evenly as they can be.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An endless repetition of the same fair order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    order: Box<[u32]>,
}

impl Cycle {
    /// Works out the order; a weight of 0 or less is never chosen.
    #[must_use]
    pub fn new(weights: &[i64]) -> Self {
        let divisor = weights.iter().filter(|weight| **weight > 0).fold(0, |a, b| gcd(a, b.unsigned_abs()));
        if divisor == 0 {
            return Self { order: Box::default() };
        }
        let shares =
            weights.iter().filter(|weight| **weight > 0).map(|weight| weight.unsigned_abs() / divisor);
        let total = shares.fold(0, u64::saturating_add);
        // Beyond this the cycle is rounded: no traffic could tell the difference.
        let scale = total.div_ceil(LONGEST).max(1);
        let mut heap: BinaryHeap<Turn> = (0_u32..)
            .zip(weights)
            .filter(|(_, weight)| **weight > 0)
            .map(|(index, weight)| Turn {
                taken: 0,
                weight: (weight.unsigned_abs() / divisor / scale).max(1),
                index,
            })
            .collect();
        let length: u64 = heap.iter().map(|turn| turn.weight).sum();
        let order = (0..length)
            .map_while(|_| {
                let mut turn = heap.pop()?;
                turn.taken += 1;
                let index = turn.index;
                heap.push(turn);
                Some(index)
            })
            .collect();
        Self { order }
    }

    /// One turn each, in this order.
    #[must_use]
    pub fn once_each(choices: impl IntoIterator<Item = u32>) -> Self {
        Self { order: choices.into_iter().collect() }
    }

    /// Whose turn it is.
    #[must_use]
    pub fn at(&self, turn: usize) -> Option<usize> {
        let place = turn.checked_rem(self.order.len())?;
        self.order.get(place).map(|index| *index as usize)
    }

    /// Everybody's turns, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.order.iter().map(|index| *index as usize)
    }

    /// The number of turns until the order repeats.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nothing can be chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

/// One choice and its next deadline, `(taken + 1) / weight`; the heap gives the earliest.
#[derive(PartialEq, Eq)]
struct Turn {
    taken: u64,
    weight: u64,
    index: u32,
}

impl Ord for Turn {
    fn cmp(&self, other: &Self) -> Ordering {
        let mine = u128::from(self.taken + 1) * u128::from(other.weight);
        let theirs = u128::from(other.taken + 1) * u128::from(self.weight);
        theirs.cmp(&mine).then_with(|| other.index.cmp(&self.index))
    }
}

impl PartialOrd for Turn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Turns a cycle may have at the most.
const LONGEST: u64 = 1 << 16;

#[cfg(test)]
mod tests;
