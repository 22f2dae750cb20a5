//! What every HTTP version has in common: one request, from a complete head to a reply.

mod accepted;
mod offered;
mod prepare;
mod web_socket;

use std::rc::Rc;
use std::sync::Arc;

use windrose_http::course::{Destination, Recorded, Traces};
use windrose_http::headers::Name;
use windrose_http::path::holds_escape;
use windrose_http::{Course, Exchange, Failure, Id, Protocol, Reply};
use windrose_middleware::{Stage, chain};

pub use accepted::Accepted;
pub(crate) use prepare::prepare;
pub(super) use web_socket::offer_web_socket;

use crate::entry::EntryOptions;
use crate::route;
use crate::snapshot::{Route, Verbosity};
use crate::terminal::{For, Terminal};
use crate::worker::Worker;

/// Where a connection was accepted, as its requests need it.
pub struct Gate {
    /// The worker.
    pub worker: Rc<Worker>,
    /// The entry point's place in every snapshot.
    pub listener: usize,
    /// The entry point.
    pub options: Arc<EntryOptions>,
    /// What the connection was accepted with, if it speaks TLS.
    pub tls: Option<Accepted>,
}

/// A request begins: whoever wants to listen to it does from here on.
pub fn begin(gate: &Gate, ex: &mut Exchange) {
    if let Some(watch) = gate.worker.observe.as_ref().and_then(|observe| observe.begin(ex)) {
        ex.course.watch(watch);
    }
}

/// Answers one request, and tells clients of TLS that HTTP/3 is spoken here as well.
pub async fn handle(gate: &Gate, ex: &mut Exchange) -> Reply {
    let mut reply = pass(gate, ex).await;
    if let Some(http3) = &gate.options.http3
        && ex.is_secure()
        && ex.protocol != Protocol::Http3
    {
        reply.headers.push(Id::ALT_SVC, http3.alt_svc.as_bytes());
    }
    reply
}

/// Cleans a request, finds its route, and sends it through the route's stages to its service.
async fn pass(gate: &Gate, ex: &mut Exchange) -> Reply {
    let worker = &gate.worker;
    if let Err(failure) = prepare(ex, &gate.options, &worker.host_name) {
        return failure.reply();
    }
    Course::tell(ex, |watch, ex| watch.prepared(ex));
    // Held until the reply is there; its body needs only the server it comes from.
    let snapshot = worker.snapshot();
    let Some(listener) = snapshot.listeners.get(gate.listener) else { return Failure::Internal.reply() };
    let routes = if ex.is_secure() { &listener.secure } else { &listener.plain };
    let Some(found) = route::find(routes, ex) else { return Failure::NoRoute.reply() };
    if ex.course.is_watched() {
        tell_route(ex, &gate.options, found.route);
    }
    let mut reply = if holds_escape(ex.target.path(), &gate.options.denied_escapes) {
        Failure::BadRequest.reply()
    } else if gate.tls.as_ref().is_some_and(|tls| tls.is_misdirected(ex, &listener.acceptor)) {
        Failure::Misdirected.reply()
    } else {
        let last = Terminal { of: For::Route(found.route), service: found.service, local: &worker.local };
        chain::run(found.stages, ex, &last).await
    };
    if let Some(header) = &gate.options.router_header {
        name_router(&mut reply, header, found.route);
    }
    reply
}

/// Says which router it was. A name that cannot stand in a field is not said.
fn name_router(reply: &mut Reply, header: &Name, route: &Route) {
    if route.is_open() && !route.name.bytes().any(|byte| byte.is_ascii_control()) {
        reply.headers.set(header, &*route.name);
    }
}

/// Tells of the route that was found, unless it is one that cannot be used.
fn tell_route(ex: &mut Exchange, options: &EntryOptions, route: &Route) {
    if !route.is_open() {
        return;
    }
    let (says, otherwise) = (route.recorded, options.records);
    let traces = match says.verbosity.unwrap_or(otherwise.verbosity) {
        _ if !says.tracing.unwrap_or(otherwise.tracing) => Traces::Off,
        Verbosity::Minimal => Traces::Minimal,
        Verbosity::Detailed => Traces::Detailed,
    };
    let recorded = Recorded {
        access_log: says.access_log.unwrap_or(otherwise.access_log),
        metrics: says.metrics.unwrap_or(otherwise.metrics),
        traces,
        changes_bodies: route.chain.stages.iter().any(|stage| matches!(stage, Stage::Around(_))),
    };
    let service = &route.service.name;
    Course::routed(ex, &Destination { route: &route.name, rule: &route.rule, service, recorded });
}

/// Whether all that the client expects is leave to send its body; `None` when it expects nothing.
pub(super) fn expectation(ex: &Exchange) -> Option<bool> {
    let is_known = |value: &[u8]| value.eq_ignore_ascii_case(b"100-continue");
    let mut values = ex.headers.get_all(Id::EXPECT);
    values.next().map(|first| is_known(first) && values.all(is_known))
}
