use super::*;
use crate::source::yaml;

fn read(text: &str) -> Vec<String> {
    let source = Source::file("t.yaml");
    check(&yaml::parse(text, &source).unwrap(), &source).iter().map(ToString::to_string).collect()
}

#[test]
fn removed_options_are_errors_that_name_the_way_out() {
    let cases = [
        ("pilot: {token: x}", "t.yaml:1:1: error: pilot was removed in version 3, delete it"),
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
            "t.yaml:1:11: error: tracing.zipkin was removed in version 3, use tracing.otlp",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), [expected]);
    }
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
