//! One compilation under way: what it reads, what it has found stale, what it has to say.

use std::sync::Arc;

use std::any::Any;

use windrose_rule::Syntax;

use super::Tools;
use super::graph::{Address, Addresses};
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
    pub(super) stale: Addresses,
    /// Keeps those addresses from being used again while the round lasts.
    kept: Vec<Arc<dyn Any + Send + Sync>>,
    pub(super) problems: Problems<'a>,
    pub(super) syntax: Syntax,
}

impl<'a> Round<'a> {
    pub(super) fn new(tools: &'a Tools, merged: &'a Merged) -> Self {
        let is_v2 = &**merged.settings.core.default_rule_syntax == "v2";
        Self {
            tools,
            merged,
            is_new: Vec::new(),
            certificates_changed: false,
            stale: Addresses::default(),
            kept: Vec::new(),
            problems: Problems::new(merged),
            syntax: if is_v2 { Syntax::V2 } else { Syntax::V3 },
        }
    }

    pub(super) fn is_stale<T: ?Sized>(&self, compiled: &Arc<T>) -> bool {
        !self.stale.is_empty() && self.stale.contains(&Address::of(compiled))
    }

    /// Something compiled was replaced, or is gone.
    pub(super) fn retire<T: Send + Sync + 'static>(&mut self, compiled: Arc<T>) {
        self.stale.insert(Address::of(&compiled));
        self.kept.push(compiled);
    }
}
