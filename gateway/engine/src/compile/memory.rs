//! What a compiler remembers of one provider, and how it follows that provider's changes.

use std::sync::Arc;

use windrose_config::{DynamicConfig, Section};

use windrose_middleware::Chain;
use windrose_tls::TlsOptions;
use windrose_upstream::{Connector, Upstream};

use super::align::Column;
use super::graph::{Node, State};
use super::round::Round;
use super::routers;
use crate::merge::{DEFAULT, Part};

/// What was made of one provider's objects.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) config: Arc<DynamicConfig>,
    pub(super) transports: Column<State<Connector>>,
    pub(super) services: Column<State<Upstream>>,
    pub(super) middlewares: Column<State<Chain>>,
    pub(super) options: Column<State<TlsOptions>>,
    pub(super) routers: Column<routers::State>,
    /// Of routers that could not be read.
    pub(super) closed: Column<routers::State>,
    pub(super) provider: Arc<str>,
}

/// What is written differently.
#[derive(Default)]
pub(super) struct Changes {
    /// Objects that can be asked for.
    pub(super) objects: Vec<Node>,
    pub(super) routers: routers::Changes,
}

/// What one provider has written differently.
#[derive(Default)]
pub(super) struct PartChanges {
    pub(super) objects: Vec<Node>,
    pub(super) routers: Vec<usize>,
    pub(super) closed: Vec<usize>,
    pub(super) routers_gone: Vec<routers::State>,
}

impl Changes {
    pub(super) fn push(&mut self, part: PartChanges) {
        self.objects.extend(part.objects);
        self.routers.changed.push(part.routers);
        self.routers.closed.push(part.closed);
        self.routers.gone.extend(part.routers_gone);
    }
}

impl Memory {
    /// Takes over a new configuration of the same provider, which is at place `number` now.
    pub(super) fn follow(&mut self, number: usize, part: &Part, round: &mut Round<'_>) -> PartChanges {
        let (old, new) = (std::mem::replace(&mut self.config, Arc::clone(&part.config)), &part.config);
        self.provider = Arc::clone(&part.provider);
        round.certificates_changed |= speaks_of_certificates(&old) || speaks_of_certificates(new);
        let objects = self.follow_objects(number, &old, new, round);
        let mut routers = self.routers.align(&old.http.routers, &new.http.routers);
        let closed = self.closed.align(&old.http.closed, &new.http.closed);
        routers.gone.extend(closed.gone);
        PartChanges { objects, routers: routers.changed, closed: closed.changed, routers_gone: routers.gone }
    }
}

/// Whether it says which certificates are served; whoever did and does no more has changed that, too.
fn speaks_of_certificates(config: &DynamicConfig) -> bool {
    let is_lost = config.lost.contains(Section::TlsStores, DEFAULT);
    is_lost || !(config.tls.certificates.is_empty() && config.tls.stores.is_empty())
}
