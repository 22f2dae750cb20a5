use super::*;
use crate::refuse::STATIC;
use crate::source::yaml;
use crate::static_config::{EntryPoint, Log};

fn load(text: &str, refused: &[Refusal]) -> Result<Loaded, Vec<Problem>> {
    let source = Source::file("t.yaml");
    StaticConfig::load(yaml::parse(text, &source).unwrap(), &source, refused)
}

#[test]
fn nothing_written_means_defaults() {
    for text in ["", "{}", "log: {}", "log: {}\nproviders:"] {
        let loaded = load(text, STATIC).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        assert_eq!(loaded.config, StaticConfig::default(), "{text}");
    }
}

#[test]
fn a_usual_configuration_loads() {
    let text = "
entryPoints:
  web:
    address: ':80'
    http: {redirections: {entryPoint: {to: websecure}}}
  websecure:
    address: ':443'
    asDefault: true
    http: {tls: {}}
    transport: {respondingTimeouts: {readTimeout: 5, idleTimeout: 1m30s}}
providers:
  providersThrottleDuration: 500ms
  precedence: [File]
  file: {filename: /etc/routes.yaml, watch: true}
api: {insecure: true}
ping: {}
log: {level: INFO}
core: {defaultRuleSyntax: v2}
";
    let Loaded { config, warnings, .. } = load(text, STATIC).unwrap();
    assert_eq!(warnings.len(), 1, "the rule syntax is deprecated: {warnings:?}");
    assert_eq!(config.entry_points.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["web", "websecure"]);
    let secure = &config.entry_points["websecure"];
    assert_eq!(secure.transport.responding_timeouts.read_timeout, GoDuration::from_secs(5));
    assert_eq!(secure.transport.responding_timeouts.idle_timeout, GoDuration::from_secs(90));
    assert!(secure.http.tls.is_some() && config.ping.is_some());
    assert_eq!(config.providers.throttle, Some(GoDuration::from_millis(500)));
    assert_eq!(&**config.providers.precedence[0], "file");
    let file = config.providers.find("FILE").unwrap();
    assert_eq!(file.options.field("Filename").and_then(Tree::as_text), Some("/etc/routes.yaml"));
    assert!(config.api.is_some_and(|api| api.insecure && api.dashboard));
}

#[test]
fn defaults_are_those_of_the_reference() {
    let entry_point = EntryPoint::default();
    let expected = serde_json::json!({
        "lifeCycle": {"graceTimeOut": "10s"}, "respondingTimeouts": {"readTimeout": "1m0s", "idleTimeout": "3m0s"},
    });
    let transport = serde_json::to_value(&entry_point.transport).unwrap();
    assert_eq!(transport, serde_json::json!({}), "defaults of a nested section are left out");
    assert_eq!(serde_json::to_value(&entry_point.transport.life_cycle).unwrap(), expected["lifeCycle"]);
    let timeouts = serde_json::to_value(&entry_point.transport.responding_timeouts).unwrap();
    assert_eq!(timeouts, expected["respondingTimeouts"]);
    let log = serde_json::to_value(Log::default()).unwrap();
    assert_eq!(log, serde_json::json!({"level": "ERROR", "format": "common"}));
}

#[test]
fn unknown_roots_are_reported_and_unknown_fields_stop_the_start() {
    let loaded = load("x-common: &c {}\nlgo: {}\nping: {}", &[]).unwrap();
    let warnings: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["t.yaml:1:1: warning: unknown field `x-common`", "t.yaml:2:1: error: unknown field `lgo`"]
    );
    assert_eq!(loaded.warnings[1].nearest.as_deref(), Some("log"));
    let problems =
        load("log: {leevl: x}\nentryPoints: {w: {adress: ':1'}}", &[]).expect_err("two typing errors");
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert_eq!(problems[1].nearest.as_deref(), Some("address"));
}

#[test]
fn what_is_no_table_is_no_configuration() {
    for text in ["true", "[a]", "some words"] {
        let problems = load(text, STATIC).expect_err(text);
        assert_eq!(problems.len(), 1, "{text}");
        assert_eq!(problems[0].expected.as_deref(), Some("a table"), "{text}");
    }
}

#[test]
fn every_refused_option_exists() {
    let shape = StaticConfig::shape();
    for refusal in STATIC {
        let found = refusal.path.split('.').try_fold(&shape, |shape, key| match (shape, key) {
            // `*` stands for any field of a section too.
            (Shape::Section(fields), "*") => fields.first().map(|(_, shape)| shape),
            _ => shape.child(key),
        });
        assert!(found.is_some(), "{}", refusal.path);
    }
}

#[test]
fn a_switched_off_provider_is_absent() {
    let config = load("providers: {docker: false, file: {directory: /x}}", STATIC).unwrap().config;
    assert_eq!(config.providers.enabled.len(), 1);
}

#[test]
fn an_entry_point_called_metrics_that_shows_nothing_answers_pings() {
    let pinged =
        |text: &str| load(text, STATIC).unwrap().config.ping.map(|ping| ping.entry_point.to_string());
    let there = "entryPoints: {web: {address: ':80'}, metrics: {address: ':8082'}}\n";
    assert_eq!(pinged(there).as_deref(), Some("metrics"));
    for more in ["metrics: {prometheus: {}}", "ping: {entryPoint: web}", "ping: false"] {
        assert_ne!(pinged(&format!("{there}{more}")).as_deref(), Some("metrics"), "{more}");
    }
    assert_eq!(pinged("entryPoints: {metrics: {address: ':8082/udp'}}"), None);
    assert_eq!(pinged("entryPoints: {web: {address: ':80'}}"), None);
}
