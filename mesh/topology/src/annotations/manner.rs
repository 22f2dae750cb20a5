//! What annotations of a service come to, for people: which of them are in force, and which say nothing.

use std::sync::Arc;

use super::{Behaviour, PREFIXES, RateLimit, mode};
use crate::facts::Service;
use crate::settings::{Mode, Settings};

/// How a service is served, and by which of its annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    /// What it carries; none where that cannot be understood.
    pub mode: Option<Mode>,
    /// Annotations of the mesh that count, as they are written: names and values.
    pub in_force: Vec<(Arc<str>, Arc<str>)>,
    /// Annotations of the mesh that nothing comes of: not known, not for this traffic type, or beside one that counts
    /// in their place. All of them where any cannot be understood, as the service is left out then.
    pub idle: Vec<(Arc<str>, Arc<str>)>,
}

impl Manner {
    /// What a service carries; none where that cannot be understood.
    #[must_use]
    pub fn mode_of(service: &Service, settings: &Settings) -> Option<Mode> {
        mode(service, settings).ok()
    }

    /// That of a service.
    #[must_use]
    pub fn of(service: &Service, settings: &Settings) -> Self {
        let behaviour = Behaviour::read(service, settings).ok();
        let mut manner =
            Self { mode: Self::mode_of(service, settings), in_force: Vec::new(), idle: Vec::new() };
        for (key, value) in service.annotations.iter().flatten() {
            let Some(name) = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix)) else { continue };
            let counts = behaviour.as_ref().is_some_and(|behaviour| behaviour.uses(name));
            let list =
                if counts && is_first(service, key, name) { &mut manner.in_force } else { &mut manner.idle };
            list.push((Arc::clone(key), Arc::clone(value)));
        }
        manner
    }
}

impl Behaviour {
    /// Whether anything comes of an annotation of this name.
    fn uses(&self, name: &str) -> bool {
        match name {
            "traffic-type" => true,
            _ if self.mode != Mode::Http => false,
            "retry-attempts" => self.retry_attempts.is_some_and(|attempts| attempts > 0),
            "circuit-breaker-expression" => {
                self.circuit_breaker.as_ref().is_some_and(|text| !text.is_empty())
            }
            "ratelimit-average" | "ratelimit-burst" => matches!(self.rate_limit, RateLimit::Both { .. }),
            name => OTHERS.contains(&name),
        }
    }
}

/// Whether an annotation is the one that counts where its name is written with several prefixes.
fn is_first(service: &Service, key: &str, name: &str) -> bool {
    let written =
        |full: &String| service.annotations.as_ref().is_some_and(|all| all.contains_key(full.as_str()));
    PREFIXES.iter().map(|prefix| format!("{prefix}{name}")).find(written).is_some_and(|first| first == key)
}

/// Annotations that count wherever they are understood, for HTTP.
const OTHERS: [&str; 11] = [
    "scheme",
    "timeout-connect",
    "timeout-first-byte",
    "timeout-idle",
    "timeout-total",
    "load-balancing-strategy",
    "health-check-path",
    "health-check-interval",
    "health-check-timeout",
    "middlewares",
    "traefik-service",
];

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::facts::Fact;

    fn of(annotations: &[(&str, &str)]) -> (Option<Mode>, Vec<String>, Vec<String>) {
        let written: Map<String, Value> =
            annotations.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let service = Service::read(json!({"metadata": {"annotations": written}, "spec": {}})).unwrap();
        let Manner { mode, in_force, idle } = Manner::of(&service, &Settings::default());
        let names = |list: Vec<(Arc<str>, Arc<str>)>| list.iter().map(|(key, _)| key.to_string()).collect();
        (mode, names(in_force), names(idle))
    }

    type Annotations = &'static [(&'static str, &'static str)];

    #[test]
    fn annotations_of_others_are_not_told() {
        let (mode, in_force, idle) = of(&[("kubectl.kubernetes.io/last-applied-configuration", "secret")]);
        assert_eq!((mode, in_force.len(), idle.len()), (Some(Mode::Http), 0, 0));
    }

    #[test]
    fn what_has_no_effect_is_told_from_what_is_in_force() {
        let cases: [(Annotations, &[&str]); 6] = [
            (&[("mesh.traefik.io/retry-attempts", "2"), ("mesh.traefik.io/retry", "2")], &["retry-attempts"]),
            (&[("mesh.traefik.io/ratelimit-average", "2")], &[]),
            (
                &[("mesh.traefik.io/ratelimit-average", "2"), ("mesh.traefik.io/ratelimit-burst", "4")],
                &["ratelimit-average", "ratelimit-burst"],
            ),
            (
                &[("mesh.traefik.io/traffic-type", "tcp"), ("mesh.traefik.io/scheme", "h2c")],
                &["traffic-type"],
            ),
            (
                &[
                    ("mesh.traefik.io/retry-attempts", "0"),
                    ("mesh.traefik.io/circuit-breaker-expression", ""),
                ],
                &[],
            ),
            (&[("mesh.traefik.io/scheme", "h2c"), ("mesh.traefik.io/timeout-idle", "soon")], &[]),
        ];
        for (annotations, expected) in cases {
            let (_, in_force, idle) = of(annotations);
            let full: Vec<String> = expected.iter().map(|name| format!("mesh.traefik.io/{name}")).collect();
            assert_eq!(in_force, full, "{annotations:?}");
            assert_eq!(in_force.len() + idle.len(), annotations.len(), "{annotations:?}");
        }
    }

    #[test]
    fn of_two_prefixes_the_newer_counts() {
        let (_, in_force, idle) =
            of(&[("maesh.containo.us/scheme", "h2c"), ("mesh.traefik.io/scheme", "http")]);
        assert_eq!(in_force, ["mesh.traefik.io/scheme"]);
        assert_eq!(idle, ["maesh.containo.us/scheme"]);
    }

    #[test]
    fn a_traffic_type_that_makes_no_sense_is_none() {
        let (mode, in_force, idle) = of(&[("mesh.traefik.io/traffic-type", "<b>")]);
        assert_eq!((mode, in_force.len(), idle.len()), (None, 0, 1));
    }
}
