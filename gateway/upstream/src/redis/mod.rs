//! Redis, asked on behalf of middlewares: what several gateways count together.
//!
//! A worker keeps connections of its own, so nobody waits for another worker. Several endpoints are a cluster: which of
//! its servers has a key is learned from what they answer. Whether it can be asked at all is told once for each change.

mod connection;
mod slot;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use windrose_wire::resp::Value;

use crate::endpoint::Endpoint;
use crate::pool::Local;
pub(crate) use connection::Connection;

/// A Redis, or a cluster of them.
pub struct Redis {
    id: u64,
    servers: Box<[Arc<Endpoint>]>,
    settings: Settings,
    /// How many connections there are.
    open: Arc<AtomicUsize>,
    /// Which server has which keys, as far as that was learned.
    homes: ArcSwap<HashMap<u16, Arc<Endpoint>>>,
    is_down: AtomicBool,
}

/// How it is used. Is never shown: it holds the password.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Settings {
    /// Who asks; empty is the default user.
    pub username: String,
    /// The password; empty is none.
    pub password: String,
    /// The number of the database.
    pub database: u32,
    /// How many connections are kept; 0 is ten for each worker.
    pub kept: usize,
    /// How many are made before they are needed, once it is in use.
    pub warm: usize,
    /// How many there may be; 0 is any number.
    pub most: usize,
    /// How long an answer may take.
    pub read_timeout: Option<Duration>,
    /// How long sending a command may take.
    pub write_timeout: Option<Duration>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It cannot be reached.
    #[error("{0}")]
    Connect(String),
    /// It takes neither the user nor the database.
    #[error("it refuses: {0}")]
    Refused(String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// It took too long.
    #[error("it takes too long")]
    Late,
    /// There are as many connections as there may be.
    #[error("all connections are in use, allow more")]
    Exhausted,
    /// Its servers send each other's clients around.
    #[error("no server of the cluster has the key")]
    Nowhere,
}

