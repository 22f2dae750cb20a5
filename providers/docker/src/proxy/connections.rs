//! The connections there are, and which of them makes room for another one.
//!
//! Invariant: there is a bound, and who does nothing cannot keep out who asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::Instant;

/// All connections; they end with this.
#[derive(Default)]
pub(super) struct Connections {
    tasks: JoinSet<()>,
    all: HashMap<Id, (AbortHandle, Arc<Doing>)>,
}

/// What a connection does, and since when.
#[derive(Debug)]
pub(super) struct Doing(Mutex<(What, Instant)>);

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// It waits for a question.
    Waiting,
    /// The engine is asked.
    Asking,
    /// A part of an answer waits for the client to take it.
    Writing,
    /// It listens to events.
    Listening,
}

impl Connections {
    pub(super) fn is_full(&self) -> bool {
        self.all.len() >= MOST
    }

    /// Begins one more.
    pub(super) fn start<F>(&mut self, converse: impl FnOnce(Arc<Doing>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let doing = Arc::new(Doing(Mutex::new((What::Waiting, Instant::now()))));
        let handle = self.tasks.spawn(converse(Arc::clone(&doing)));
        self.all.insert(handle.id(), (handle, doing));
    }

    /// Returns when one has ended; never where there is none.
    pub(super) async fn ended(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => return std::future::pending().await,
        };
        self.all.remove(&id);
    }

    /// Ends the one that has waited for the longest time, be it for a question or for its client to read.
    pub(super) fn make_room(&self) {
        let now = Instant::now();
        let idle = |doing: &Doing| {
            let (what, since) = *doing.lock();
            let idle = now.duration_since(since);
            let may_end = what == What::Waiting || (what == What::Writing && idle >= STALLED);
            may_end.then_some(idle)
        };
        let longest = self.all.values().filter_map(|(handle, doing)| Some((idle(doing)?, handle)));
        if let Some((_, handle)) = longest.max_by_key(|(idle, _)| *idle) {
            handle.abort();
        }
    }
}

impl Doing {
    /// From now on it does this.
    pub(super) fn is(&self, what: What) {
        *self.lock() = (what, Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, (What, Instant)> {
        // It is set whole, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many there are.
pub(super) const MOST: usize = 64;
/// After this time a client that does not read may be ended for another one.
const STALLED: Duration = Duration::from_secs(1);
