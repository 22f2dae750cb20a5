use super::*;
use crate::refuse::STATIC;
use crate::source::yaml;
use crate::static_config::StaticConfig;

fn read(text: &str) -> Vec<String> {
    let source = Source::file("t.yaml");
    check(&yaml::parse(text, &source).unwrap(), &source).iter().map(ToString::to_string).collect()
}

#[test]
fn removed_options_are_errors_that_name_the_way_out() {
    let cases = [
        ("hub: {tls: {}}", "t.yaml:1:1: error: hub was removed in version 3, delete it"),
        (
            "Providers: {docker: {swarmmode: false}}",
            "t.yaml:1:22: error: Providers.docker.swarmmode was removed in version 3, use providers.swarm",
        ),
        (
            "providers: {nomad: {endpoint: {tls: {caOptional: true}}}}",
            "t.yaml:1:38: error: providers.nomad.endpoint.tls.caOptional was removed in version 3, delete it",
        ),
        (
            "tracing: {zipkin: {}}",
            "t.yaml:1:11: error: tracing.zipkin was removed in version 3, use tracing.otlp with a collector that knows \
             Zipkin, and OTEL_PROPAGATORS=b3 for its headers",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), [expected]);
    }
}

#[test]
fn removed_options_that_nobody_misses_do_not_stop_the_start() {
    let text = "pilot: {token: x}\nexperimental: {http3: true}\napi: {}";
    let source = Source::file("t.yaml");
    let loaded = StaticConfig::load(yaml::parse(text, &source).unwrap(), &source, STATIC).unwrap();
    let told: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    let expected = [
        "t.yaml:1:1: warning: pilot was removed in version 3 and has no effect, delete it",
        "t.yaml:2:16: warning: experimental.http3 was removed in version 3 and has no effect, delete it, HTTP/3 needs no gate",
    ];
    assert_eq!(told, expected);
    let removed = "providers: {docker: {swarmMode: true}}";
    StaticConfig::load(yaml::parse(removed, &source).unwrap(), &source, STATIC).unwrap_err();
}

#[test]
fn deprecated_options_are_warnings() {
    let text = "certificatesResolvers: {le: {acme: {dnsChallenge: {delayBeforeCheck: 5}}}}\ncore: {defaultRuleSyntax: v2}";
    let problems = read(text);
    assert_eq!(problems.len(), 2);
    assert!(problems.iter().all(|problem| problem.contains(": warning: ")), "{problems:?}");
}

#[test]
fn absent_options_are_no_problem() {
    assert_eq!(read("pilot:\nproviders: {docker: {watch: true}}\ntracing: {}"), Vec::<String>::new());
}
