//! Sharing of keys: a document with a million routers writes `rule` a million times.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// Keys seen so far, as far as it is worth remembering them.
#[derive(Default)]
pub(super) struct Keys(HashSet<Arc<str>, RandomState>);

impl Keys {
    /// The key as shared text.
    pub(super) fn share(&mut self, key: &str) -> Arc<str> {
        if let Some(known) = self.0.get(key) {
            return known.clone();
        }
        let shared: Arc<str> = key.into();
        if self.0.len() < REMEMBERED {
            self.0.insert(shared.clone());
        }
        shared
    }
}

/// Names of options come early and are few; names of objects are many and come once.
const REMEMBERED: usize = 256;
