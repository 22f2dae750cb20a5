//! A request as it was before its first try.

use windrose_http::exchange::Host;
use windrose_http::path::Target;
use windrose_http::{Exchange, Headers, Method};

/// What middlewares further on may change, but for the body.
pub(in crate::http) struct Original {
    method: Method,
    target: Target,
    host: Host,
    headers: Headers,
    appends_peer: bool,
}

impl Original {
    pub(in crate::http) fn of(ex: &Exchange) -> Self {
        Self {
            method: ex.method.clone(),
            target: ex.target.clone(),
            host: ex.host.clone(),
            headers: ex.headers.clone(),
            appends_peer: ex.appends_peer,
        }
    }

    pub(in crate::http) fn restore(&self, ex: &mut Exchange) {
        ex.method.clone_from(&self.method);
        ex.target.clone_from(&self.target);
        ex.host.clone_from(&self.host);
        ex.headers.clone_from(&self.headers);
        ex.appends_peer = self.appends_peer;
    }
}
