//! A connection that has changed its protocol: bytes both ways until both sides are done.

use std::task::{Context, Poll};

use windrose_http::exchange::Duplex;
use windrose_stream::{Carried, Io, Relay};

use crate::worker::SlotGuard;

/// Two connections, each of which gets what the other sends.
pub(super) struct Tunnel {
    client: Io,
    server: Box<dyn Duplex>,
    relay: Relay,
}

impl Tunnel {
    pub(super) fn new(client: Io, server: Box<dyn Duplex>) -> Self {
        Self { client, server, relay: Relay::default() }
    }

    /// How many bytes the client sent and got.
    pub(super) const fn carried(&self) -> Carried {
        self.relay.carried()
    }

    /// Ready when there is nothing more to carry.
    pub(super) fn poll(&mut self, slot: &SlotGuard, cx: &mut Context<'_>) -> Poll<()> {
        match self.relay.poll(&mut self.client, &mut *self.server, cx) {
            Poll::Ready(_) => Poll::Ready(()),
            // Nobody reads what the client sends any more, so its end would go unseen.
            Poll::Pending if self.relay.is_up_done() && slot.looks() && self.client.is_broken() => {
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
