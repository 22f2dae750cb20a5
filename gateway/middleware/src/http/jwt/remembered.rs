//! Tokens that were right, remembered for a short time.
//!
//! A fixed number of places, each with the last token whose digest leads there; two tokens can make each other forgotten and
//! nothing else. What is remembered is used only for the very same token, by the same keys, while it is valid, and for a few
//! minutes. Reading a place takes no lock. Only tokens that were right get in.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use aws_lc_rs::digest::{SHA256, digest};

use crate::jose::Times;

/// Tokens that were right.
pub(super) struct Remembered(Box<[ArcSwapOption<Entry>]>);

/// The digest of a token.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Digest(Box<[u8]>);

struct Entry {
    digest: Digest,
    keys: u64,
    times: Times,
    /// When it was verified, in seconds since 1970.
    since: f64,
    passed: Arc<Passed>,
}

/// What becomes of the request of somebody with this token.
pub(super) struct Passed {
    pub(super) user: Option<Box<str>>,
    pub(super) values: Box<[Option<Box<str>>]>,
}

impl Digest {
    pub(super) fn of(token: &[u8]) -> Self {
        Self(digest(&SHA256, token).as_ref().into())
    }

    fn place(&self) -> usize {
        self.0.first_chunk().map_or(0, |first| usize::from(u16::from_le_bytes(*first))) % PLACES
    }
}

impl Remembered {
    pub(super) fn new() -> Self {
        Self((0..PLACES).map(|_| ArcSwapOption::empty()).collect())
    }

    /// What came of this token by those keys, if it may still be used.
    pub(super) fn find(&self, digest: &Digest, keys: u64, now: f64) -> Option<Arc<Passed>> {
        let entry = self.0.get(digest.place())?.load();
        let entry = entry.as_ref()?;
        let is_recent = (0.0..SECONDS).contains(&(now - entry.since));
        let is_it = entry.keys == keys && entry.digest == *digest;
        (is_it && is_recent && entry.times.check(now).is_ok()).then(|| Arc::clone(&entry.passed))
    }

    pub(super) fn keep(&self, digest: Digest, keys: u64, times: Times, now: f64, passed: &Arc<Passed>) {
        if passed.size() > LARGEST {
            return;
        }
        if let Some(place) = self.0.get(digest.place()) {
            let entry = Entry { digest, keys, times, since: now, passed: Arc::clone(passed) };
            place.store(Some(Arc::new(entry)));
        }
    }
}

impl Passed {
    fn size(&self) -> usize {
        let values = self.values.iter().flatten().chain(&self.user);
        values.map(|value| value.len()).sum()
    }
}

/// How many tokens are remembered.
const PLACES: usize = 1024;
/// What takes more room is not remembered: bytes.
const LARGEST: usize = 4096;
/// How long, at most.
const SECONDS: f64 = 300.0;
