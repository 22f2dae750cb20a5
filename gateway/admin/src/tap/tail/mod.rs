//! The live tail: requests as they end, told to those who listen.

mod stream;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use windrose_observe::Rfc3339;

use super::filter::Filter;

pub(crate) use stream::Lines;

/// Those who listen.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// Read by every request.
    count: AtomicUsize,
    listeners: ArcSwap<Vec<Arc<Listener>>>,
    changing: Mutex<()>,
}

#[derive(Debug)]
struct Listener {
    filter: Filter,
    out: mpsc::Sender<Line>,
    /// What there was no room for.
    dropped: AtomicU64,
}

/// Somebody who listens, until it is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    tail: Arc<Tail>,
    own: Arc<Listener>,
    lines: mpsc::Receiver<Line>,
}

/// As many listen as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{MOST} others watch requests already, ask again when one has left")]
pub(crate) struct Full;

/// A request that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// When it began.
    pub(crate) at: SystemTime,
    pub(crate) took: Duration,
    pub(crate) entry_point: String,
    pub(crate) client: String,
    pub(crate) method: String,
    pub(crate) host: String,
    /// Without the query, which may hold secrets.
    pub(crate) path: String,
    pub(crate) protocol: &'static str,
    pub(crate) is_secure: bool,
    /// What the client was told; 0 when it did not wait.
    pub(crate) status: u16,
    /// What went wrong; empty when nothing did.
    pub(crate) error: String,
    /// Whether the answer came to its end.
    pub(crate) is_broken: bool,
    /// Who answered.
    pub(crate) by: &'static str,
    pub(crate) received: u64,
    pub(crate) sent: u64,
    pub(crate) retries: u32,
    pub(crate) router: String,
    pub(crate) service: String,
    pub(crate) server: String,
}

impl Tail {
    /// Whether anybody listens.
    pub(crate) fn is_heard(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Listens from now on.
    pub(crate) fn listen(self: &Arc<Self>, filter: Filter) -> Result<Listening, Full> {
        let _turn = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::clone(&self.listeners.load());
        if all.len() >= MOST {
            return Err(Full);
        }
        let (out, lines) = mpsc::channel(WAITING);
        let own = Arc::new(Listener { filter, out, dropped: AtomicU64::new(0) });
        all.push(Arc::clone(&own));
        self.count.store(all.len(), Ordering::Relaxed);
        self.listeners.store(Arc::new(all));
        Ok(Listening { tail: Arc::clone(self), own, lines })
    }

    fn leave(&self, own: &Arc<Listener>) {
        let _turn = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::clone(&self.listeners.load());
        all.retain(|listener| !Arc::ptr_eq(listener, own));
        self.count.store(all.len(), Ordering::Relaxed);
        self.listeners.store(Arc::new(all));
    }

    /// Tells everybody of a request who wants to hear of it. Never waits.
    pub(crate) fn tell(&self, line: impl FnOnce() -> Line) {
        let line = line();
        for listener in self.listeners.load().iter().filter(|listener| listener.filter.wants(&line)) {
            if listener.out.try_send(line.clone()).is_err() {
                listener.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Listening {
    /// What was dropped since this was asked last.
    fn take_dropped(&self) -> u64 {
        self.own.dropped.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.tail.leave(&self.own);
    }
}

impl Line {
    /// Whether it is one that somebody should look at.
    pub(crate) fn is_error(&self) -> bool {
        self.status >= 500 || self.is_broken
    }

    /// As it is shown.
    pub(crate) fn value(&self) -> Value {
        json!({
            "time": Rfc3339(self.at).to_string(),
            "durationMs": (self.took.as_secs_f64() * 1e6).round() / 1e3,
            "entryPoint": self.entry_point,
            "client": self.client,
            "method": self.method,
            "host": self.host,
            "path": self.path,
            "protocol": self.protocol,
            "tls": self.is_secure,
            "status": self.status,
            "error": self.error,
            "by": self.by,
            "received": self.received,
            "sent": self.sent,
            "retries": self.retries,
            "router": self.router,
            "service": self.service,
            "server": self.server,
        })
    }
}

impl Default for Line {
    fn default() -> Self {
        Self {
            at: SystemTime::UNIX_EPOCH,
            took: Duration::ZERO,
            entry_point: String::new(),
            client: String::new(),
            method: String::new(),
            host: String::new(),
            path: String::new(),
            protocol: "HTTP/1.1",
            is_secure: false,
            status: 0,
            error: String::new(),
            is_broken: false,
            by: "nobody",
            received: 0,
            sent: 0,
            retries: 0,
            router: String::new(),
            service: String::new(),
            server: String::new(),
        }
    }
}

/// How many may listen.
const MOST: usize = 16;
/// How many lines wait for each of them.
const WAITING: usize = 1024;
