//! Finds the route of a request, and whether a connection is for HTTP at all.

pub mod tcp;

use windrose_http::{Exchange, Headers};
use windrose_rule::{Fields, RequestView};

pub use crate::compile::routes::{Found, Routes};

/// The route that answers a request: of those that match, the one of highest priority.
#[must_use]
pub fn find<'r>(routes: &'r Routes, ex: &Exchange) -> Option<Found<'r>> {
    look(ex, |request| routes.find(request))
}

/// What a request is to rules.
pub(crate) fn look<T>(ex: &Exchange, with: impl FnOnce(&RequestView<'_>) -> T) -> T {
    with(&RequestView {
        method: ex.method.as_str().as_bytes(),
        host: ex.host.name(),
        path: ex.target.routing(),
        query: ex.target.query().unwrap_or_default(),
        peer: ex.conn.peer.ip(),
        alpn: &[],
        headers: &View(&ex.headers),
    })
}

struct View<'a>(&'a Headers);

impl Fields for View<'_> {
    fn values(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.0.get_all(name).any(each)
    }
}
