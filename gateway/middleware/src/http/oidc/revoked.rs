//! Sessions that were ended before their time.
//!
//! Reading takes no lock. There is room for a number of them; when it is full, the oldest go and every session that began
//! before they were ended ends with them: forgetting never lets anybody in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

/// Sessions that were ended.
#[derive(Default)]
pub(super) struct Revoked {
    now: ArcSwap<Ended>,
    writing: Mutex<()>,
}

#[derive(Default, Clone)]
struct Ended {
    by: HashMap<Known, Entry>,
    /// All that began at this time or before are over.
    floor: u64,
}

/// What is remembered of sessions that are known by one thing, in seconds since 1970.
#[derive(Default, Clone, Copy)]
struct Entry {
    /// Those that began at this time or before are over.
    until: u64,
    /// When they were ended.
    at: u64,
    /// When none of them can be there any more.
    forgotten: u64,
}

/// By what a session is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Known {
    /// The name that we gave it.
    Own(Box<str>),
    /// The name that the provider gave it.
    Sid(Box<str>),
    /// Whose it is.
    Subject(Box<str>),
}

impl Revoked {
    /// Ends the sessions that are known so and began until then; it need not be remembered for longer than they last.
    pub(super) fn end(&self, known: Known, until: u64, now: u64, lasts: u64) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ended = Ended::clone(&self.now.load());
        ended.by.retain(|_, entry| entry.forgotten > now);
        if ended.by.len() >= MOST {
            let mut times: Vec<u64> = ended.by.values().map(|entry| entry.at).collect();
            times.sort_unstable();
            let floor = ended.floor.max(times.get(MOST / 2).copied().unwrap_or(0));
            ended.by.retain(|_, entry| entry.at > floor);
            ended.floor = floor;
        }
        let entry = ended.by.entry(known).or_default();
        *entry = Entry { until: entry.until.max(until), at: now, forgotten: now + lasts };
        self.now.store(Arc::new(ended));
    }

    /// Whether a session that is known so and began then is over.
    pub(super) fn has(&self, known: &[Known], begun: u64) -> bool {
        let ended = self.now.load();
        if ended.floor > 0 && begun <= ended.floor {
            return true;
        }
        !ended.by.is_empty()
            && known.iter().any(|known| ended.by.get(known).is_some_and(|entry| begun <= entry.until))
    }
}

#[cfg(not(test))]
const MOST: usize = 10_000;
#[cfg(test)]
const MOST: usize = 8;
