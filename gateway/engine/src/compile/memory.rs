//! What a compiler remembers of one provider, and how it follows that provider's changes.

use std::sync::Arc;

use windrose_config::{DynamicConfig, Section};

use super::align::Column;
use super::round::Round;
use super::{middlewares, routers, services, tls, transports};
use crate::merge::{DEFAULT, Part};

/// What was made of one provider's objects.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) config: Arc<DynamicConfig>,
    pub(super) transports: Column<transports::State>,
    pub(super) services: Column<services::State>,
    pub(super) middlewares: Column<middlewares::State>,
    pub(super) options: Column<tls::State>,
    pub(super) routers: Column<routers::State>,
    /// Of routers that could not be read.
    pub(super) closed: Column<routers::State>,
    pub(super) provider: Arc<str>,
}

/// What is written differently, by part.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) services: Vec<Vec<usize>>,
    pub(super) middlewares: Vec<Vec<usize>>,
    pub(super) routers: routers::Changes,
}

#[derive(Default)]
pub(super) struct PartChanges {
    pub(super) services: Vec<usize>,
    pub(super) middlewares: Vec<usize>,
    pub(super) routers: Vec<usize>,
    pub(super) closed: Vec<usize>,
    pub(super) routers_gone: Vec<routers::State>,
}

impl Changes {
    pub(super) fn push(&mut self, part: PartChanges) {
        self.services.push(part.services);
        self.middlewares.push(part.middlewares);
        self.routers.changed.push(part.routers);
        self.routers.closed.push(part.closed);
        self.routers.gone.extend(part.routers_gone);
    }
}

impl Memory {
    /// Takes over a new configuration of the same provider.
    pub(super) fn follow(&mut self, part: &Part, round: &mut Round<'_>) -> PartChanges {
        let (old, new) = (std::mem::replace(&mut self.config, Arc::clone(&part.config)), &part.config);
        self.provider = Arc::clone(&part.provider);
        round.certificates_changed |= speaks_of_certificates(&old) || speaks_of_certificates(new);
        let transports = self.transports.align(&old.http.servers_transports, &new.http.servers_transports);
        for state in transports.gone {
            state.retire(round);
        }
        for index in transports.changed {
            if let Some(state) = self.transports.get_mut(index) {
                state.is_current = false;
            }
        }
        let services = self.services.align(&old.http.services, &new.http.services);
        for state in services.gone {
            state.retire(round);
        }
        let middlewares = self.middlewares.align(&old.http.middlewares, &new.http.middlewares);
        for state in middlewares.gone {
            state.retire(round);
        }
        let options = self.options.align(&old.tls.options, &new.tls.options);
        for index in options.changed {
            if let Some(state) = self.options.get_mut(index) {
                state.is_current = false;
            }
        }
        let mut routers = self.routers.align(&old.http.routers, &new.http.routers);
        let closed = self.closed.align(&old.http.closed, &new.http.closed);
        routers.gone.extend(closed.gone);
        PartChanges {
            services: services.changed,
            middlewares: middlewares.changed,
            routers: routers.changed,
            closed: closed.changed,
            routers_gone: routers.gone,
        }
    }
}

/// Whether it says which certificates are served; whoever did and does no more has changed that, too.
fn speaks_of_certificates(config: &DynamicConfig) -> bool {
    let is_lost = config.lost.contains(Section::TlsStores, DEFAULT);
    is_lost || !(config.tls.certificates.is_empty() && config.tls.stores.is_empty())
}
