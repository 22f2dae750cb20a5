//! A request as it was before anybody behind a service changed it.

use std::rc::Rc;

use windrose_http::exchange::{Conn, Host, Offer, Protocol};
use windrose_http::path::Target;
use windrose_http::{Body, Exchange, Headers, Method};

/// All of a request but its body.
pub(super) struct Fork {
    method: Method,
    protocol: Protocol,
    target: Target,
    host: Host,
    headers: Headers,
    offer: Offer,
    appends_peer: bool,
    conn: Rc<Conn>,
}

impl Fork {
    pub(super) fn of(ex: &Exchange) -> Self {
        Self {
            method: ex.method.clone(),
            protocol: ex.protocol,
            target: ex.target.clone(),
            host: ex.host.clone(),
            headers: ex.headers.clone(),
            offer: ex.offer.clone(),
            appends_peer: ex.appends_peer,
            conn: Rc::clone(&ex.conn),
        }
    }

    /// Makes `ex` what it was, with this body.
    pub(super) fn restore(self, ex: &mut Exchange, body: Body) {
        ex.method = self.method;
        ex.target = self.target;
        ex.host = self.host;
        ex.headers = self.headers;
        ex.offer = self.offer;
        ex.appends_peer = self.appends_peer;
        ex.body = body;
    }

    /// Makes another request of it, which nobody waits for.
    pub(super) fn exchange(self, body: Body) -> Exchange {
        let mut ex = Exchange::new(Rc::clone(&self.conn));
        ex.protocol = self.protocol;
        self.restore(&mut ex, body);
        ex
    }
}
