//! One compilation under way: what it reads, what it has found stale, what it has to say.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use windrose_middleware::Stage;
use windrose_rule::Syntax;
use windrose_upstream::{Connector, Upstream};

use super::Tools;
use super::problems::Problems;
use crate::merge::Merged;

/// One compilation under way.
pub(super) struct Round<'a> {
    pub(super) tools: &'a Tools,
    pub(super) merged: &'a Merged,
    /// Whether a part's configuration is another one than before.
    pub(super) is_new: Vec<bool>,
    /// Whether a part with another configuration speaks of certificates, or did.
    pub(super) certificates_changed: bool,
    /// Addresses of compiled objects that were replaced or are gone.
    pub(super) stale: HashSet<usize, RandomState>,
    /// Keeps those addresses from being used again while the round lasts.
    pub(super) kept: Kept,
    pub(super) problems: Problems<'a>,
    pub(super) syntax: Syntax,
}

#[derive(Default)]
pub(super) struct Kept {
    pub(super) services: Vec<Arc<Upstream>>,
    pub(super) stages: Vec<Arc<[Stage]>>,
    pub(super) connectors: Vec<Arc<Connector>>,
}

impl<'a> Round<'a> {
    pub(super) fn new(tools: &'a Tools, merged: &'a Merged) -> Self {
        let is_v2 = &**merged.settings.core.default_rule_syntax == "v2";
        Self {
            tools,
            merged,
            is_new: Vec::new(),
            certificates_changed: false,
            stale: HashSet::default(),
            kept: Kept::default(),
            problems: Problems::new(merged),
            syntax: if is_v2 { Syntax::V2 } else { Syntax::V3 },
        }
    }

    pub(super) fn is_stale<T: ?Sized>(&self, compiled: &Arc<T>) -> bool {
        !self.stale.is_empty() && self.stale.contains(&address(compiled))
    }

    pub(super) fn retire_service(&mut self, service: Arc<Upstream>) {
        self.stale.insert(address(&service));
        self.kept.services.push(service);
    }

    pub(super) fn retire_stages(&mut self, stages: Arc<[Stage]>) {
        self.stale.insert(address(&stages));
        self.kept.stages.push(stages);
    }

    pub(super) fn retire_connector(&mut self, connector: Arc<Connector>) {
        self.stale.insert(address(&connector));
        self.kept.connectors.push(connector);
    }
}

/// Where a compiled object is.
pub(super) fn address<T: ?Sized>(compiled: &Arc<T>) -> usize {
    Arc::as_ptr(compiled).cast::<()>().addr()
}
