//! Connections of one worker to servers, kept for the next request.
//!
//! A connection gets here only after an exchange that provably ended: request sent, answer read, nothing left
//! over. Each worker has its own pools, so nothing here is shared or locked. A pool does not keep its server
//! alive: when no snapshot and no request knows the server any more, the next sweep closes what is idle.

mod attempt;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use hashbrown::HashMap;

use crate::balance::Random;
use crate::endpoint::Endpoint;
use crate::forward::h1::Client;
use crate::forward::h2::Sender;
use crate::redis::{Connection, Redis};
use crate::service::LocalTask;
pub(crate) use attempt::{Attempt, Outcome, Seat};

/// What one worker keeps about servers.
pub struct Local {
    pools: RefCell<Pools>,
    /// Idle connections to Redis, by that and by server.
    stores: RefCell<HashMap<(u64, u64), Store, foldhash::fast::RandomState>>,
    /// How many HTTP/2 connections were opened.
    opened: Cell<u64>,
    spawn: Box<dyn Fn(&'static str, LocalTask)>,
    random: Random,
    /// How many bytes of bodies are kept for mirrors.
    copied: Cell<usize>,
    tidied: Cell<Instant>,
}

/// The connections by server.
type Pools = HashMap<u64, Pool, foldhash::fast::RandomState>;

/// The idle connections to one server of a Redis.
struct Store {
    of: Weak<Redis>,
    idle: Vec<Connection>,
}

/// The connections to one server.
struct Pool {
    of: Weak<Endpoint>,
    #[allow(clippy::vec_box, reason = "a connection moves between pool and request, which costs a pointer")]
    h1: Vec<Box<Client>>,
    h2: Vec<Rc<Sender>>,
    /// Connections on their way that may become HTTP/2.
    attempts: Vec<Rc<Attempt>>,
}

impl Local {
    /// Empty pools; `spawn` runs the tasks that drive HTTP/2 connections.
    #[must_use]
    pub fn new(spawn: Box<dyn Fn(&'static str, LocalTask)>) -> Rc<Self> {
        Rc::new(Self {
            pools: RefCell::default(),
            stores: RefCell::default(),
            opened: Cell::new(0),
            spawn,
            random: Random::new(),
            copied: Cell::new(0),
            tidied: Cell::new(Instant::now()),
        })
    }

    pub(crate) fn take_h1(&self, to: &Endpoint) -> Option<Box<Client>> {
        let mut pools = self.pools.borrow_mut();
        let idle = &mut pools.get_mut(&to.id())?.h1;
        while let Some(mut client) = idle.pop() {
            if client.is_fit() {
                return Some(client);
            }
        }
        None
    }

    pub(crate) fn give_h1(&self, to: &Arc<Endpoint>, mut client: Box<Client>) {
        if to.connector.max_idle == 0 || !client.rest() {
            return;
        }
        self.with(to, |pool| {
            if pool.h1.len() < to.connector.max_idle {
                pool.h1.push(client);
            }
        });
    }

    /// Keeps a connection that nobody has used, since whoever wanted it is gone.
    pub(crate) fn keep_h1(&self, to: &Arc<Endpoint>, mut client: Box<Client>) {
        client.expires = Instant::now() + to.connector.idle_timeout;
        self.give_h1(to, client);
    }

    /// A connection that has room for a request; `since` says that only those will do that were opened later.
    pub(crate) fn take_h2(&self, to: &Endpoint, since: Option<u64>) -> Option<Rc<Sender>> {
        let mut pools = self.pools.borrow_mut();
        let senders = &mut pools.get_mut(&to.id())?.h2;
        senders.retain(|sender| sender.is_alive());
        let is_late = |sender: &Sender| since.is_none_or(|since| sender.number > since);
        senders.iter().find(|sender| sender.has_room() && is_late(sender)).cloned()
    }

    /// The connection opened last, when its server takes no requests on it now; `since` as above.
    pub(crate) fn shut_h2(&self, to: &Endpoint, since: Option<u64>) -> Option<Rc<Sender>> {
        let pools = self.pools.borrow();
        let last = pools.get(&to.id())?.h2.iter().rfind(|sender| sender.is_alive())?;
        (last.is_shut() && since.is_none_or(|since| last.number > since)).then(|| Rc::clone(last))
    }

    pub(crate) fn keep_h2(&self, to: &Arc<Endpoint>, sender: &Rc<Sender>) {
        self.with(to, |pool| pool.h2.push(Rc::clone(sender)));
    }

    /// The number of the HTTP/2 connection that was opened last.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.get()
    }

    /// The number of a new HTTP/2 connection.
    pub(crate) fn open(&self) -> u64 {
        self.opened.set(self.opened.get() + 1);
        self.opened.get()
    }

    /// Waits with others for a connection on its way, or else for a new one, which `start` begins.
    pub(crate) fn join(&self, to: &Arc<Endpoint>, start: impl FnOnce(&Rc<Attempt>)) -> Seat {
        if let Some(seat) = self.with(to, |pool| pool.attempts.iter().find_map(Attempt::seat)) {
            return seat;
        }
        let (attempt, seat) = self.with(to, |pool| {
            // As many as the server lets a connection carry, once that is known.
            let most = pool.h2.iter().find_map(|sender| sender.most()).unwrap_or(usize::MAX);
            let (attempt, seat) = Attempt::new(most);
            pool.attempts.push(Rc::clone(&attempt));
            (attempt, seat)
        });
        start(&attempt);
        seat
    }

    /// Nobody waits for `attempt` any more.
    pub(crate) fn leave(&self, to: &Endpoint, attempt: &Rc<Attempt>) {
        if let Some(pool) = self.pools.borrow_mut().get_mut(&to.id()) {
            pool.attempts.retain(|other| !Rc::ptr_eq(other, attempt));
        }
    }

