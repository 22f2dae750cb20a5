//! What the API server says of the cluster's objects, kept up to date for everyone who asks.
//!
//! One set of watches for all who look through the same client; whoever of them runs drives it, and when that one ends
//! another takes over where it stood. Owns the [`World`]. Invariants: an outage leaves what was said last; after one a
//! watch goes on where it was, and lists again only when the server asks for it, each at a time of its own.

mod follow;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch as news;
use windrose_providers_core::{BoxFuture, Updates, chain};

use crate::client::{Api, ApiError, ClientError};
use crate::objects::{Change, Kind, World};
use crate::options::Reach;

/// A kind that is watched, and which of its objects.
pub struct Wanted<W: 'static = World> {
    /// The kind.
    pub kind: &'static Kind<W>,
    /// What labels must satisfy; empty means everything.
    pub selector: Arc<str>,
}

/// Follows objects of a cluster, and keeps what `W` remembers of them.
pub struct Watches<W: 'static = World> {
    reach: Reach,
    wanted: Mutex<Vec<Wanted<W>>>,
    shared: Arc<Shared<W>>,
    driver: tokio::sync::Mutex<Option<Driver>>,
}

/// A kind that there is nothing to see of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unseen {
    /// What it is called.
    pub name: &'static str,
    /// Group and version, as a path.
    pub api: &'static str,
    /// Its objects, as the path has them.
    pub plural: &'static str,
    /// Why that is so.
    pub why: Why,
}

/// Why there is nothing to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The server has no such kind.
    Absent,
    /// It does not let us look.
    Forbidden,
}

/// All streams of one set.
type Driver = BoxFuture<'static, Infallible>;

/// What is known, and who wants to hear of it.
struct Shared<W> {
    state: Mutex<State<W>>,
    news: news::Sender<u64>,
    /// Why the server cannot be reached now.
    outage: news::Sender<Option<Arc<str>>>,
    api: OnceLock<Api>,
}

struct State<W> {
    world: W,
    /// Streams that have not said anything yet; nothing before there are any.
    unheard: Option<usize>,
    /// How many streams cannot reach the server now, and since when any could not.
    broken: usize,
    since: Option<Instant>,
    /// What there is nothing to see of, by path.
    unseen: BTreeMap<String, Unseen>,
}

impl<W> Clone for Wanted<W> {
    fn clone(&self) -> Self {
        Self { kind: self.kind, selector: Arc::clone(&self.selector) }
    }
}

impl<W: Default + Send> Watches<W> {
    /// Watches through one client; nothing happens yet.
    #[must_use]
    pub fn new(reach: Reach, wanted: Vec<Wanted<W>>) -> Self {
        let shared = Shared {
            state: Mutex::new(State {
                world: W::default(),
                unheard: None,
                broken: 0,
                since: None,
                unseen: BTreeMap::new(),
            }),
            news: news::Sender::new(0),
            outage: news::Sender::new(None),
            api: OnceLock::new(),
        };
        Self {
            reach,
            wanted: Mutex::new(wanted),
            shared: Arc::new(shared),
            driver: tokio::sync::Mutex::default(),
        }
    }

