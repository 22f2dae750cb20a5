//! Whose turn it is among choices that may fail and recover.
//!
//! While everything is up, and always where nothing is watched, a choice is made from one cycle that was worked out when
//! the service was compiled. When something goes down, a shorter cycle takes its place at once and for all workers.
//! *Invariant*: as long as a cycle is in force every choice is made exactly as often as its weight says, whoever asks.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;

use super::servers::State;
use crate::balance::Cycle;
use crate::health::{Vital, Watch};

/// Choices, each with its share, of which some may be down.
#[derive(Debug)]
pub struct Choice {
    whole: Turns,
    /// What is known of them; nothing where nothing can go down.
    watched: Option<Arc<Watched>>,
}

/// A cycle and the place it has reached.
#[derive(Debug)]
pub(super) struct Turns {
    cycle: Cycle,
    // Shared by all workers: a cycle is exact only when everybody counts on it. One relaxed addition, and none
    // where there is a single choice.
    next: AtomicUsize,
}

/// What each turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shares {
    /// As many as the weight says.
    Weights,
    /// Something else decides among those of any weight.
    Equal,
    /// Something else decides, and weights do not count.
    Ignored,
}

/// Whether choices can go down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watching {
    /// They can, also while there are none.
    Always,
    /// They cannot.
    Never,
}

/// One choice.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Its share; 0 or less takes it out.
    pub(super) weight: i64,
    /// Whether only clients that were there before are sent there.
    pub(super) fenced: bool,
    /// What must be up for it to be up.
    pub(super) vitals: Vec<Arc<Vital>>,
    /// Who is told when it comes back.
    pub(super) state: Option<Arc<State>>,
}

/// Choices of which some may be down.
struct Watched {
    candidates: Box<[Candidate]>,
    shares: Shares,
    up: Box<[AtomicBool]>,
    /// Whether the whole cycle is not in force.
    is_partial: AtomicBool,
    partial: ArcSwap<Turns>,
    /// Whether any of them is up.
    vital: Arc<Vital>,
    /// Held while what is in force changes, so that the last word counts.
    changing: Mutex<()>,
}

impl Choice {
    /// The choices.
    pub(super) fn new(shares: Shares, watching: Watching, candidates: Vec<Candidate>) -> Self {
        let whole = Turns::new(cycle(shares, &candidates, |_| true));
        if watching == Watching::Never {
            return Self { whole, watched: None };
        }
        let watched = Arc::new(Watched {
            up: candidates.iter().map(|_| AtomicBool::new(true)).collect(),
            shares,
            is_partial: AtomicBool::new(false),
            partial: ArcSwap::from_pointee(Turns::new(Cycle::once_each([]))),
            vital: Vital::new(),
            changing: Mutex::default(),
            candidates: candidates.into(),
        });
        for vital in watched.candidates.iter().flat_map(|candidate| &candidate.vitals) {
            let watcher: Weak<Watched> = Arc::downgrade(&watched);
            vital.watch(watcher);
        }
        // What was told before anybody listened.
        watched.notice();
        Self { whole, watched: Some(watched) }
    }

    /// The whole cycle, for comparison.
    #[must_use]
    pub const fn cycle(&self) -> &Cycle {
        &self.whole.cycle
    }

    /// Whether any choice is up; nothing where nothing can go down.
    #[must_use]
    pub(super) fn vital(&self) -> Option<&Arc<Vital>> {
        self.watched.as_ref().map(|watched| &watched.vital)
    }

    /// Goes on where `other` was, when it is the same cycle.
    pub(super) fn resume(&self, other: &Self) {
        if self.whole.cycle == other.whole.cycle {
            self.whole.next.store(other.whole.next.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Whose turn it is; then it is the next one's.
    #[inline]
    #[must_use]
    pub fn next(&self) -> Option<usize> {
        match &self.watched {
            Some(watched) if watched.is_partial.load(Ordering::Relaxed) => watched.partial.load().next(),
            _ => self.whole.next(),
        }
    }

    /// Lets something else decide among those that can be chosen now.
    pub(super) fn among<T>(&self, choose: impl FnOnce(&Cycle) -> T) -> T {
        match &self.watched {
            Some(watched) if watched.is_partial.load(Ordering::Relaxed) => {
                choose(&watched.partial.load().cycle)
            }
            _ => choose(&self.whole.cycle),
        }
    }

    /// Whether this one is up, fenced or not.
    pub(super) fn is_up(&self, index: usize) -> bool {
        self.watched.as_ref().is_none_or(|watched| watched.is_up(index))
    }
}

impl Watched {
    fn is_up(&self, index: usize) -> bool {
        self.up.get(index).is_some_and(|up| up.load(Ordering::Relaxed))
    }
}

impl Watch for Watched {
    fn notice(&self) {
        let changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut is_new, mut is_whole, mut any) = (false, true, false);
        for (candidate, up) in self.candidates.iter().zip(&self.up) {
            let is_up = candidate.vitals.iter().all(|vital| vital.is_up());
            let is_changed = up.swap(is_up, Ordering::Relaxed) != is_up;
            if let Some(state) = candidate.state.as_ref().filter(|_| is_changed && is_up) {
                state.come();
            }
            is_new |= is_changed;
            is_whole &= is_up;
            any |= is_up && (candidate.weight > 0 || self.shares == Shares::Ignored);
        }
        if is_new && !is_whole {
            let cycle = cycle(self.shares, &self.candidates, |index| self.is_up(index));
            // Not always the same one first, when health changes often.
            let next = AtomicUsize::new(self.partial.load().next.load(Ordering::Relaxed));
            self.partial.store(Arc::new(Turns { cycle, next }));
        }
        self.is_partial.store(!is_whole, Ordering::Release);
        // Parents are told before anybody else can change anything here.
        self.vital.tell(any);
        drop(changing);
    }
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").field("up", &self.up).field("vital", &self.vital).finish_non_exhaustive()
    }
}

impl Turns {
    const fn new(cycle: Cycle) -> Self {
        Self { cycle, next: AtomicUsize::new(0) }
    }

    fn next(&self) -> Option<usize> {
        match self.cycle.len() {
            0 => None,
            1 => self.cycle.at(0),
            _ => self.cycle.at(self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

/// The cycle of those that are up and open to everybody.
fn cycle(shares: Shares, candidates: &[Candidate], is_up: impl Fn(usize) -> bool) -> Cycle {
    let weight = |(index, candidate): (usize, &Candidate)| match candidate.fenced || !is_up(index) {
        true => 0,
        false if shares == Shares::Ignored => 1,
        false => candidate.weight,
    };
    let weights: Vec<i64> = candidates.iter().enumerate().map(weight).collect();
    if shares == Shares::Weights {
        return Cycle::new(&weights);
    }
    let has_share = (0_u32..).zip(&weights).filter(|(_, weight)| **weight > 0);
    Cycle::once_each(has_share.map(|(index, _)| index))
}

#[cfg(test)]
mod tests;
