//! What changed in a cluster, for those who made something of what was there before.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Something that can be looked at, cut down to a number. Two that come to the same number are taken for one, which
/// costs whoever looked at the other one a look too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub(crate) u64);

/// The last changes, the oldest first.
#[derive(Debug, Default)]
pub struct Changes {
    log: VecDeque<Mark>,
    /// How many there were before the first in the log.
    gone: u64,
}

impl Mark {
    /// All of an object; an `EndpointSlice` is named by its Service.
    #[must_use]
    pub fn content(kind: &str, namespace: &str, name: &str) -> Self {
        Self::of(&(kind, namespace, name))
    }

    /// Whether an object is there. `team/a-app` and `team-a/app` are one: they may come to the same name, so the one
    /// decides how the other one is called.
    #[must_use]
    pub fn presence(kind: &str, namespace: &str, name: &str) -> Self {
        let letters = namespace.chars().chain(name.chars()).filter(|letter| letter.is_alphanumeric());
        Self::of(&(kind, letters.collect::<String>()))
    }

    /// All objects of a kind.
    #[must_use]
    pub fn kind(kind: &str) -> Self {
        Self::of(&kind)
    }

    fn of(what: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        Self(hasher.finish())
    }
}

impl Changes {
    /// Takes note of an object that is different, and whether it came or went.
    pub(super) fn note(&mut self, kind: &str, namespace: &Arc<str>, name: &Arc<str>, is_presence: bool) {
        if is_presence {
            self.log.push_back(Mark::presence(kind, namespace, name));
        }
        self.log.push_back(Mark::content(kind, namespace, name));
        self.log.push_back(Mark::kind(kind));
        while self.log.len() > KEPT {
            self.log.pop_front();
            self.gone += 1;
        }
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.gone + u64::try_from(self.log.len()).unwrap_or(u64::MAX)
    }

    /// What changed after the first so many changes; nothing where that is not known any more.
    #[must_use]
    pub fn since(&self, count: u64) -> Option<impl Iterator<Item = Mark>> {
        let skipped = usize::try_from(count.checked_sub(self.gone)?).ok()?;
        Some(self.log.iter().skip(skipped).copied())
    }
}

/// How many are remembered.
const KEPT: usize = 3000;