impl Redis {
    /// The servers, at least one.
    #[must_use]
    pub fn new(servers: Vec<Arc<Endpoint>>, settings: Settings) -> Self {
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            servers: servers.into(),
            settings,
            open: Arc::default(),
            homes: ArcSwap::default(),
            is_down: AtomicBool::new(false),
        }
    }

    /// Sends a command that concerns a key, and gives the answer.
    ///
    /// # Errors
    /// There is none. A command whose connection broke may have been carried out.
    pub async fn ask(
        self: &Arc<Self>,
        key: &[u8],
        command: &[&[u8]],
        local: &Rc<Local>,
    ) -> Result<Value, Trouble> {
        let answer = self.ask_home(key, command, local).await;
        match &answer {
            Err(trouble) if !self.is_down.swap(true, Ordering::Relaxed) => {
                let server = self.servers.first().map_or("", |server| &*server.authority);
                tracing::error!(server, error = %trouble, "Redis cannot be used, requests that need it fail");
            }
            Ok(_) if self.is_down.load(Ordering::Relaxed) && self.is_down.swap(false, Ordering::Relaxed) => {
                let server = self.servers.first().map_or("", |server| &*server.authority);
                tracing::info!(server, "Redis can be used again");
            }
            _ => {}
        }
        self.warm_up(local);
        answer
    }

    async fn ask_home(
        self: &Arc<Self>,
        key: &[u8],
        command: &[&[u8]],
        local: &Rc<Local>,
    ) -> Result<Value, Trouble> {
        let slot = slot::of(key);
        let home = self.homes.load().get(&slot).cloned();
        let mut trouble = Trouble::Nowhere;
        for start in home.into_iter().chain(self.servers.iter().cloned()) {
            match self.follow(slot, start, command, local).await {
                Err(Trouble::Connect(why)) => trouble = Trouble::Connect(why),
                answer => return answer,
            }
        }
        Err(trouble)
    }

    /// Asks a server, and whom it names.
    async fn follow(
        self: &Arc<Self>,
        slot: u16,
        mut to: Arc<Endpoint>,
        command: &[&[u8]],
        local: &Rc<Local>,
    ) -> Result<Value, Trouble> {
        let mut before: Option<&[&[u8]]> = None;
        for _ in 0..MOST_MOVES {
            let value = self.ask_one(&to, before, command, local).await?;
            let Value::Error(why) = &value else { return Ok(value) };
            let mut words = why.split(' ');
            let moved = match (words.next(), words.next(), words.next()) {
                (Some("MOVED"), _, Some(address)) => (address, None),
                (Some("ASK"), _, Some(address)) => (address, Some(ASKING)),
                _ => return Ok(value),
            };
            to = self.elsewhere(&to, moved.0)?;
            before = moved.1;
            if before.is_none() {
                self.learn(slot, &to);
            }
        }
        Err(Trouble::Nowhere)
    }

    async fn ask_one(
        self: &Arc<Self>,
        to: &Arc<Endpoint>,
        before: Option<&[&[u8]]>,
        command: &[&[u8]],
        local: &Rc<Local>,
    ) -> Result<Value, Trouble> {
        while let Some(mut connection) = local.take_redis(self, to) {
            if let Some(before) = before
                && connection.ask(before, &self.settings).await.is_err()
            {
                continue;
            }
            match connection.ask(command, &self.settings).await {
                // It may have ended while nobody looked.
                Err(Trouble::Broken(_)) => {}
                answer => return self.keep(answer, connection, to, local),
            }
        }
        let mut connection = Connection::open(to, &self.settings, &self.open).await?;
        if let Some(before) = before {
            connection.ask(before, &self.settings).await?;
        }
        let answer = connection.ask(command, &self.settings).await;
        self.keep(answer, connection, to, local)
    }

    /// Keeps the connection that gave an answer, if it is not one too many.
    fn keep(
        self: &Arc<Self>,
        answer: Result<Value, Trouble>,
        connection: Connection,
        to: &Arc<Endpoint>,
        local: &Rc<Local>,
    ) -> Result<Value, Trouble> {
        if answer.is_ok()
            && (self.settings.kept == 0 || self.open.load(Ordering::Relaxed) <= self.settings.kept)
        {
            local.give_redis(self, to, connection, if self.settings.kept == 0 { FEW } else { usize::MAX });
        }
        answer
    }

    /// Makes a connection before it is needed.
    fn warm_up(self: &Arc<Self>, local: &Rc<Local>) {
        let Some(to) = self.servers.first() else { return };
        if self.open.load(Ordering::Relaxed) >= self.settings.warm || self.is_down.load(Ordering::Relaxed) {
            return;
        }
        let (redis, to, kept) = (Arc::clone(self), Arc::clone(to), Rc::clone(local));
        let task = async move {
            if let Ok(connection) = Connection::open(&to, &redis.settings, &redis.open).await {
                kept.give_redis(&redis, &to, connection, usize::MAX);
            }
        };
        local.spawn("redis connect", Box::pin(task));
    }

    /// The server of this address, reached as `like` is.
    fn elsewhere(&self, like: &Endpoint, address: &str) -> Result<Arc<Endpoint>, Trouble> {
        let scheme = if like.url.starts_with("https") { "https" } else { "http" };
        let url = format!("{scheme}://{address}");
        let homes = self.homes.load();
        let mut known = self.servers.iter().chain(homes.values());
        if let Some(known) = known.find(|known| *known.url == *url) {
            return Ok(Arc::clone(known));
        }
        let made = Endpoint::new(&url, false, Arc::clone(&like.connector));
        made.map(Arc::new).map_err(|error| Trouble::Connect(format!("{address}: {error}")))
    }

    fn learn(&self, slot: u16, to: &Arc<Endpoint>) {
        self.homes.rcu(|homes| {
            let mut homes = HashMap::clone(homes);
            homes.insert(slot, Arc::clone(to));
            homes
        });
    }

    /// The number that pools know it by.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("servers", &self.servers).finish_non_exhaustive()
    }
}

static NEXT: AtomicU64 = AtomicU64::new(1);

const ASKING: &[&[u8]] = &[b"ASKING"];
/// How often a cluster may name another server.
const MOST_MOVES: usize = 5;
/// Connections that each worker keeps where nothing is written.
const FEW: usize = 10;

#[cfg(test)]
mod tests;
