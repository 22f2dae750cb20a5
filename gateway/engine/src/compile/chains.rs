//! What stands between a route and its service; routes with the same middlewares share it.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_middleware::Stage;

use super::{Round, address};

/// The chains in use, by what they are made of.
pub(super) struct Chains {
    empty: Arc<[Stage]>,
    by_parts: HashMap<Box<[usize]>, Chain, RandomState>,
}

struct Chain {
    /// Keeps their addresses, which are the key, from being used again.
    parts: Box<[Arc<[Stage]>]>,
    whole: Arc<[Stage]>,
}

impl Default for Chains {
    fn default() -> Self {
        Self { empty: Arc::new([]), by_parts: HashMap::default() }
    }
}

impl Chains {
    /// All of `parts`, one after the other.
    pub(super) fn join(&mut self, parts: Vec<Arc<[Stage]>>) -> Arc<[Stage]> {
        match &*parts {
            [] => return Arc::clone(&self.empty),
            [one] => return Arc::clone(one),
            _ => {}
        }
        let key = parts.iter().map(address).collect();
        let chain = self.by_parts.entry(key).or_insert_with(|| Chain {
            whole: parts.iter().flat_map(|stages| stages.iter().cloned()).collect(),
            parts: parts.into(),
        });
        Arc::clone(&chain.whole)
    }

    /// Marks the chains in which something is stale.
    pub(super) fn retire(&mut self, round: &mut Round<'_>) {
        let stale: Vec<_> = self
            .by_parts
            .extract_if(|_, chain| chain.parts.iter().any(|part| round.is_stale(part)))
            .map(|(_, chain)| chain.whole)
            .collect();
        for whole in stale {
            round.retire_stages(whole);
        }
    }

    /// Forgets what nobody uses.
    pub(super) fn sweep(&mut self) {
        self.by_parts.retain(|_, chain| Arc::strong_count(&chain.whole) > 1);
    }
}
