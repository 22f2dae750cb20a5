//! The first level of both kinds of file: what is told, what makes a check fail, what stops the start.

use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Problem, Severity, Source, StaticConfig};

fn shown(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn install(text: &str) -> Result<Vec<Problem>, Vec<Problem>> {
    let source = Source::file("t");
    let tree = parse(Format::Yaml, text, &source).expect("YAML");
    StaticConfig::load(tree, &source, &[]).map(|loaded| loaded.warnings)
}

fn routing(text: &str) -> DynamicConfig {
    let source = Source::file("t");
    DynamicConfig::decode(parse(Format::Yaml, text, &source).expect("YAML"), &source, &[])
}

#[test]
fn anchors_are_told_and_do_no_harm() {
    let config = routing("common: {a: b}\nhttp: {routers: {r: {rule: x, service: s}}}\n");
    assert_eq!(shown(&config.problems), ["t:1:1: warning: unknown field `common`"]);
    assert_eq!(config.http.routers.len(), 1);
    assert_eq!(
        shown(&install("common: {a: b}\nping: {}").expect("it starts")),
        ["t:1:1: warning: unknown field `common`"]
    );
}

#[test]
fn sections_of_the_other_configuration_are_sent_there() {
    let config = routing("entryPoints: {}\nlog: {}\nhttp: {routers: {r: {rule: x, service: s}}}\n");
    assert_eq!(
        shown(&config.problems),
        [
            "t:1:1: warning: `entryPoints` belongs in the install configuration and does nothing here",
            "t:2:1: warning: `log` belongs in the install configuration and does nothing here",
        ]
    );
    let told = install("ping: {}\nhttp: {}\ntcp: {}\nudp: {}\ntls: {}").expect("it starts");
    let expected: Vec<String> = ["http", "tcp", "udp", "tls"]
        .iter()
        .zip(2..)
        .map(|(name, line)| {
            format!(
                "t:{line}:1: warning: `{name}` belongs in a routing file; name that file under providers.file"
            )
        })
        .collect();
    assert_eq!(shown(&told), expected);
}

#[test]
fn a_slip_of_the_pen_is_an_error_that_stops_nothing() {
    for (written, meant) in
        [("entryPointz", "entryPoints"), ("lgo", "log"), ("certificateResolvers", "certificatesResolvers")]
    {
        let told = install(&format!("{written}: {{}}\nping: {{}}")).expect("it starts, as Traefik does");
        assert_eq!((told[0].severity, told[0].nearest.as_deref()), (Severity::Error, Some(meant)));
    }
    for (written, meant) in [("htpp", "http"), ("udpp", "udp")] {
        let told = routing(&format!("{written}: {{}}\ntls: {{certificates: []}}")).problems;
        assert_eq!((told[0].severity, told[0].nearest.as_deref()), (Severity::Error, Some(meant)));
    }
    // As likely words of their own.
    for written in ["app", "x-log", "tmp", "defaults"] {
        let told = install(&format!("{written}: {{}}\nping: {{}}")).expect("it starts");
        assert_eq!(told[0].severity, Severity::Warning, "{written}");
        let told = routing(&format!("{written}: {{}}\ntls: {{certificates: []}}")).problems;
        assert_eq!(told[0].severity, Severity::Warning, "{written}");
    }
}

#[test]
fn an_install_file_without_anything_known_stops_the_start() {
    for text in
        ["nope: {}", "entryPointz: {web: {address: ':80'}}", "http: {routers: {}}", "ping:", "x-a: 1\nlog:\n"]
    {
        let problems = install(text).expect_err(text);
        let fatal = problems.iter().find(|problem| problem.message.starts_with("the file says nothing"));
        assert_eq!(fatal.map(|problem| problem.severity), Some(Severity::Error), "{text}: {problems:?}");
    }
    assert!(install("").is_ok() && install("nope: {}\nlog: {}").is_ok());
}

#[test]
fn one_round_shows_everything() {
    let source = Source::file("t");
    let text = "hub: {tls: {}}\ntracing: {zipkin: {}}\naccessLog: {filePat: x}\nhostResolver: {}\nentryPoints: {w: {address: nope, adress: x}}\n\
                providers: {docker: {swarmMode: true}, knative: {}, file: {filename: f}}\nlogg: {}\nexperimental: {fastProxy: {}}\n";
    let tree = parse(Format::Yaml, text, &source).expect("YAML");
    let problems =
        StaticConfig::load(tree, &source, windrose_config::refuse::STATIC).expect_err("much is wrong");
    for wanted in [
        "hub was removed",
        "tracing.zipkin was removed",
        "providers.docker.swarmMode was removed",
        "experimental.fastProxy is accepted and has no effect yet",
        "hostResolver is not supported yet",
        "providers.knative is not supported yet",
        "unknown field `filePat`",
        "unknown field `adress`",
        "`nope` is no address",
        "unknown field `logg`",
    ] {
        assert!(problems.iter().any(|problem| problem.message.contains(wanted)), "{wanted}: {problems:#?}");
    }
}
