//! How many requests a server takes at a time, as far as it has said so.

use std::cell::Cell;
use std::time::Duration;

use tokio::sync::Notify;
use windrose_http::Failure;

/// What a server has said. Until then a new connection carries one request, which need not wait for it.
pub(super) struct Settled {
    most: Cell<usize>,
    /// How often it has changed.
    changes: Cell<u64>,
    /// Why it is not used any more.
    over: Cell<Option<Failure>>,
    /// Whether it took none at once, so that even the first request may wait.
    was_shut: Cell<bool>,
    /// Whether somebody waits for a server that takes none.
    is_watched: Cell<bool>,
    watched: Notify,
    changed: Notify,
}

impl Default for Settled {
    fn default() -> Self {
        Self {
            most: Cell::new(UNSAID),
            changes: Cell::new(0),
            over: Cell::new(None),
            was_shut: Cell::new(false),
            is_watched: Cell::new(false),
            watched: Notify::new(),
            changed: Notify::new(),
        }
    }
}

impl Settled {
    /// The connection has ended, or is not used any more; this is the failure of those that wait for it.
    pub(super) fn end(&self, failure: Failure) {
        if self.over.get().is_none() {
            self.over.set(Some(failure));
        }
        self.changed.notify_waiters();
    }

    /// Whether it is worth a look what the server says.
    pub(super) fn is_open(&self) -> bool {
        self.most.get() == UNSAID || self.is_watched.get()
    }

    /// What the server says now.
    pub(super) fn see(&self, most: usize) {
        if most == self.most.get() {
            return;
        }
        if most == 0 && self.most.get() == UNSAID {
            self.was_shut.set(true);
            self.watch();
        }
        self.most.set(most);
        self.changes.set(self.changes.get() + 1);
        self.changed.notify_waiters();
    }

    pub(super) fn is_known(&self) -> bool {
        self.over.get().is_some() || self.most.get() != UNSAID
    }

    /// Whether it took no request when it first said something.
    pub(super) fn was_shut(&self) -> bool {
        self.was_shut.get()
    }

    /// Waits until the server has spoken, or the connection has ended.
    pub(super) async fn wait(&self) {
        while !self.is_known() {
            self.changed.notified().await;
        }
    }

    /// Waits until a server that takes no requests says something else; fails when the connection is not used any
    /// more.
    pub(super) async fn opened(&self) -> Result<(), Failure> {
        self.watch();
        // Nobody has looked since it said so.
        self.most.set(0);
        while self.most.get() == 0 {
            if let Some(failure) = self.over.get() {
                return Err(failure);
            }
            self.changed.notified().await;
        }
        Ok(())
    }

    /// Ends when somebody has waited so long for a server that takes no requests.
    pub(super) async fn shut(&self, patience: Duration) {
        loop {
            self.watched.notified().await;
            loop {
                let changes = self.changes.get();
                tokio::time::sleep(patience).await;
                if self.most.get() != 0 {
                    break;
                }
                if self.changes.get() == changes {
                    return;
                }
            }
            self.is_watched.set(false);
        }
    }

    fn watch(&self) {
        if !self.is_watched.replace(true) {
            self.watched.notify_one();
        }
    }
}

/// No server can announce it, and it is not what `h2` assumes when a server announces no limit.
pub(super) const UNSAID: usize = usize::MAX - 1;
