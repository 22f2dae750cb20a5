//! TCP: transports, services, gates and routers, compiled to the routes of each entry point.
//!
//! There are few of them beside what there may be of HTTP, so every round looks at all, and keeps what is the same.
//! As with HTTP, a router that cannot be used keeps its place, where connections are closed.

mod gates;
mod places;
mod routers;
mod services;
mod transports;

use std::sync::Arc;

use windrose_config::dynamic_config::{TcpRouter, TcpServersTransport, TcpService};
use windrose_tls::Acceptor;
use windrose_upstream::tcp::Upstream;

use super::kept::Kept;
use super::{Compiler, Round};
use crate::merge::qualified;
use crate::snapshot::Listener;
use gates::Gates;
use places::Places;
use routers::Made;

/// What is remembered of TCP.
#[derive(Default)]
pub(super) struct Memory {
    transports: Kept<TcpServersTransport, transports::Made>,
    services: Kept<TcpService, Upstream>,
    gates: Gates,
    routers: Kept<TcpRouter, Made>,
    closed: Kept<TcpRouter, Made>,
    places: Places,
    /// Those that routes end TLS with: one for each set of options.
    acceptors: Vec<Arc<Acceptor>>,
}

impl Compiler {
    /// Compiles everything of TCP, and puts its routes into the listeners.
    pub(super) fn tcp(&mut self, round: &mut Round<'_>, listeners: &mut [Listener]) {
        let mut memory = std::mem::take(&mut self.tcp);
        memory.transports(round);
        memory.services(round);
        memory.gates.begin(round);
        let drafts = memory.routers(self, round, listeners);
        memory.places.fill(round, listeners, drafts);
        memory.transports.settle();
        memory.services.settle();
        memory.gates.settle();
        memory.routers.settle();
        memory.closed.settle();
        memory.acceptors.retain(|acceptor| Arc::strong_count(acceptor) > 1);
        self.tcp = memory;
    }
}

/// The qualified name of an object of a part.
fn full(round: &Round<'_>, name: &str, part: usize) -> Arc<str> {
    qualified(name, round.merged.parts.get(part).map_or("", |part| &*part.provider))
}
