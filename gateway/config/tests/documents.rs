//! Documents with every option, in every form, decode without loss.

use std::sync::Arc;

use serde_json::Value;
use windrose_config::DynamicConfig;
use windrose_config::dynamic_config::ServiceKind;
use windrose_config::origin::Source;
use windrose_config::redact::Unowned;
use windrose_config::source::{Format, parse};

fn decode(file: &str, text: &str) -> (Value, DynamicConfig) {
    let source: Arc<Source> = Source::file(file);
    let format = Format::of_file(file).expect("a known form");
    let tree = parse(format, text, &source).expect("a document");
    let written = serde_json::to_value(&tree).expect("printable");
    (written, DynamicConfig::decode(tree, &source, &[]))
}

/// What the document says, with names and values as it writes them, is what the configuration prints.
fn assert_nothing_is_lost(file: &str, text: &str) {
    let (written, config) = decode(file, text);
    assert_eq!(config.problems, []);
    assert_eq!(with_what_is_hidden(&config), written);
}

/// The configuration as it prints, with the texts that it does not show put in.
fn with_what_is_hidden(config: &DynamicConfig) -> Value {
    let mut printed = serde_json::to_value(config).expect("printable");
    let mut put = |path: String, value: Value| {
        let shown = printed.pointer_mut(&path).expect("it has this part");
        assert_ne!(*shown, value, "{path} is shown");
        *shown = value;
    };
    for (protocol, middlewares) in [("http", &config.http.middlewares), ("tcp", &config.tcp.middlewares)] {
        for (name, middleware) in middlewares {
            let options = serde_json::to_value(&middleware.options).expect("printable");
            if options != serde_json::to_value(Unowned(&middleware.options)).expect("printable") {
                put(format!("/{protocol}/middlewares/{name}/{}", middleware.kind.value), options);
            }
        }
    }
    for (name, service) in &config.http.services {
        if let ServiceKind::LoadBalancer(balancer) = &service.kind
            && let Some(check) = balancer.health_check.as_deref().filter(|check| !check.headers.is_empty())
        {
            let headers = serde_json::to_value(&check.headers).expect("printable");
            put(format!("/http/services/{name}/loadBalancer/healthCheck/headers"), headers);
        }
    }
    printed
}

#[test]
fn every_option_of_version_3_survives_in_yaml() {
    assert_nothing_is_lost("all-v3.yaml", include_str!("fixtures/all-v3.yaml"));
}

#[test]
fn every_option_of_version_3_survives_in_toml() {
    assert_nothing_is_lost("all-v3.toml", include_str!("fixtures/all-v3.toml"));
}

#[test]
fn every_option_of_version_3_survives_in_json() {
    let (written, _) = decode("all-v3.yaml", include_str!("fixtures/all-v3.yaml"));
    assert_nothing_is_lost("all-v3.json", &written.to_string());
}

#[test]
fn options_newer_than_the_generated_samples_survive() {
    assert_nothing_is_lost("newer.yaml", include_str!("fixtures/newer.yaml"));
}

#[test]
fn yaml_and_toml_say_the_same() {
    let (_, yaml) = decode("all-v3.yaml", include_str!("fixtures/all-v3.yaml"));
    let (_, toml) = decode("all-v3.toml", include_str!("fixtures/all-v3.toml"));
    assert_eq!(yaml.http.services, toml.http.services);
    assert_eq!(
        yaml.http.middlewares.keys().collect::<Vec<_>>(),
        toml.http.middlewares.keys().collect::<Vec<_>>()
    );
    assert_eq!(yaml.tls, toml.tls);
    assert_eq!(yaml.tcp.routers, toml.tcp.routers);
    assert_eq!(yaml.udp, toml.udp);
}

/// The samples of version 2.9 put a word where a duration belongs; everything else of them is understood.
#[test]
fn every_option_of_version_2_9_is_known() {
    for (file, text) in [
        ("all-v2.9.yaml", include_str!("fixtures/all-v2.9.yaml")),
        ("all-v2.9.toml", include_str!("fixtures/all-v2.9.toml")),
    ] {
        let (_, config) = decode(file, text);
        let messages: Vec<&str> = config.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, ["cannot use `foobar`"; 3], "{file}");
        assert_eq!(config.http.routers.len(), 2, "{file}");
        assert_eq!(config.http.middlewares.len(), 23, "{file}");
    }
}
