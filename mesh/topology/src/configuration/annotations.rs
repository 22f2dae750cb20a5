//! What annotations of a service ask for.

use serde_json::{Map, Value, json};

use crate::facts::Service;

/// What a service asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wishes {
    /// How its pods are asked.
    pub(super) scheme: &'static str,
    /// Its middlewares, in the order in which they stand before it, by the end of their names.
    pub(super) middlewares: Vec<(&'static str, Value)>,
}

/// Reads the annotations of a service.
pub(super) fn read(service: &Service) -> Result<Wishes, String> {
    let scheme = scheme(service)?;
    let mut middlewares = Vec::new();
    // What is refused for its rate is no failure of the service, and a failure that is tried again is one.
    if let Some(limit) = rate_limit(service)? {
        middlewares.push(("rate-limit", limit));
    }
    if let Some(expression) = service.annotation("circuit-breaker-expression") {
        middlewares.push(("circuit-breaker", json!({"circuitBreaker": {"expression": expression}})));
    }
    if let Some(attempts) = number(service, "retry-attempts")? {
        middlewares.push(("retry", json!({"retry": {"attempts": attempts}})));
    }
    Ok(Wishes { scheme, middlewares })
}

/// How the pods of a service are asked.
pub(super) fn scheme(service: &Service) -> Result<&'static str, String> {
    match service.annotation("scheme").unwrap_or("http") {
        "http" => Ok("http"),
        "https" => Ok("https"),
        "h2c" => Ok("h2c"),
        other => Err(format!("unsupported scheme \"scheme\": {other:?}")),
    }
}

fn rate_limit(service: &Service) -> Result<Option<Value>, String> {
    let (average, burst) = (number(service, "ratelimit-average")?, number(service, "ratelimit-burst")?);
    let (average, burst) = match (average, burst) {
        (None, None) => return Ok(None),
        (Some(average), Some(burst)) => (average, burst),
        (Some(_), None) => return Err("ratelimit-average needs ratelimit-burst beside it".to_owned()),
        (None, Some(_)) => return Err("ratelimit-burst needs ratelimit-average beside it".to_owned()),
    };
    if average <= 0 || burst <= 0 {
        return Err(
            "unable to build rate-limit middleware: burst and average must be greater than 0".to_owned()
        );
    }
    let mut limit = Map::new();
    limit.insert("average".to_owned(), average.into());
    limit.insert("period".to_owned(), "1s".into());
    limit.insert("burst".to_owned(), burst.into());
    Ok(Some(json!({"rateLimit": limit})))
}

fn number(service: &Service, name: &str) -> Result<Option<i64>, String> {
    let Some(written) = service.annotation(name) else { return Ok(None) };
    let value =
        written.parse().map_err(|_| format!("invalid value {name:?}: {written:?} is no whole number"))?;
    Ok(Some(value))
}
