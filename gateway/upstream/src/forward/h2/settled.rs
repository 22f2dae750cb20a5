//! Whether a server has said how many requests it takes at a time.

use std::cell::Cell;

use tokio::sync::Notify;

/// Whether a server has said how many requests it takes at a time. Until then a new connection carries one, which
/// need not wait for it.
#[derive(Default)]
pub(super) struct Settled {
    is_known: Cell<bool>,
    changed: Notify,
}

impl Settled {
    /// It has, or the connection has ended.
    pub(super) fn tell(&self) {
        if !self.is_known.replace(true) {
            self.changed.notify_waiters();
        }
    }

    pub(super) fn is_known(&self) -> bool {
        self.is_known.get()
    }

    pub(super) async fn wait(&self) {
        while !self.is_known() {
            self.changed.notified().await;
        }
    }
}

/// No server can announce it, and it is not what `h2` assumes when a server announces no limit.
pub(super) const UNSAID: usize = usize::MAX - 1;