    /// How the API server is reached.
    #[must_use]
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Watches more kinds, too, from the start on.
    pub fn want(&self, more: Vec<Wanted<W>>) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        for one in more {
            if !wanted.iter().any(|known| known.kind.is(one.kind)) {
                wanted.push(one);
            }
        }
    }

    /// Keeps everything up to date as long as it is awaited; waits while somebody else does. What was read is kept when
    /// the future is dropped.
    ///
    /// # Errors
    ///
    /// There is no way to the API server.
    pub async fn drive(&self) -> Result<Infallible, ClientError> {
        let mut slot = self.driver.lock().await;
        let driver = match slot.take() {
            Some(driver) => driver,
            None => self.start().await?,
        };
        let mut driving = Driving { slot: &mut slot, driver: Some(driver) };
        match driving.driver.as_mut() {
            Some(driver) => match driver.await {},
            None => std::future::pending().await,
        }
    }

    async fn start(&self) -> Result<Driver, ClientError> {
        let api = match self.shared.api.get() {
            Some(api) => api.clone(),
            None => Api::new(&self.reach).await?,
        };
        let api = self.shared.api.get_or_init(|| api).clone();
        let streams: FuturesUnordered<_> = self
            .streams()
            .into_iter()
            .map(|(wanted, scope)| follow::follow(api.clone(), wanted, scope, Arc::clone(&self.shared)))
            .collect();
        self.shared.state().unheard = Some(streams.len());
        Ok(Box::pin(async move {
            let mut streams = streams;
            match streams.next().await {
                Some(never) => match never {},
                // Nothing is watched.
                None => std::future::pending().await,
            }
        }))
    }

    /// Each kind in each namespace.
    fn streams(&self) -> Vec<(Wanted<W>, Option<Arc<str>>)> {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let each = |wanted: &Wanted<W>| {
            let scopes = scopes(&self.reach, wanted).into_iter();
            scopes.map(|scope| (wanted.clone(), scope)).collect::<Vec<_>>()
        };
        wanted.iter().flat_map(each).collect()
    }

    /// The client, once there is one.
    #[must_use]
    pub fn api(&self) -> Option<&Api> {
        self.shared.api.get()
    }

    /// Hears of every change.
    #[must_use]
    pub fn subscribe(&self) -> news::Receiver<u64> {
        self.shared.news.subscribe()
    }

    /// Passes on whether the server can be reached, for ever.
    pub async fn tell_outages(&self, out: &Updates) {
        let mut outages = self.shared.outage.subscribe();
        while outages.changed().await.is_ok() {
            match &*outages.borrow_and_update() {
                Some(why) => out.failed(&**why),
                None => out.reached(),
            }
        }
        std::future::pending().await
    }

    /// Whether every kind was heard of.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.shared.state().unheard == Some(0)
    }

    /// Why the server cannot be reached, while it cannot.
    #[must_use]
    pub fn outages(&self) -> news::Receiver<Option<Arc<str>>> {
        self.shared.outage.subscribe()
    }

    /// The kinds that the server does not have, or does not let us look at. Whoever subscribes hears of changes.
    #[must_use]
    pub fn unseen(&self) -> Vec<Unseen> {
        self.shared.state().unseen.values().copied().collect()
    }

    /// Looks at what is known.
    pub fn look<T>(&self, look: impl FnOnce(&W) -> T) -> T {
        look(&self.shared.state().world)
    }
}

/// Puts the streams back when whoever drives them ends, unless they broke.
struct Driving<'a> {
    slot: &'a mut Option<Driver>,
    driver: Option<Driver>,
}

impl Drop for Driving<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            *self.slot = self.driver.take();
        }
    }
}

impl<W> Shared<W> {
    fn state(&self) -> MutexGuard<'_, State<W>> {
        // A panic in a look changes nothing, and a change is put in whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a change.
    fn take(&self, kind: &Kind<W>, change: Change) {
        let is_changed = (kind.take)(&mut self.state().world, change);
        if is_changed {
            self.tell();
        }
    }

    /// Takes note of whether there is anything to see at a path.
    fn sees(&self, path: &str, unseen: Option<Unseen>) {
        let mut state = self.state();
        let before = match unseen {
            Some(unseen) => state.unseen.insert(path.to_owned(), unseen),
            None => state.unseen.remove(path),
        };
        drop(state);
        if before != unseen {
            self.tell();
        }
    }

    fn tell(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A stream was heard for the first time.
    fn heard(&self) {
        let mut state = self.state();
        state.unheard = state.unheard.map(|unheard| unheard.saturating_sub(1));
        let is_complete = state.unheard == Some(0);
        drop(state);
        if is_complete {
            self.tell();
        }
    }

    /// A stream cannot reach the server; whether it is the first one.
    fn broke(&self, why: &ApiError) -> bool {
        let mut state = self.state();
        state.broken += 1;
        state.since.get_or_insert_with(Instant::now);
        let is_first = state.broken == 1;
        if is_first {
            self.outage.send_replace(Some(chain(why).into()));
        }
        is_first
    }

    /// A stream reaches the server again; after which time, when no other one is broken.
    fn mended(&self) -> Option<std::time::Duration> {
        let mut state = self.state();
        state.broken = state.broken.saturating_sub(1);
        if state.broken > 0 {
            return None;
        }
        self.outage.send_replace(None);
        state.since.take().map(|since| since.elapsed())
    }
}

/// The namespaces that a kind is looked for in; `None` means all of them at once.
fn scopes<W>(reach: &Reach, wanted: &Wanted<W>) -> Vec<Option<Arc<str>>> {
    if reach.namespaces.is_empty() || !wanted.kind.namespaced {
        return vec![None];
    }
    reach.namespaces.iter().cloned().map(Some).collect()
}
