//! What routers lead to that cannot be used.
//!
//! Their requests are answered as if there were no route: were they left to a broader router, a mistake in a middleware
//! would open what it protects.

use std::pin::Pin;
use std::sync::Arc;

use windrose_http::{Exchange, Failure, Reply};
use windrose_upstream::Upstream;
use windrose_upstream::service::{Internal, Kind};

use crate::snapshot::CLOSED;

/// A service that nobody can name, and that answers nothing else.
pub(super) fn service() -> Arc<Upstream> {
    Arc::new(Upstream { name: Arc::from(CLOSED), kind: Kind::Internal(Arc::new(Closed)) })
}

struct Closed;

impl Internal for Closed {
    fn answer<'a>(&'a self, _: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(async { Failure::NoRoute.reply() })
    }
}
