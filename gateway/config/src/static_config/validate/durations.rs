//! Times below zero, which no timer could keep.

use std::sync::Arc;

use crate::duration::GoDuration;
use crate::origin::Source;
use crate::problem::Problem;
use crate::refuse::{Allowed, At, walk};
use crate::tree::Tree;

/// The times of a document that are below zero, where they are written.
pub(in crate::static_config) fn negative(document: &Tree, source: &Arc<Source>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for path in TIMES {
        let pattern: Vec<&str> = path.split('.').collect();
        walk(&At::root(document), &pattern, Allowed::Nothing, &mut |at| {
            let Some(text) = at.value.as_text() else { return };
            if text.parse::<GoDuration>().is_ok_and(GoDuration::is_negative) {
                let problem = Problem::error(format!("{} cannot be below zero", at.path));
                let problem = problem.at(source, at.value.mark).spanning(text.chars().count());
                problems.push(problem.expecting("a time such as 10s"));
            }
        });
    }
    problems
}

/// The times of an install configuration.
const TIMES: &[&str] = &[
    "entryPoints.*.transport.lifeCycle.requestAcceptGraceTimeout",
    "entryPoints.*.transport.lifeCycle.graceTimeOut",
    "entryPoints.*.transport.respondingTimeouts.readTimeout",
    "entryPoints.*.transport.respondingTimeouts.writeTimeout",
    "entryPoints.*.transport.respondingTimeouts.idleTimeout",
    "entryPoints.*.transport.keepAliveMaxTime",
    "entryPoints.*.udp.timeout",
    "providers.providersThrottleDuration",
    "serversTransport.forwardingTimeouts.dialTimeout",
    "serversTransport.forwardingTimeouts.responseHeaderTimeout",
    "serversTransport.forwardingTimeouts.idleConnTimeout",
    "tcpServersTransport.dialTimeout",
];
