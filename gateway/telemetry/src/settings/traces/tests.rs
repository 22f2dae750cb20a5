//! What is written of traces, and what is made of it.

use windrose_config::static_config::JaegerCollector;

use super::*;
use crate::settings::Changes;

fn read(written: &Written, env: &[(&str, &str)]) -> (Option<Traces>, Vec<String>) {
    let env = |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let mut problems = Vec::new();
    let traces =
        super::read(written, Around { env: &env, files: &files, changes: Changes::NeverCome }, &mut problems);
    (traces, problems.iter().map(ToString::to_string).collect())
}

fn jaeger(jaeger: Jaeger) -> Written {
    Written { jaeger: Some(Box::new(jaeger)), ..Written::default() }
}

#[test]
fn spans_go_to_the_path_of_their_kind_unless_another_one_is_written() {
    for (endpoint, expected) in [
        ("http://a.test:4318", "http://a.test:4318/v1/traces"),
        ("https://a.test", "https://a.test/v1/traces"),
        ("http://a.test:4318/x", "http://a.test:4318/x"),
        ("http://a.test:4318/x/", "http://a.test:4318/x/"),
    ] {
        let mut written = Written::default();
        let http = written.otlp.as_mut().unwrap().http.as_mut().unwrap();
        http.endpoint.value = endpoint.into();
        assert_eq!(read(&written, &[]).0.unwrap().exporter.url(), expected);
    }
}

#[test]
fn what_cannot_be_used_is_told_by_its_place() {
    let mut written = Written { sample_rate: 1.5, ..Written::default() };
    let (none, problems) = read(&written, &[]);
    assert!(none.is_none() && problems[0].contains("tracing.sampleRate is 1.5"), "{problems:?}");
    written.sample_rate = 1.0;
    written.otlp.as_mut().unwrap().http.as_mut().unwrap().endpoint.value = "collector:4318".into();
    let (none, problems) = read(&written, &[]);
    assert!(none.is_none() && problems[0].contains("tracing.otlp.http.endpoint"), "{problems:?}");
}

#[test]
fn languages_come_from_the_environment_and_unknown_ones_are_told() {
    let (traces, problems) = read(&Written::default(), &[("OTEL_PROPAGATORS", "b3, zipkin")]);
    assert_eq!(&*traces.unwrap().tracing.propagation().formats, [Format::B3]);
    assert!(problems[0].contains("names zipkin, which is unknown"), "{problems:?}");
}

#[test]
fn the_agent_of_jaeger_becomes_the_collector_on_its_host_and_that_is_told() {
    let agent = Jaeger {
        local_agent_host_port: "jaeger-agent.monitoring.svc.cluster.local:6831".into(),
        ..Jaeger::default()
    };
    let (traces, problems) = read(&jaeger(agent), &[("OTEL_PROPAGATORS", "b3")]);
    let traces = traces.unwrap();
    assert_eq!(traces.exporter.url(), "http://jaeger-agent.monitoring.svc.cluster.local:4318/v1/traces");
    assert!(problems.len() == 1 && problems[0].contains("are sent to http://jaeger-agent"), "{problems:?}");
    let propagation = traces.tracing.propagation();
    assert_eq!((&*propagation.formats, &*propagation.jaeger), (&[Format::Jaeger][..], "uber-trace-id"));
}

#[test]
fn a_collector_of_jaeger_counts_before_its_agent_and_one_of_today_before_both() {
    let collector =
        JaegerCollector { endpoint: "http://jaeger:14268/api/traces?format=x".into(), ..Default::default() };
    let mut written = jaeger(Jaeger { collector: Some(collector), ..Jaeger::default() });
    assert_eq!(read(&written, &[]).0.unwrap().exporter.url(), "http://jaeger:4318/v1/traces");
    written.otlp.as_mut().unwrap().http.as_mut().unwrap().endpoint.value = "http://otel:4318".into();
    assert_eq!(read(&written, &[]).0.unwrap().exporter.url(), "http://otel:4318/v1/traces");
}

#[test]
fn a_way_of_sampling_that_cannot_be_honoured_stops_the_start() {
    for (kind, param) in [("rateLimiting", 5.0), ("probabilistic", 5.0), ("nonsense", 1.0)] {
        let old = Jaeger { sampling_type: kind.into(), sampling_param: param, ..Jaeger::default() };
        let (none, problems) = read(&jaeger(old), &[]);
        assert!(none.is_none() && problems[0].contains("cannot be honoured"), "{problems:?}");
    }
    for (kind, param) in [("const", 0.0), ("probabilistic", 0.1), ("remote", 0.5)] {
        let old = Jaeger { sampling_type: kind.into(), sampling_param: param, ..Jaeger::default() };
        assert!(read(&jaeger(old), &[]).0.is_some(), "{kind}");
    }
}
