//! What outlives a reload: servers with their pools, ways to reach them, ticket keys.
//!
//! Compilation asks here by identity and gets the one that is in use, if there is one. References are weak: what no
//! snapshot uses is gone, and a snapshot that is never published leaves nothing behind.

use std::any::{Any, TypeId};
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};
use windrose_middleware::kind::{Keeping, Thing};
use windrose_tls::{Challenges, ClientTlsId, Tickets};
use windrose_upstream::endpoint::UrlError;
use windrose_upstream::health::Checks;
use windrose_upstream::names::Names;
use windrose_upstream::{Connector, Endpoint};

mod health;

pub use health::{Health, ServerHealth};

/// Everything that lives across reloads.
pub struct Live {
    /// Keys of session tickets.
    pub tickets: Tickets,
    /// What authorities are to be shown.
    pub challenges: Arc<Challenges>,
    /// What the names of servers mean.
    pub names: Arc<Names>,
    /// Checks of servers.
    pub checks: Checks,
    /// How the servers of services are.
    pub health: Arc<Health>,
    endpoints: Mutex<Endpoints>,
    connectors: Mutex<HashMap<ConnectorId, Weak<Connector>, RandomState>>,
    kept: Mutex<HashMap<KeptId, Weak<dyn Any + Send + Sync>, RandomState>>,
}

/// What makes two things of a middleware the same.
#[derive(PartialEq, Eq, Hash)]
struct KeptId {
    name: Arc<str>,
    of: TypeId,
    from: Box<str>,
}

/// What makes two connectors the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectorId {
    /// TLS, files by content.
    pub tls: ClientTlsId,
    /// The name to ask for and verify.
    pub server_name: Option<Box<str>>,
    /// How long connecting may take.
    pub dial_timeout: Duration,
    /// How long the head of an answer may take.
    pub answer_timeout: Option<Duration>,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
    /// How many idle connections a worker keeps for each server.
    pub max_idle: usize,
    /// How long an HTTP/2 connection may be silent.
    pub read_idle_timeout: Option<Duration>,
    /// How long a ping may take.
    pub ping_timeout: Duration,
    /// How many idle connections a worker keeps for all servers together.
    pub max_idle_of_all: Option<usize>,
    /// How long a server may take to ask for a body.
    pub continue_timeout: Duration,
}

/// Servers by URL, way of using its path, and connector.
#[derive(Default)]
struct Endpoints {
    slots: HashTable<Slot>,
    state: RandomState,
    /// How many there were after the last sweep.
    swept: usize,
}

struct Slot {
    hash: u64,
    endpoint: Weak<Endpoint>,
}

impl Live {
    /// Nothing lives yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tickets: Tickets::default(),
            challenges: Arc::default(),
            names: Names::system(),
            checks: Checks::default(),
            health: Arc::default(),
            endpoints: Mutex::default(),
            connectors: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    /// The server of this identity: the one in use, else a new one.
    ///
    /// # Errors
    /// The URL cannot be used.
    pub fn endpoint(
        &self,
        url: &str,
        preserves_path: bool,
        connector: &Arc<Connector>,
    ) -> Result<Arc<Endpoint>, UrlError> {
        let mut endpoints = lock(&self.endpoints);
        let Endpoints { slots, state, .. } = &mut *endpoints;
        let hash = state.hash_one((url, Arc::as_ptr(connector) as usize));
        let is_it = |slot: &Slot| {
            slot.hash == hash
                && slot.endpoint.upgrade().is_some_and(|one| is_same(&one, url, preserves_path, connector))
        };
        if let Some(found) = slots.find(hash, is_it).and_then(|slot| slot.endpoint.upgrade()) {
            return Ok(found);
        }
        let made = Arc::new(Endpoint::new(url, preserves_path, Arc::clone(connector))?);
        slots.insert_unique(hash, Slot { hash, endpoint: Arc::downgrade(&made) }, |slot| slot.hash);
        Ok(made)
    }

    /// The connector of this identity: the one in use, else what `make` makes.
    pub fn connector(&self, id: ConnectorId, make: impl FnOnce() -> Connector) -> Arc<Connector> {
        let mut connectors = lock(&self.connectors);
        if let Some(found) = connectors.get(&id).and_then(Weak::upgrade) {
            return found;
        }
        let made = Arc::new(make());
        connectors.insert(id, Arc::downgrade(&made));
        made
    }

    /// What a middleware of this name keeps over reloads: the one in use, else what `make` makes.
    pub fn keep(&self, name: &Arc<str>, id: Keeping<'_>, make: &mut dyn FnMut() -> Thing) -> Thing {
        let mut kept = lock(&self.kept);
        let id = KeptId { name: Arc::clone(name), of: id.of, from: id.from.into() };
        if let Some(found) = kept.get(&id).and_then(Weak::upgrade) {
            return found;
        }
        let made = make();
        kept.insert(id, Arc::downgrade(&made));
        made
    }

    /// Forgets what is gone, when that may be worth the walk.
    pub fn sweep(&self) {
        {
            let mut connectors = lock(&self.connectors);
            connectors.retain(|_, connector| connector.strong_count() > 0);
            if connectors.capacity() > SMALL.max(connectors.len().saturating_mul(4)) {
                connectors.shrink_to_fit();
            }
        }
        lock(&self.kept).retain(|_, thing| thing.strong_count() > 0);
        self.health.sweep();
        let mut endpoints = lock(&self.endpoints);
        if endpoints.slots.len() > endpoints.swept.saturating_mul(2).max(SMALL) {
            endpoints.slots.retain(|slot| slot.endpoint.strong_count() > 0);
            endpoints.slots.shrink_to_fit(|slot| slot.hash);
            endpoints.swept = endpoints.slots.len();
        }
    }

    /// How many servers are remembered, those that are gone but not yet forgotten included.
    #[must_use]
    pub fn endpoints(&self) -> usize {
        lock(&self.endpoints).slots.len()
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

fn is_same(endpoint: &Endpoint, url: &str, preserves_path: bool, connector: &Arc<Connector>) -> bool {
    // A prefix says that the path counts; without one there is no path, or it does not count.
    let keeps = endpoint.prefix.is_some();
    let has_path = match url.split_once("://") {
        Some(("unix", _)) | None => false,
        Some((_, rest)) => rest.trim_end_matches('/').contains('/'),
    };
    *endpoint.url == *url
        && Arc::ptr_eq(&endpoint.connector, connector)
        && (keeps == preserves_path || (!keeps && !has_path))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("endpoints", &self.endpoints()).finish_non_exhaustive()
    }
}

/// Below this many servers a walk is not worth avoiding.
const SMALL: usize = 64;

#[cfg(test)]
mod tests;
