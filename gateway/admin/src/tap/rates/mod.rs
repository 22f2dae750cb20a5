//! How many requests there are now, how many fail and how long they take: by entry point, router and service.
//!
//! Counted only for a while after somebody asked. Each worker counts in a place of its own; whoever asks takes what is
//! there in a moment, and a worker that comes in that moment loses one request of the count instead of waiting.

mod histogram;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde_json::{Map, Value, json};
use windrose_http::course::End;

use histogram::Histogram;

/// What was counted.
#[derive(Debug)]
pub(crate) struct Rates {
    began: Instant,
    /// Up to when it is counted, in milliseconds since it began. Read by every request.
    until: AtomicU64,
    workers: Mutex<Vec<Arc<Counts>>>,
    windows: Mutex<Windows>,
}

/// What one worker counts.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<Tallies>);

/// What is counted of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Level {
    /// An entry point.
    EntryPoint,
    /// A router.
    Router,
    /// A service.
    Service,
}

type Key = (Level, Arc<str>);
type Tallies = HashMap<Key, Tally, RandomState>;

#[derive(Debug, Clone, Default)]
struct Tally {
    requests: u64,
    client_errors: u64,
    errors: u64,
    sent: u64,
    times: Histogram,
}

/// What is counted of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    pub(super) status: u16,
    pub(super) end: End,
    pub(super) sent: u64,
    pub(super) took: Duration,
}

/// The time that rates are of: two pieces, of which the older one is given up when the newer one is full.
#[derive(Debug)]
struct Windows {
    older: (Instant, Tallies),
    newer: (Instant, Tallies),
}

impl Rates {
    /// A place for a worker to count in.
    pub(super) fn counts(&self) -> Arc<Counts> {
        let counts = Arc::new(Counts::default());
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&counts));
        counts
    }

    /// Whether somebody asked a short time before `now`.
    pub(super) fn is_looked_at(&self, now: Instant) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until > 0 && millis(now.saturating_duration_since(self.began)) < until
    }

    /// The rates of the last seconds. Without `wanted` those with the most requests.
    pub(crate) fn show(&self, now: Instant, wanted: Option<(Level, &str)>, most: usize) -> Value {
        let since = now.saturating_duration_since(self.began);
        let until = millis(since + LEASE).max(1);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        // What nobody asked about for long is of another time.
        if self.until.swap(until, Ordering::Relaxed) <= millis(since) {
            self.take();
            *windows = Windows::at(now);
        }
        let fresh = self.take();
        windows.add(now, fresh);
        windows.show(now, wanted, most)
    }

    /// All that the workers have counted.
    fn take(&self) -> Vec<Tallies> {
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let take = |counts: &Arc<Counts>| {
            std::mem::take(&mut *counts.0.lock().unwrap_or_else(PoisonError::into_inner))
        };
        workers.iter().map(take).collect()
    }
}

impl Default for Rates {
    fn default() -> Self {
        let began = Instant::now();
        Self {
            began,
            until: AtomicU64::new(0),
            workers: Mutex::default(),
            windows: Mutex::new(Windows::at(began)),
        }
    }
}

impl Counts {
    /// Counts a request, unless somebody takes the counts at this very moment.
    pub(super) fn count(
        &self,
        entry_point: &Arc<str>,
        router: Option<&Arc<str>>,
        service: Option<&Arc<str>>,
        passage: Passage,
    ) {
        let Ok(mut tallies) = self.0.try_lock() else { return };
        let levels =
            [(Level::EntryPoint, Some(entry_point)), (Level::Router, router), (Level::Service, service)];
        for (level, name) in levels {
            let Some(name) = name else { continue };
            tallies.entry((level, Arc::clone(name))).or_default().add(passage);
        }
    }
}

impl Tally {
    fn add(&mut self, passage: Passage) {
        self.requests += 1;
        let is_broken = passage.end == End::Broken;
        self.errors += u64::from(passage.status >= 500 || is_broken);
        self.client_errors += u64::from((400..500).contains(&passage.status) && !is_broken);
        self.sent += passage.sent;
        // A connection that changed its protocol may last for days.
        if passage.status != SWITCHED {
            self.times.add(passage.took);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.client_errors += other.client_errors;
        self.errors += other.errors;
        self.sent += other.sent;
        self.times.merge(&other.times);
    }

    fn show(&self, seconds: f64) -> Value {
        let per_second = |count: u64| round(count as f64 / seconds);
        let quantile = |of: f64| self.times.quantile(of).map(|time| round(time.as_secs_f64() * 1e3));
        json!({
            "requests": per_second(self.requests),
            "clientErrors": per_second(self.client_errors),
            "errors": per_second(self.errors),
            "bytes": per_second(self.sent),
            "p50Ms": quantile(0.5),
            "p99Ms": quantile(0.99),
        })
    }
}

impl Windows {
    fn at(now: Instant) -> Self {
        Self { older: (now, Tallies::default()), newer: (now, Tallies::default()) }
    }

    fn add(&mut self, now: Instant, fresh: Vec<Tallies>) {
        if now.saturating_duration_since(self.newer.0) >= WINDOW {
            self.older = std::mem::replace(&mut self.newer, (now, Tallies::default()));
        }
        for (key, tally) in fresh.into_iter().flatten() {
            self.newer.1.entry(key).or_default().merge(&tally);
        }
    }

    fn show(&self, now: Instant, wanted: Option<(Level, &str)>, most: usize) -> Value {
        let seconds = now.saturating_duration_since(self.older.0).as_secs_f64();
        let mut all: HashMap<&Key, Tally, RandomState> = HashMap::default();
        let is_wanted = |key: &Key| wanted.is_none_or(|(level, name)| key.0 == level && *key.1 == *name);
        for (key, tally) in self.older.1.iter().chain(&self.newer.1).filter(|(key, _)| is_wanted(key)) {
            all.entry(key).or_default().merge(tally);
        }
        let mut total = Tally::default();
        let of_entry_points = all.iter().filter(|(key, _)| key.0 == Level::EntryPoint);
        of_entry_points.for_each(|(_, tally)| total.merge(tally));
        // Of a moment nothing can be said.
        let span = seconds.max(1.0);
        let list = |level: Level| {
            let mut of: Vec<_> = all.iter().filter(|(key, _)| key.0 == level).collect();
            of.sort_by(|(left, a), (right, b)| b.requests.cmp(&a.requests).then(left.1.cmp(&right.1)));
            let shown = of.into_iter().take(most);
            shown.map(|(key, tally)| (key.1.to_string(), tally.show(span))).collect::<Map<_, _>>()
        };
        json!({
            "seconds": round(seconds),
            "total": total.show(span),
            "entryPoints": list(Level::EntryPoint),
            "routers": list(Level::Router),
            "services": list(Level::Service),
        })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Three digits behind the point are enough for anybody.
fn round(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

/// How long it is counted after somebody asked.
const LEASE: Duration = Duration::from_secs(30);
/// How much time rates are of, at least; up to twice as much.
const WINDOW: Duration = Duration::from_secs(10);
const SWITCHED: u16 = 101;
