//! What resolvers do, for whoever wants to look at it.

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;

/// What resolvers do. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Orders(Arc<ArcSwap<Vec<Order>>>);

/// What is known of a certificate of a resolver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The resolver.
    pub resolver: Arc<str>,
    /// The names it is for.
    pub names: Vec<String>,
    /// When it is renewed; absent while there is none.
    pub renews_at: Option<SystemTime>,
    /// Whether it is asked for at this moment.
    pub is_under_way: bool,
    /// What went wrong last; absent once it went well.
    pub error: Option<String>,
    /// When it is tried again then.
    pub next: Option<SystemTime>,
}

impl Orders {
    /// All of them, by resolver and names.
    #[must_use]
    pub fn list(&self) -> Arc<Vec<Order>> {
        self.0.load_full()
    }

    pub(crate) fn show(&self, mut orders: Vec<Order>) {
        orders.sort_by(|left, right| (&left.resolver, &left.names).cmp(&(&right.resolver, &right.names)));
        self.0.store(Arc::new(orders));
    }
}
