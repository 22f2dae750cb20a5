//! Whatever labels say, reading them ends with a configuration and problems, and no router serves past a mistake.

use std::collections::BTreeMap;

use proptest::prelude::*;
use windrose_config::{DynamicConfig, Severity};
use windrose_providers_core::labels::{
    Address, Constraints, DefaultRule, Servers, Subject, Workload, merge, read,
};
use windrose_providers_core::template::Data;

/// Words that lead deep into routing, and some that do not.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "http",
        "HTTP",
        "tcp",
        "udp",
        "tls",
        "routers",
        "services",
        "middlewares",
        "stores",
        "default",
        "a",
        "A",
        "b",
        "rule",
        "Rule",
        "service",
        "entrypoints",
        "priority",
        "domains[0]",
        "domains[1]",
        "[0]",
        "main",
        "loadbalancer",
        "server",
        "servers",
        "port",
        "scheme",
        "url",
        "weight",
        "sticky",
        "cookie",
        "weighted",
        "parentRefs",
        "compress",
        "serverstransports",
        "enable",
        "x]",
        "",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

fn labels() -> impl Strategy<Value = BTreeMap<String, String>> {
    let starts = prop::sample::select(vec![
        "traefik",
        "traefik.http",
        "traefik.http.routers.a",
        "traefik.http.services.a",
        "traefik.http.middlewares.a",
        "traefik.http.services.a.loadbalancer",
        "traefik.tcp.routers.a",
        "traefik.tcp.services.a.loadbalancer.server",
        "traefik.udp.routers.a",
        "traefik.udp.services.a",
        "traefik.tls.stores.default",
        "Traefik",
        "other",
    ]);
    let value = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just(String::new()),
        Just("80".to_owned()),
        Just("Path(`/`)".to_owned()),
        Just("a, b".to_owned()),
        "\\PC{0,8}",
    ];
    let name = (starts, prop::collection::vec(word(), 0..5));
    let name = name.prop_map(|(start, words)| {
        std::iter::once(start.to_owned()).chain(words).collect::<Vec<String>>().join(".")
    });
    prop::collection::btree_map(name, value, 0..8)
}

fn read_of(labels: &BTreeMap<String, String>) -> DynamicConfig {
    let find = |port: Option<&str>| match port {
        Some("") => Err("no port".to_owned()),
        port => Ok(vec![Address::new("::1", port.unwrap_or("80"))]),
    };
    let data = [("Name", Data::Text("w")), ("Labels", Data::Texts(labels))];
    let rule = DefaultRule { template: "Host(`{{ .Name }}`)", option: "defaultRule", data: &data };
    read(
        &Workload {
            owner: "container w",
            name: "w",
            labels,
            servers: Servers::At(&find),
            rule,
            constraints: &Constraints::default(),
        },
        &[],
    )
}

proptest! {
    #![proptest_config(windrose_random::cases(300))]

    #[test]
    fn any_labels_are_read(labels in labels(), others in labels()) {
        let (one, two) = (read_of(&labels), read_of(&others));
        for config in [&one, &two] {
            let is_error = |problem: &&windrose_config::Problem| problem.severity == Severity::Error;
            let mut errors = config.problems.iter().filter(is_error);
            // A mistake that belongs to no object leaves nothing of the workload.
            if errors.any(|problem| problem.object.is_none()) {
                prop_assert!(config.http.routers.is_empty() && config.tcp.routers.is_empty());
            }
            for (name, router) in &config.http.routers {
                prop_assert!(router.service.is_some() && !router.rule.value.is_empty(), "{name}");
                prop_assert!(!config.http.closed.contains_key(name));
            }
        }
        let both = merge([&one, &two]);
        prop_assert!(one.http.routers.keys().all(|name| both.http.routers.contains_key(name)));
        // The same twice is the same once.
        let twice = merge([&one, &one]);
        prop_assert_eq!(serde_json::to_string(&twice).unwrap(), serde_json::to_string(&merge([&one])).unwrap());
    }

    #[test]
    fn any_expression_is_one_or_an_error(text in "[Labeltgrx`,()!&| \"a-c]{0,40}") {
        for subject in [Subject::Labels, Subject::Tags] {
            if let Ok(constraints) = Constraints::parse(&text, subject) {
                let _ = constraints.match_labels(&BTreeMap::new());
            }
        }
    }
}
