//! What servers' names mean, remembered for a short while and shared by all workers.
//!
//! A name is asked for once however many requests wait for it, and no thread is held meanwhile. What was learned is
//! believed as long as its time to live says, but never longer than [`LONGEST`]: many resolvers inside container hosts
//! give out minutes for addresses that are gone in a second. Addresses that do not answer are asked for again at once
//! ([`Names::doubt`]). When nobody can be asked, what was known last is better than nothing.

mod system;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;

pub use system::System;

/// What names mean.
pub struct Names {
    source: Box<dyn Source>,
    known: Mutex<HashMap<Box<str>, Arc<Entry>, RandomState>>,
}

/// Somebody who knows what names mean.
pub trait Source: Send + Sync {
    /// Asks for the addresses of a name.
    fn ask<'a>(&'a self, name: &'a str) -> Answering<'a>;
}

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer, Unanswered>> + Send + 'a>>;

/// The addresses of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// In the order in which they were given.
    pub addresses: Arc<[IpAddr]>,
    /// How long they may be believed.
    pub lives: Duration,
}

/// There is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// The name has no address.
    #[error("no such host")]
    NoSuchHost,
    /// Nobody who knows could be asked.
    #[error("the name could not be looked up: {0}")]
    Nobody(String),
}

#[derive(Default)]
struct Entry {
    /// Held by whoever asks; the others wait for the answer.
    asking: tokio::sync::Mutex<()>,
    last: Mutex<Last>,
}

#[derive(Clone, Default)]
struct Last {
    addresses: Arc<[IpAddr]>,
    learned: Option<Instant>,
    until: Option<Instant>,
}

impl Names {
    /// Names as `source` knows them.
    pub fn new(source: impl Source + 'static) -> Arc<Self> {
        Arc::new(Self { source: Box::new(source), known: Mutex::default() })
    }

    /// Names as the system's configuration has them looked up.
    #[must_use]
    pub fn system() -> Arc<Self> {
        Self::new(System::default())
    }

    /// The addresses of a name, at least one.
    ///
    /// # Errors
    /// It has none, or nobody knows.
    pub async fn addresses(&self, name: &str) -> io::Result<Arc<[IpAddr]>> {
        let entry = self.entry(name);
        if let Some(fresh) = lock(&entry.last).fresh(Instant::now()) {
            return Ok(fresh);
        }
        let _asking = entry.asking.lock().await;
        // Somebody may have asked meanwhile.
        if let Some(fresh) = lock(&entry.last).fresh(Instant::now()) {
            return Ok(fresh);
        }
        let answer = self.source.ask(name).await;
        let now = Instant::now();
        let mut last = lock(&entry.last);
        match answer {
            Ok(answer) if !answer.addresses.is_empty() => {
                last.learned = Some(now);
                last.until = Some(now + answer.lives.min(LONGEST));
                last.addresses = Arc::clone(&answer.addresses);
                Ok(answer.addresses)
            }
            Err(Unanswered::Nobody(why)) if last.learned.is_some_and(|learned| now < learned + STALE) => {
                tracing::debug!(name, why, "a name could not be looked up, what was known last is used");
                last.until = Some(now + PAUSE);
                Ok(Arc::clone(&last.addresses))
            }
            Ok(_) => {
                *last = Last::default();
                Err(io::Error::new(io::ErrorKind::NotFound, Unanswered::NoSuchHost))
            }
            Err(why) => {
                *last = Last::default();
                Err(io::Error::new(io::ErrorKind::NotFound, why))
            }
        }
    }

    /// What was learned of a name has turned out to be of no use: it is asked for again by whoever comes next.
    pub fn doubt(&self, name: &str) {
        if let Some(entry) = lock(&self.known).get(name) {
            lock(&entry.last).until = None;
        }
    }

    fn entry(&self, name: &str) -> Arc<Entry> {
        let mut known = lock(&self.known);
        if let Some(entry) = known.get(name) {
            return Arc::clone(entry);
        }
        // Names are those of servers, so there are as many as are written; those that are gone go here.
        if !known.is_empty() && known.len().is_multiple_of(MANY) {
            let now = Instant::now();
            known.retain(|_, entry| Arc::strong_count(entry) > 1 || lock(&entry.last).fresh(now).is_some());
        }
        Arc::clone(known.entry(name.into()).or_default())
    }
}

impl Last {
    fn fresh(&self, now: Instant) -> Option<Arc<[IpAddr]>> {
        self.until.filter(|until| now < *until).map(|_| Arc::clone(&self.addresses))
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("known", &lock(&self.known).len()).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Longer than a burst of connections, and shorter than anybody waits for a container that was started again.
const LONGEST: Duration = Duration::from_secs(5);
/// How long what was known last is used while nobody can be asked.
const STALE: Duration = Duration::from_secs(3600);
/// How long it is used before somebody is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// After so many more, names that nobody uses are looked for.
const MANY: usize = 1024;

#[cfg(test)]
mod tests;
