//! What Traefik Mesh does not have: timeouts, the choice of a pod, health checks, what is written for the edge.

use super::{AnnotationError, Balance, Edge, HealthCheck, Timeouts, find};
use crate::facts::Service;

/// How long requests may take.
pub(super) fn timeouts(service: &Service) -> Result<Timeouts, AnnotationError> {
    Ok(Timeouts {
        connect: time(service, "timeout-connect")?,
        first_byte: time(service, "timeout-first-byte")?,
        idle: time(service, "timeout-idle")?,
        total: time(service, "timeout-total")?,
    })
}

/// What is written for the edge. Whether it is there is not known here.
pub(super) fn edge(service: &Service) -> Edge {
    let named = |name| find(service, name).map(str::to_owned);
    Edge { middlewares: named("middlewares"), traefik_service: named("traefik-service") }
}

/// How a pod is chosen.
pub(super) fn balance(service: &Service) -> Result<Balance, AnnotationError> {
    let strategy = find(service, STRATEGY);
    if let Some(value) = strategy.filter(|value| !STRATEGIES.contains(value)) {
        let what = "strategy, which is wrr, p2c, hrw or leasttime";
        return Err(AnnotationError::Ours { name: STRATEGY, value: value.to_owned(), what });
    }
    Ok(Balance { strategy: strategy.map(str::to_owned), health_check: health(service)? })
}

fn health(service: &Service) -> Result<Option<HealthCheck>, AnnotationError> {
    let (interval, timeout) = (time(service, INTERVAL)?, time(service, TIMEOUT)?);
    let Some(path) = find(service, PATH) else {
        let alone = [(INTERVAL, interval), (TIMEOUT, timeout)].into_iter().find(|(_, value)| value.is_some());
        return alone.map_or(Ok(None), |(name, _)| Err(AnnotationError::NoPath(name)));
    };
    let is_path = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_path {
        return Err(AnnotationError::Ours {
            name: PATH,
            value: path.to_owned(),
            what: "path, which begins with /",
        });
    }
    Ok(Some(HealthCheck { path: path.to_owned(), interval, timeout }))
}

/// A time as Go writes it, such as `1m30s` or `500ms`.
fn time(service: &Service, name: &'static str) -> Result<Option<String>, AnnotationError> {
    let Some(text) = find(service, name) else { return Ok(None) };
    if is_time(text) {
        return Ok(Some(text.to_owned()));
    }
    Err(AnnotationError::Ours { name, value: text.to_owned(), what: "time, such as 500ms or 1m30s" })
}

fn is_time(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let number = rest.strip_suffix(digits).unwrap_or_default();
        let Some(unit) = UNITS.iter().find(|unit| digits.starts_with(**unit)) else { return false };
        if number.parse::<f64>().is_err() {
            return false;
        }
        rest = digits.strip_prefix(unit).unwrap_or_default();
    }
    !text.is_empty()
}

const STRATEGY: &str = "load-balancing-strategy";
const STRATEGIES: [&str; 4] = ["wrr", "p2c", "hrw", "leasttime"];
const PATH: &str = "health-check-path";
const INTERVAL: &str = "health-check-interval";
const TIMEOUT: &str = "health-check-timeout";
/// The longer ones first, as `m` begins `ms`.
const UNITS: [&str; 6] = ["ms", "us", "ns", "h", "m", "s"];
