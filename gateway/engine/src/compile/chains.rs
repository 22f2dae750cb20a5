//! What stands between a route and its service; routes with the same middlewares share it.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_middleware::Chain;

use super::Round;
use super::graph::Address;

/// The chains in use, by what they are made of.
#[derive(Default)]
pub(super) struct Chains {
    empty: Arc<Chain>,
    by_parts: HashMap<Box<[Address]>, Joined, RandomState>,
}

struct Joined {
    /// Keeps their addresses, which are the key, from being used again.
    parts: Box<[Arc<Chain>]>,
    whole: Arc<Chain>,
}

impl Chains {
    /// All of `parts`, one after the other.
    pub(super) fn join(&mut self, parts: Vec<Arc<Chain>>) -> Arc<Chain> {
        match &*parts {
            [] => return Arc::clone(&self.empty),
            [one] => return Arc::clone(one),
            _ => {}
        }
        let key = parts.iter().map(Address::of).collect();
        let joined = self.by_parts.entry(key).or_insert_with(|| Joined {
            whole: Arc::new(Chain::join(parts.iter().map(|part| &**part))),
            parts: parts.into(),
        });
        Arc::clone(&joined.whole)
    }

    /// Marks the chains in which something is stale.
    pub(super) fn retire(&mut self, round: &mut Round<'_>) {
        let stale: Vec<_> = self
            .by_parts
            .extract_if(|_, joined| joined.parts.iter().any(|part| round.is_stale(part)))
            .map(|(_, joined)| joined.whole)
            .collect();
        for whole in stale {
            round.retire(whole);
        }
    }

    /// Forgets what nobody uses.
    pub(super) fn sweep(&mut self) {
        self.by_parts.retain(|_, joined| Arc::strong_count(&joined.whole) > 1);
    }
}
