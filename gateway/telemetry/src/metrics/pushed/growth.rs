//! How much numbers have grown since they were pushed last.

use std::collections::HashMap;

use crate::metrics::points::{Family, Point, Spread, Value};

/// What was pushed last.
#[derive(Debug, Default)]
pub(super) struct Growth(HashMap<Key, Value>);

type Key = (Family, Vec<(&'static str, String)>);

impl Growth {
    /// The points with what has been added since; those that did not grow are left out.
    pub(super) fn since(&self, points: &[Point]) -> Vec<Point> {
        let grown = |point: &Point| {
            let before = self.0.get(&(point.family, point.labels.clone()));
            let value = match (&point.value, before) {
                (Value::Count(now), Some(Value::Count(before))) => Value::Count(less(*now, *before)),
                (Value::Spread(now), Some(Value::Spread(before))) => Value::Spread(spread(now, before)),
                (value, _) => value.clone(),
            };
            Point { value, ..point.clone() }
        };
        points.iter().map(grown).filter(has_grown).collect()
    }

    /// All of it has arrived.
    pub(super) fn commit(&mut self, points: Vec<Point>) {
        self.0 = points.into_iter().map(|point| ((point.family, point.labels), point.value)).collect();
    }
}

/// A number that is smaller than before has begun anew.
const fn less(now: u64, before: u64) -> u64 {
    if now < before { now } else { now - before }
}

fn spread(now: &Spread, before: &Spread) -> Spread {
    if now.count() < before.count() {
        return now.clone();
    }
    let less = |now: &[u64], before: &[u64]| {
        let before = before.iter().copied().chain(std::iter::repeat(0));
        now.iter().zip(before).map(|(now, before)| now.saturating_sub(before)).collect()
    };
    Spread { counts: less(&now.counts, &before.counts), nanos: less(&now.nanos, &before.nanos) }
}

fn has_grown(point: &Point) -> bool {
    match &point.value {
        Value::Count(count) => *count > 0,
        Value::Spread(spread) => spread.count() > 0,
        Value::Level(_) => true,
    }
}