    /// An idle connection to a server of a Redis.
    pub(crate) fn take_redis(&self, of: &Redis, to: &Endpoint) -> Option<Connection> {
        let mut stores = self.stores.borrow_mut();
        let idle = &mut stores.get_mut(&(of.id(), to.id()))?.idle;
        while let Some(mut connection) = idle.pop() {
            if connection.is_fit() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection to a server of a Redis, unless there are `most` already.
    pub(crate) fn give_redis(&self, of: &Arc<Redis>, to: &Endpoint, connection: Connection, most: usize) {
        let mut stores = self.stores.borrow_mut();
        let make = || Store { of: Arc::downgrade(of), idle: Vec::new() };
        let store = stores.entry((of.id(), to.id())).or_insert_with(make);
        if store.idle.len() < most {
            store.idle.push(connection);
        }
    }

    fn with<T>(&self, to: &Arc<Endpoint>, then: impl FnOnce(&mut Pool) -> T) -> T {
        let mut pools = self.pools.borrow_mut();
        then(pools.entry(to.id()).or_insert_with(|| Pool::new(to)))
    }

    /// Chance, for whoever chooses by it.
    pub(crate) const fn random(&self) -> &Random {
        &self.random
    }

    /// How many bytes of bodies are kept for mirrors.
    pub(crate) const fn copied(&self) -> &Cell<usize> {
        &self.copied
    }

    pub(crate) fn spawn(&self, name: &'static str, task: LocalTask) {
        (self.spawn)(name, task);
    }

    /// Closes what has been idle too long or leads to a server that nobody names any more, and forgets servers
    /// without connections.
    pub fn sweep(&self, now: Instant) {
        self.stores.borrow_mut().retain(|_, store| {
            store.idle.retain(|connection| now.saturating_duration_since(connection.used) < REDIS_IDLE);
            store.of.strong_count() > 0 && !store.idle.is_empty()
        });
        let mut pools = self.pools.borrow_mut();
        let mut is_bounded = false;
        pools.retain(|_, pool| {
            let of = pool.of.upgrade();
            is_bounded |= of.as_ref().is_some_and(|of| of.connector.max_idle_of_all.is_some());
            of.is_some() && pool.sweep(now)
        });
        if is_bounded {
            bound(&mut pools);
        }
        // Room for the busiest time of all is worth keeping for a while, not for ever.
        if pools.capacity() > SMALL.max(pools.len().saturating_mul(4)) {
            pools.shrink_to_fit();
        }
    }

    /// The same, where nothing else does it, a few times a minute at the most.
    pub(crate) fn tidy(&self, now: Instant) {
        if now.saturating_duration_since(self.tidied.get()) >= TIDY {
            self.tidied.set(now);
            self.sweep(now);
        }
    }

    /// Closes all idle connections.
    pub fn clear(&self) {
        self.pools.borrow_mut().clear();
        self.stores.borrow_mut().clear();
    }

    /// Whether no connection is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pools.borrow().is_empty()
    }
}

impl Pool {
    fn new(of: &Arc<Endpoint>) -> Self {
        Self { of: Arc::downgrade(of), h1: Vec::new(), h2: Vec::new(), attempts: Vec::new() }
    }

    /// Closes what has been idle too long; says whether anything is left.
    fn sweep(&mut self, now: Instant) -> bool {
        self.h1.retain(|client| client.expires > now);
        self.h2.retain(|sender| sender.is_alive() && !sender.is_idle_since(now));
        self.trim(now);
        !(self.h1.is_empty() && self.h2.is_empty() && self.attempts.is_empty())
    }

    /// Closes idle connections of HTTP/2 beyond those that are kept, and beyond one those without room. The last one
    /// stays.
    fn trim(&mut self, now: Instant) {
        let most = self.of.upgrade().map_or(1, |to| to.connector.max_idle.max(1));
        let (mut idle, mut full) = (0, 0);
        let mut keep = |sender: &Rc<Sender>| {
            if !sender.is_idle_for(SETTLED, now) {
                return true;
            }
            idle += 1;
            full += usize::from(!sender.has_room());
            idle <= most && (sender.has_room() || full <= 1)
        };
        self.h2.reverse();
        self.h2.retain(&mut keep);
        self.h2.reverse();
    }
}

/// Closes idle connections of HTTP/1 beyond those that are kept for all servers of a connector, first those that were
/// used longest ago.
fn bound(pools: &mut Pools) {
    let mut of_connectors: std::collections::BTreeMap<usize, (usize, Vec<(Instant, u64)>)> =
        Default::default();
    for (id, pool) in &*pools {
        let Some(of) = pool.of.upgrade() else { continue };
        let Some(most) = of.connector.max_idle_of_all else { continue };
        let connector = Arc::as_ptr(&of.connector).addr();
        let (_, idle) = of_connectors.entry(connector).or_insert_with(|| (most, Vec::new()));
        idle.extend(pool.h1.iter().map(|client| (client.expires, *id)));
    }
    for (most, mut idle) in of_connectors.into_values() {
        idle.sort_unstable();
        for (_, id) in idle.iter().take(idle.len().saturating_sub(most)) {
            if let Some(pool) = pools.get_mut(id) {
                // The one used last is at the end.
                pool.h1.remove(0);
            }
        }
    }
}

/// A connection that is idle for less may be one that a request is about to use.
const SETTLED: Duration = Duration::from_secs(1);
/// The time between two sweeps of connections that only checks use.
const TIDY: Duration = Duration::from_secs(10);
/// How long a connection to Redis is kept without use.
const REDIS_IDLE: Duration = Duration::from_secs(300);
/// Below this much room there is nothing worth giving back.
const SMALL: usize = 64;

#[cfg(test)]
mod tests;
