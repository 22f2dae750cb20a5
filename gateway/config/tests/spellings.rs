//! Ways of writing that start Traefik, though nobody planned them.

use std::sync::Arc;

use windrose_config::dynamic_config::ServiceKind;
use windrose_config::source::{Format, environment, flags, parse};
use windrose_config::static_config::Loaded;
use windrose_config::{DynamicConfig, Problem, Severity, Source, StaticConfig, Tree};

fn load(tree: Tree, source: &Arc<Source>) -> Result<Loaded, Vec<Problem>> {
    StaticConfig::load(tree, source, &[])
}

fn of_flags(line: &str) -> Loaded {
    let arguments: Vec<&str> = line.split(' ').collect();
    let read = flags::parse(&arguments, &StaticConfig::shape()).expect("flags");
    load(read.tree, &read.source).map_err(|problems| format!("{line}: {problems:?}")).expect("it starts")
}

fn of_file(format: Format, text: &str) -> Loaded {
    let source = Source::file("t");
    let tree = parse(format, text, &source).expect("a document");
    load(tree, &source).map_err(|problems| format!("{text}: {problems:?}")).expect("it starts")
}

fn shown(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_section_as_a_flag_is_off_unless_it_is_true_and_told() {
    let loaded = of_flags("--ping={}");
    assert!(loaded.config.ping.is_none(), "traefik: the same");
    assert_eq!(
        shown(&loaded.warnings),
        ["--ping: warning: `{}` is not `true`, so this section is off; write true or false"]
    );
    let loaded =
        of_flags("--certificatesresolvers.a.acme.tlschallenge={} --certificatesresolvers.a.acme.email=x");
    assert!(loaded.config.certificates_resolvers["a"].acme.as_ref().expect("acme").tls_challenge.is_none());
    assert_eq!(loaded.warnings.len(), 1);
    for line in ["--ping=", "--ping", "--ping=true", "--ping= --ping.manualrouting"] {
        let loaded = of_flags(line);
        assert!(loaded.config.ping.is_some() && loaded.warnings.is_empty(), "{line}");
    }
    assert!(of_flags("--ping= --ping.manualrouting").config.ping.expect("on").manual_routing);
    assert!(of_flags("--ping={} --ping.manualrouting").config.ping.is_none());
}

#[test]
fn a_word_from_a_variable_that_is_not_set_is_the_default() {
    let line = "--log.level= --log.format= --entrypoints.w.address=:1 \
                --entrypoints.w.http.underscoreheadersstrategy= --entrypoints.w.observability.traceverbosity=";
    let config = of_flags(line).config;
    assert_eq!((&**config.log.level, &**config.log.format), ("ERROR", "common"));
    let entry_point = &config.entry_points["w"];
    assert_eq!(&**entry_point.http.underscore_headers_strategy, "keep");
    assert_eq!(&**entry_point.observability.trace_verbosity, "minimal");
}

#[test]
fn names_with_separators_in_them_are_names() {
    let variables = [("TRAEFIK_ACCESSLOG_FIELDS_HEADERS_NAMES_USER_AGENT", "keep")];
    let read = environment::parse(variables, &StaticConfig::shape()).expect("ours");
    let config = load(read.tree, &read.source).expect("a configuration").config;
    let fields = config.access_log.expect("on").fields.expect("written");
    assert_eq!(&**fields.headers.expect("written").names["user.agent"], "keep", "traefik: the same name");

    let toml =
        "[ocsp.responderOverrides]\nocsp.example = \"http://a\"\n\"http://b.example\" = \"http://c\"\n";
    let overrides = of_file(Format::Toml, toml).config.ocsp.expect("on").responder_overrides;
    assert_eq!(overrides.keys().map(|key| &**key).collect::<Vec<_>>(), ["ocsp.example", "http://b.example"]);

    let line = "--ocsp.responderoverrides.http://a.example=http://b";
    assert_eq!(
        &**of_flags(line).config.ocsp.expect("on").responder_overrides["http://a.example"],
        "http://b"
    );
}

#[test]
fn two_cases_of_a_section_are_one_section() {
    let toml = "[accessLog]\nfilePath = \"/x\"\n[accesslog.otlp]\nserviceName = \"n\"\n[experimental]\notlpLogs = true\n\
                [entryPoints.w]\naddress = \":1\"\n[ENTRYPOINTS.w2]\naddress = \":2\"\n\
                [ENTRYPOINTS.w2.HTTP]\nsanitizePath = false\n[providers.file]\nfilename = \"f\"\n[PROVIDERS.File]\nwatch = false\n";
    let config = of_file(Format::Toml, toml).config;
    let log = config.access_log.expect("on");
    assert_eq!((&*log.file_path, log.otlp.is_some()), ("/x", true));
    assert!(config.entry_points.len() == 2 && !config.entry_points["w2"].http.sanitize_path);
    let file = config.providers.find("file").expect("on");
    assert!(file.options.field("watch").is_some() && file.options.field("filename").is_some());

    let toml = "[http.services.s.loadBalancer]\npassHostHeader = false\n\
                [[HTTP.Services.s.loadbalancer.servers]]\nurl = \"http://a\"\n";
    let source = Source::file("t");
    let config = DynamicConfig::decode(parse(Format::Toml, toml, &source).expect("TOML"), &source, &[]);
    assert_eq!(
        config.problems.len(),
        1,
        "an object in two places cannot be put together: {:?}",
        config.problems
    );

    let toml = "[http.services.s.loadBalancer]\npassHostHeader = false\n\
                [[http.services.s.loadbalancer.servers]]\nurl = \"http://a\"\n[HTTP.services.t.loadBalancer]\n\
                servers = []\n";
    let config = DynamicConfig::decode(parse(Format::Toml, toml, &source).expect("TOML"), &source, &[]);
    assert_eq!(config.problems, []);
    let ServiceKind::LoadBalancer(balancer) = &config.http.services["s"].kind else {
        panic!("a load balancer")
    };
    assert!(balancer.servers.len() == 1 && !balancer.pass_host_header);
    assert!(config.http.services.contains_key("t"));
}

#[test]
fn the_same_case_twice_is_a_mistake() {
    let source = Source::file("t");
    let text = "log: {noColor: true}\nlog: {level: INFO}\n";
    let problems = load(parse(Format::Yaml, text, &source).expect("YAML"), &source).expect_err("twice");
    assert_eq!(shown(&problems), ["t:2:1: error: `log` is written twice, remove one of them"]);
    let text = "log: {level: DEBUG, LEVEL: INFO}\n";
    let problems = load(parse(Format::Yaml, text, &source).expect("YAML"), &source).expect_err("twice");
    assert_eq!(shown(&problems), ["t:1:21: error: `LEVEL` is written twice, remove one of them"]);
}

#[test]
fn a_table_in_place_of_a_list_is_a_list() {
    let source = Source::file("t");
    let toml = "[http.services.none.loadBalancer.servers]\n\
                [http.services.two.loadBalancer.servers.b]\nurl = \"http://b\"\n\
                [http.services.two.loadBalancer.servers.a]\nurl = \"http://a\"\n";
    let config = DynamicConfig::decode(parse(Format::Toml, toml, &source).expect("TOML"), &source, &[]);
    assert_eq!(config.problems, []);
    let urls = |name: &str| match &config.http.services[name].kind {
        ServiceKind::LoadBalancer(balancer) => {
            balancer.servers.iter().map(|server| server.url.to_string()).collect::<Vec<_>>()
        }
        _ => panic!("a load balancer"),
    };
    assert_eq!(urls("none"), Vec::<String>::new());
    assert_eq!(urls("two"), ["http://a", "http://b"], "traefik: in the order of their names");
}

#[test]
fn nothing_behind_a_section_is_told() {
    let source = Source::file("t");
    let text = "http: {routers: {r: {rule: 'Path(`/`)', service: s, tls: }}}";
    let config = DynamicConfig::decode(parse(Format::Yaml, text, &source).expect("YAML"), &source, &[]);
    assert!(config.http.routers["r"].tls.is_none(), "traefik: the same");
    assert_eq!(
        shown(&config.problems),
        [
            "t:1:53: warning: `tls` has nothing behind it and counts as not written; write its options or remove it"
        ]
    );
    let text = "entryPoints: {w: {address: ':1', http: {tls: , sanitizePath: true}}}";
    let loaded = of_file(Format::Yaml, text);
    assert!(loaded.config.entry_points["w"].http.tls.is_none());
    assert!(loaded.warnings.iter().all(|problem| problem.severity == Severity::Warning));
    assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
}
