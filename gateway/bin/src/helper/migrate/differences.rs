//! Which rows of the table of differences concern a configuration.

use std::fmt::Write;

use serde_json::Value;

use crate::check::Written;

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Difference {
    what: &'static str,
    traefik: &'static str,
    windrose: &'static str,
    why: &'static str,
}

impl Difference {
    /// As a sentence.
    pub(super) fn line(&self) -> String {
        let mut line = String::new();
        let _ = write!(
            line,
            "{}. Traefik: {}. Windrose: {} ({}).",
            self.what, self.traefik, self.windrose, self.why
        );
        line
    }
}

/// Those that concern what is written.
pub(super) fn of(written: &Written) -> Vec<Difference> {
    let install = written.install_document();
    let routing = written.documents();
    let concerns = |when: &When| match when {
        Always => true,
        Installed(path) => has(&install, path),
        Routed(path) => routing.iter().any(|part| has(part, path)),
    };
    let wanted = CONCERNS.iter().filter(|(when, _)| concerns(when));
    wanted.filter_map(|(_, what)| row(what)).collect()
}

/// Whether something is written at a path; `*` is any name or position.
fn has(value: &Value, path: &str) -> bool {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let is_there = |value: &Value| match rest {
        Some(rest) => has(value, rest),
        None => !value.is_null() && *value != Value::Bool(false),
    };
    match value {
        Value::Object(object) if first == "*" => object.values().any(is_there),
        Value::Array(items) if first == "*" => items.iter().any(is_there),
        Value::Object(object) => {
            object.iter().any(|(name, value)| name.eq_ignore_ascii_case(first) && is_there(value))
        }
        _ => false,
    }
}

/// The row whose first cell begins so.
pub(super) fn row(what: &str) -> Option<Difference> {
    let mut rows = TABLE.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let row = Difference {
            what: cells.next()?,
            traefik: cells.next()?,
            windrose: cells.next()?,
            why: cells.next()?,
        };
        cells.next().is_none().then_some(row)
    });
    rows.find(|row| row.what.starts_with(what))
}

/// When a row concerns a configuration.
pub(super) enum When {
    /// Whoever comes from there.
    Always,
    /// This is written in the install configuration.
    Installed(&'static str),
    /// This is written in routing.
    Routed(&'static str),
}

use When::{Always, Installed, Routed};

/// Rows by the beginnings of their first cells.
pub(super) const CONCERNS: &[(When, &str)] = &[
    (Always, "a mistake in a file"),
    (Always, "requests of a disabled router"),
    (Always, "spelling of header names"),
    (Installed("providers.docker"), "two containers, one name"),
    (Installed("providers.docker"), "a container in several networks"),
    (Installed("api"), "values of header fields in the API"),
    (Installed("api.debug"), "`/debug` with"),
    (Installed("ping"), "ping before every provider"),
    (Installed("global.checkNewVersion"), "looking for newer versions"),
    (Routed("http.middlewares.*.rateLimit"), "`rateLimit`"),
    (Routed("http.middlewares.*.buffering"), "a body that `buffering`"),
    (Routed("http.middlewares.*.compress"), "a body that `buffering`"),
    (Routed("http.services.*.mirroring"), "copies for mirrors"),
    (Routed("http.services.*.mirroring"), "WebSocket through"),
    (Routed("http.services.*.loadBalancer.sticky"), "cookies of sticky sessions"),
    (Routed("http.services.*.loadBalancer.healthCheck"), "equal health checks"),
    (Routed("http.services.*.failover"), "bodies that are kept"),
    (Routed("tcp.routers.*"), "half a TCP connection"),
    (Routed("tcp.routers.*"), "a TCP or UDP router"),
    (Routed("udp.routers.*"), "a TCP or UDP router"),
    (Routed("tls.options.*"), "TLS options changed by a reload"),
    (Routed("tls.options.*"), "TLS 1.0, 1.1"),
    (Installed("entryPoints.*.http.tls"), "certificate when none is configured"),
];

const TABLE: &str = include_str!("../../../../../docs/migrate.md");
