//! What owners of services ask for in annotations.
//!
//! Each is looked up with today's prefix first and with the one from before the mesh was renamed where that is
//! absent. What cannot be read is an error, and a service with an error is not served at all.

mod manner;
mod ours;

pub use manner::Manner;

use crate::facts::Service;
use crate::settings::{Mode, Settings};

/// How a service wants to be treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Behaviour {
    pub(crate) mode: Mode,
    pub(crate) scheme: Scheme,
    /// Nothing below is read for services that are not HTTP.
    pub(crate) retry_attempts: Option<i64>,
    pub(crate) circuit_breaker: Option<String>,
    pub(crate) rate_limit: RateLimit,
    /// How long its requests may take; ours, not Traefik Mesh's, as is all below.
    pub(crate) timeouts: Timeouts,
    pub(crate) balance: Balance,
    pub(crate) edge: Edge,
}

/// What is written for the edge and is to act here, as it is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Names of `Middleware`s with commas between them.
    pub(crate) middlewares: Option<String>,
    /// The name of a `TraefikService`.
    pub(crate) traefik_service: Option<String>,
}

/// How long requests may take; nothing for as long as they like.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeouts {
    /// Until a connection to a pod is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<String>,
    /// Until the answer begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<String>,
    /// While nothing moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<String>,
    /// In all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
}

/// How a pod is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// Among those that are well; in turn unless something else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// Who is well; everybody unless something is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<HealthCheck>,
}

/// Which pods are well.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheck {
    /// What is asked of each.
    pub path: String,
    /// How often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// How long an answer may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
}

/// What the pods of an HTTP service speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
    H2c,
}

/// How many requests of one client a service takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateLimit {
    None,
    /// Only one of the two numbers is there: no limit.
    Half,
    Both {
        /// Requests a second.
        average: i64,
        burst: i64,
    },
}

/// An annotation cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AnnotationError {
    #[error("unable to evaluate traffic-type annotation: unsupported traffic type \"traffic-type\": {0:?}")]
    Mode(String),
    #[error("unable to evaluate scheme annotation: unsupported scheme \"scheme\": {0:?}")]
    Scheme(String),
    #[error("invalid value {name:?}: {value:?} is no {what}")]
    Ours { name: &'static str, value: String, what: &'static str },
    #[error("{0:?} needs \"health-check-path\" beside it")]
    NoPath(&'static str),
    #[error(
        "unable to build middlewares: unable to build {middleware} middleware: invalid value {name:?}: \
         strconv.Atoi: parsing {value:?}: {reason}"
    )]
    Number { middleware: &'static str, name: &'static str, value: String, reason: &'static str },
    #[error(
        "unable to build middlewares: unable to build rate-limit middleware: burst and average must be \
         greater than 0"
    )]
    RateLimit,
}

impl Behaviour {
    pub(crate) fn read(service: &Service, settings: &Settings) -> Result<Self, AnnotationError> {
        let mode = mode(service, settings)?;
        let mut behaviour = Self {
            mode,
            scheme: scheme(service)?,
            retry_attempts: None,
            circuit_breaker: None,
            rate_limit: RateLimit::None,
            timeouts: Timeouts::default(),
            balance: Balance::default(),
            edge: Edge::default(),
        };
        if mode == Mode::Http {
            behaviour.retry_attempts = number(service, "retry", "retry-attempts")?;
            behaviour.rate_limit = rate_limit(service)?;
            behaviour.circuit_breaker = find(service, "circuit-breaker-expression").map(str::to_owned);
            behaviour.timeouts = ours::timeouts(service)?;
            behaviour.balance = ours::balance(service)?;
            behaviour.edge = ours::edge(service);
        }
        Ok(behaviour)
    }
}

/// How a service wants to be served.
pub(crate) fn mode(service: &Service, settings: &Settings) -> Result<Mode, AnnotationError> {
    let Some(text) = find(service, "traffic-type") else { return Ok(settings.default_mode) };
    text.parse().map_err(|_| AnnotationError::Mode(text.to_owned()))
}

fn scheme(service: &Service) -> Result<Scheme, AnnotationError> {
    match find(service, "scheme") {
        None | Some("http") => Ok(Scheme::Http),
        Some("https") => Ok(Scheme::Https),
        Some("h2c") => Ok(Scheme::H2c),
        Some(other) => Err(AnnotationError::Scheme(other.to_owned())),
    }
}

fn rate_limit(service: &Service) -> Result<RateLimit, AnnotationError> {
    let Some(burst) = number(service, "rate-limit", "ratelimit-burst")? else {
        let is_half = find(service, "ratelimit-average").is_some();
        return Ok(if is_half { RateLimit::Half } else { RateLimit::None });
    };
    match number(service, "rate-limit", "ratelimit-average")? {
        None => Ok(RateLimit::Half),
        Some(average) if average > 0 && burst > 0 => Ok(RateLimit::Both { average, burst }),
        Some(_) => Err(AnnotationError::RateLimit),
    }
}

/// A whole number as Go reads it.
fn number(
    service: &Service,
    middleware: &'static str,
    name: &'static str,
) -> Result<Option<i64>, AnnotationError> {
    let Some(text) = find(service, name) else { return Ok(None) };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let reason = if is_number { "value out of range" } else { "invalid syntax" };
    match text.parse() {
        Ok(number) if is_number => Ok(Some(number)),
        _ => Err(AnnotationError::Number { middleware, name, value: text.to_owned(), reason }),
    }
}

fn find<'s>(service: &'s Service, name: &str) -> Option<&'s str> {
    let annotations = service.annotations.as_ref()?;
    PREFIXES
        .iter()
        .find_map(|prefix| annotations.get(format!("{prefix}{name}").as_str()))
        .map(|value| &**value)
}

impl Scheme {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::H2c => "h2c",
        }
    }
}

/// The second is from before the mesh was renamed.
const PREFIXES: [&str; 2] = ["mesh.traefik.io/", "maesh.containo.us/"];

#[cfg(test)]
mod tests;
