//! All numbers at one moment, each with its labels: what is pushed is made of these.

use super::counts::{BUCKETS, COUNT, Flow, Level, NANOS, RECEIVED, SENT, Secure};
use super::families::Sums;

/// A number with its labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) family: Family,
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: Value,
}

/// What a number is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// It grows.
    Count(u64),
    /// It comes and goes.
    Level(f64),
    /// Durations.
    Spread(Spread),
}

/// How durations are spread over buckets, the last of which has no bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spread {
    pub(super) counts: Vec<u64>,
    /// Their sums, in nanoseconds; all of them in the last where they are not counted apart.
    pub(super) nanos: Vec<u64>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Family {
    Reloads,
    LastReload,
    Connections,
    NotAfter,
    Retries,
    Of(Level, What),
}

/// What is counted of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Requests,
    Secure,
    Duration,
    Received,
    Sent,
}

/// Which levels are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    pub(crate) entry_points: bool,
    pub(crate) routers: bool,
    pub(crate) services: bool,
}

impl Levels {
    pub(super) const fn has(self, level: Level) -> bool {
        match level {
            Level::EntryPoint => self.entry_points,
            Level::Router => self.routers,
            Level::Service => self.services,
        }
    }

    /// Those of either.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            entry_points: self.entry_points || other.entry_points,
            routers: self.routers || other.routers,
            services: self.services || other.services,
        }
    }
}

impl Level {
    /// As names and labels have it.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::EntryPoint => "entrypoint",
            Self::Router => "router",
            Self::Service => "service",
        }
    }
}

impl Spread {
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(super) fn sum(&self) -> u64 {
        self.nanos.iter().fold(0, |sum, nanos| sum.wrapping_add(*nanos))
    }
}

impl Family {
    /// As Prometheus has it.
    pub(super) fn name(self) -> String {
        match self {
            Self::Reloads => "traefik_config_reloads_total".to_owned(),
            Self::LastReload => "traefik_config_last_reload_success".to_owned(),
            Self::Connections => "traefik_open_connections".to_owned(),
            Self::NotAfter => "traefik_tls_certs_not_after".to_owned(),
            Self::Retries => "traefik_service_retries_total".to_owned(),
            Self::Of(level, what) => format!(
                "traefik_{}_{}",
                level.text(),
                match what {
                    What::Requests => "requests_total",
                    What::Secure => "requests_tls_total",
                    What::Duration => "request_duration_seconds",
                    What::Received => "requests_bytes_total",
                    What::Sent => "responses_bytes_total",
                }
            ),
        }
    }

    /// As StatsD and Datadog have it, behind the prefix.
    pub(super) fn dotted(self) -> String {
        match self {
            Self::Of(level, What::Requests) => format!("{}.request.total", level.text()),
            Self::Of(level, What::Secure) => format!("{}.request.tls.total", level.text()),
            other => other.after_prefix(),
        }
    }

    /// As InfluxDB has it, behind the prefix.
    pub(super) fn measured(self) -> String {
        match self {
            Self::Of(level, What::Requests) => format!("{}.requests.total", level.text()),
            Self::Of(level, What::Secure) => format!("{}.requests.tls.total", level.text()),
            other => other.after_prefix(),
        }
    }

    fn after_prefix(self) -> String {
        match self {
            Self::Reloads => "config.reload.total".to_owned(),
            Self::LastReload => "config.reload.lastSuccessTimestamp".to_owned(),
            Self::Connections => "open.connections".to_owned(),
            Self::NotAfter => "tls.certs.notAfterTimestamp".to_owned(),
            Self::Retries => "service.retries.total".to_owned(),
            Self::Of(level, what) => format!(
                "{}.{}",
                level.text(),
                match what {
                    What::Requests => "requests.total",
                    What::Secure => "requests.tls.total",
                    What::Duration => "request.duration",
                    What::Received => "requests.bytes.total",
                    What::Sent => "responses.bytes.total",
                }
            ),
        }
    }
}

/// Points of all requests.
pub(super) fn of_requests(sums: Sums, levels: Levels, bounds: usize) -> Vec<Point> {
    let mut points = Vec::new();
    for (flow, sums) in sums.flows.iter().filter(|(flow, _)| levels.has(flow.level)) {
        let of = |place: usize| sums.get(place).copied().unwrap_or_default();
        let values = [
            (What::Requests, Value::Count(of(COUNT))),
            (What::Duration, Value::Spread(spread(sums, bounds))),
            (What::Received, Value::Count(of(RECEIVED))),
            (What::Sent, Value::Count(of(SENT))),
        ];
        let labels = labels(flow);
        points.extend(values.map(|(what, value)| Point {
            family: Family::Of(flow.level, what),
            labels: labels.clone(),
            value,
        }));
    }
    for (secure, sums) in sums.secure.iter().filter(|(secure, _)| levels.has(secure.level)) {
        let family = Family::Of(secure.level, What::Secure);
        points.push(Point { family, labels: secured(secure), value: first(sums) });
    }
    for (retried, sums) in sums.retried.iter().filter(|_| levels.services) {
        let labels = vec![("service", retried.0.to_string())];
        points.push(Point { family: Family::Retries, labels, value: first(sums) });
    }
    points
}

fn spread(sums: &[u64], bounds: usize) -> Spread {
    let of = |place: usize| sums.get(place).copied().unwrap_or_default();
    let mut counts: Vec<u64> = (0..bounds).map(|bound| of(BUCKETS + bound)).collect();
    let mut nanos: Vec<u64> = (0..bounds).map(|bound| of(BUCKETS + bounds + bound)).collect();
    counts.push(of(COUNT).saturating_sub(counts.iter().sum()));
    nanos.push(of(NANOS).saturating_sub(nanos.iter().sum()));
    Spread { counts, nanos }
}

fn labels(flow: &Flow) -> Vec<(&'static str, String)> {
    let mut labels = vec![(flow.level.text(), flow.name.to_string())];
    labels.extend(flow.service.as_ref().map(|service| ("service", service.to_string())));
    labels.push(("method", flow.verb.text().to_owned()));
    labels.push(("protocol", flow.kind.text().to_owned()));
    labels.push(("code", flow.code.to_string()));
    labels
}

fn secured(secure: &Secure) -> Vec<(&'static str, String)> {
    let mut cipher = Vec::new();
    crate::line::cipher(secure.cipher, &mut cipher);
    let mut labels = vec![(secure.level.text(), secure.name.to_string())];
    labels.extend(secure.service.as_ref().map(|service| ("service", service.to_string())));
    labels.push(("tls_version", secure.version.to_owned()));
    labels.push(("tls_cipher", String::from_utf8_lossy(&cipher).into_owned()));
    labels
}

fn first(sums: &[u64]) -> Value {
    Value::Count(sums.first().copied().unwrap_or_default())
}
