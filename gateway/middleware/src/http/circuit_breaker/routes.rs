//! A breaker for each router that has the middleware.
//!
//! Found without a lock: a table of lists that only grow. As many breakers as there were routers with this middleware
//! are kept until it is changed or gone.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, OnceLock};

use super::breaker::{Breaker, Times};
use super::expression::Expression;

/// Breakers by the names of routers.
pub(super) struct Routes {
    expression: Arc<Expression>,
    times: Times,
    keys: RandomState,
    lists: [OnceLock<Box<Entry>>; LISTS],
}

struct Entry {
    route: Box<str>,
    breaker: Arc<Breaker>,
    next: OnceLock<Box<Self>>,
}

impl Routes {
    pub(super) fn new(expression: Expression, times: Times) -> Self {
        let lists = std::array::from_fn(|_| OnceLock::new());
        Self { expression: Arc::new(expression), times, keys: RandomState::new(), lists }
    }

    /// The breaker of a router.
    pub(super) fn of(&self, route: &str) -> &Arc<Breaker> {
        let list = usize::try_from(self.keys.hash_one(route) % LISTS as u64).unwrap_or(0);
        let mut place = &self.lists[list];
        loop {
            let entry = place.get_or_init(|| {
                let breaker = Breaker::new(Arc::clone(&self.expression), self.times);
                Box::new(Entry { route: route.into(), breaker: Arc::new(breaker), next: OnceLock::new() })
            });
            if *entry.route == *route {
                return &entry.breaker;
            }
            place = &entry.next;
        }
    }
}

/// Few middlewares have more routers.
const LISTS: usize = 64;
