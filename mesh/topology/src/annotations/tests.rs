use serde_json::{Map, Value, json};

use super::*;
use crate::facts::Fact;

fn read(annotations: &[(&str, &str)]) -> Result<Behaviour, AnnotationError> {
    let annotations: Map<String, Value> =
        annotations.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let service = Service::read(json!({"metadata": {"annotations": annotations}, "spec": {}})).unwrap();
    Behaviour::read(&service, &Settings::default())
}

#[test]
fn an_old_prefix_counts_where_the_new_one_is_absent() {
    let behaviour = read(&[
        ("maesh.containo.us/scheme", "h2c"),
        ("mesh.traefik.io/scheme", "https"),
        ("maesh.containo.us/retry-attempts", "3"),
    ]);
    let behaviour = behaviour.unwrap();
    assert_eq!((behaviour.scheme, behaviour.retry_attempts), (Scheme::Https, Some(3)));
}

#[test]
fn numbers_are_read_as_go_reads_them() {
    let attempts =
        |text: &str| read(&[("mesh.traefik.io/retry-attempts", text)]).map(|found| found.retry_attempts);
    for (text, number) in [("2", 2), ("+2", 2), ("-2", -2), ("007", 7)] {
        assert_eq!(attempts(text), Ok(Some(number)), "{text}");
    }
    for (text, reason) in [
        ("", "invalid syntax"),
        ("+", "invalid syntax"),
        ("1.0", "invalid syntax"),
        (" 1", "invalid syntax"),
        ("9223372036854775808", "value out of range"),
    ] {
        let error = attempts(text).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "unable to build middlewares: unable to build retry middleware: invalid value \
                 \"retry-attempts\": strconv.Atoi: parsing \"{text}\": {reason}"
            )
        );
    }
}

#[test]
fn a_rate_limit_has_both_numbers() {
    let limit = |average: &str, burst: &str| {
        read(&[("mesh.traefik.io/ratelimit-average", average), ("mesh.traefik.io/ratelimit-burst", burst)])
            .map(|found| found.rate_limit)
    };
    assert_eq!(limit("1", "2"), Ok(RateLimit::Both { average: 1, burst: 2 }));
    assert_eq!(limit("0", "2"), Err(AnnotationError::RateLimit));
    assert_eq!(limit("1", "-2"), Err(AnnotationError::RateLimit));
    assert_eq!(read(&[("mesh.traefik.io/ratelimit-burst", "2")]).unwrap().rate_limit, RateLimit::Half);
    assert_eq!(read(&[]).unwrap().rate_limit, RateLimit::None);
}

#[test]
fn a_scheme_has_to_be_known_for_services_that_have_none() {
    let error =
        read(&[("mesh.traefik.io/traffic-type", "tcp"), ("mesh.traefik.io/scheme", "ws")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unable to evaluate scheme annotation: unsupported scheme \"scheme\": \"ws\""
    );
}

#[test]
fn what_is_ours_is_read_and_checked() {
    let behaviour = read(&[
        ("mesh.traefik.io/timeout-total", "1m30s"),
        ("mesh.traefik.io/timeout-idle", "1.5s"),
        ("mesh.traefik.io/load-balancing-strategy", "leasttime"),
        ("mesh.traefik.io/health-check-path", "/healthz?full=1"),
        ("mesh.traefik.io/health-check-timeout", "250ms"),
    ]);
    let behaviour = behaviour.unwrap();
    assert_eq!(behaviour.timeouts.total.as_deref(), Some("1m30s"));
    assert_eq!(behaviour.timeouts.connect, None);
    assert_eq!(behaviour.balance.strategy.as_deref(), Some("leasttime"));
    let health = behaviour.balance.health_check.unwrap();
    assert_eq!((&*health.path, health.timeout.as_deref()), ("/healthz?full=1", Some("250ms")));
    for (name, wrong) in [
        ("timeout-total", "soon"),
        ("timeout-total", ""),
        ("timeout-total", "5"),
        ("timeout-total", "-5s"),
        ("timeout-total", "5s "),
        ("load-balancing-strategy", "best"),
        ("health-check-path", "healthz"),
        ("health-check-path", "/a b"),
        ("health-check-interval", "5s"),
    ] {
        let error = read(&[(&format!("mesh.traefik.io/{name}"), wrong)]);
        assert!(error.is_err(), "{name}: {wrong:?}");
    }
}
