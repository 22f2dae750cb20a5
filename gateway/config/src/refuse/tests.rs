use super::*;
use crate::dynamic_config::DynamicConfig;
use crate::source::yaml;
use crate::static_config::StaticConfig;

fn dynamic(text: &str) -> DynamicConfig {
    let source = Source::file("t.yaml");
    DynamicConfig::decode(yaml::parse(text, &source).unwrap(), &source, DYNAMIC)
}

fn statics(text: &str) -> Vec<String> {
    let source = Source::file("t.yaml");
    let tree = yaml::parse(text, &source).unwrap();
    check(&tree, &source, STATIC).into_iter().map(|problem| problem.to_string()).collect()
}

#[test]
fn an_object_that_uses_a_refused_option_is_left_out_and_the_others_serve() {
    let text = "
http:
  services:
    good: {loadBalancer: {servers: [{url: 'http://a'}], strategy: WRR}}
  serversTransports:
    good: {maxIdleConnsPerHost: 1}
    bad:
      Spiffe: {ids: [a]}
      peerCertURI: b
    named: {peerCertURI: b, peerCertSANs: [{type: DNSName, value: c}]}
  routers:
    good: {rule: a, service: good, tls: {}, observability: {metrics: true, traceVerbosity: minimal}}
    untraced: {rule: a, service: good, observability: {tracing: false, traceVerbosity: detailed}}
tcp:
  serversTransports:
    any: {tls: {spiffe: {ids: [a]}}}
";
    let config = dynamic(text);
    let problems: Vec<String> = config.problems.iter().map(ToString::to_string).collect();
    let expected = [
        "t.yaml:8:7: error: http.serversTransports.bad.Spiffe is not supported yet; remove it (see docs/reference/refused.md)",
        "t.yaml:16:17: error: tcp.serversTransports.any.tls.spiffe is not supported yet; remove it (see docs/reference/refused.md)",
    ];
    assert_eq!(problems, expected);
    let object = config.problems[1].object.as_ref().map(ToString::to_string);
    assert_eq!(object.as_deref(), Some("tcp.serversTransports.any"));
    assert_eq!(config.http.routers.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["good", "untraced"]);
    let transports: Vec<&str> = config.http.servers_transports.keys().map(AsRef::as_ref).collect();
    assert_eq!(transports, ["good", "named"]);
    assert!(config.tcp.servers_transports.is_empty());
}

#[test]
fn static_options_are_refused_by_their_path() {
    let cases = [
        ("metrics: {prometheus: {}}", None),
        ("metrics: {statsD: {}}", None),
        ("metrics: false", None),
        ("accessLog: true", None),
        ("hostResolver: {}", Some("hostResolver")),
        (
            "providers: {knative: {}, consul: {}, file: {}, providersThrottleDuration: 1}",
            Some("providers.knative"),
        ),
        ("providers: {knative: false}", None),
        ("entryPoints: {w: {address: ':53/UDP', udp: {timeout: 1s}}}", None),
        ("entryPoints: {w: {address: ':53/tcp', http: {tls: {options: x}}}}", None),
        ("entryPoints: {w: {http: {tls: {domains: [{}], certResolver: r}}}}", None),
        ("certificatesResolvers: {r: {acme: {email: a}}}", None),
        ("certificatesResolvers: {r: {tailscale: {}}}", Some("certificatesResolvers.r.tailscale")),
        ("entryPoints: {w: {http: {aliasHeadersStrategy: delete}}}\ncore: {strictTLSOptions: true}", None),
        ("api: {dashboard: true, debug: true}", None),
        ("api: {}", None),
        ("log: {maxSize: 0, compress: false}", None),
        ("experimental: {abortOnPluginFailure: true}", Some("experimental.abortOnPluginFailure")),
        ("experimental: {}\nglobal: {checkNewVersion: true}\ncore: {defaultRuleSyntax: v2}", None),
    ];
    for (text, path) in cases {
        let problems = statics(text);
        match path {
            None => assert_eq!(problems, Vec::<String>::new(), "{text}"),
            Some(path) => {
                let message = format!("error: {path} is not supported yet; ");
                assert!(problems.len() == 1 && problems[0].contains(&message), "{text}: {problems:?}");
                assert!(problems[0].ends_with("(see docs/reference/refused.md)"), "{problems:?}");
            }
        }
    }
}

#[test]
fn what_nobody_is_served_worse_without_is_told_and_does_not_stop_the_start() {
    let cases = [
        ("experimental: {plugins: {a: {moduleName: b, version: c}}}", "experimental.plugins"),
        ("experimental: {localPlugins: {a: {moduleName: b}}}", "experimental.localPlugins"),
        ("experimental: {fastProxy: {}}", "experimental.fastProxy"),
        ("experimental: {kubernetesGateway: true}", "experimental.kubernetesGateway"),
    ];
    for (text, path) in cases {
        let problems = statics(text);
        let message = format!("warning: {path} is accepted and has no effect yet; ");
        assert!(problems.len() == 1 && problems[0].contains(&message), "{text}: {problems:?}");
        let source = Source::file("t.yaml");
        let loaded = StaticConfig::load(yaml::parse(text, &source).unwrap(), &source, STATIC);
        assert_eq!(loaded.map(|loaded| loaded.warnings.len()), Ok(1), "{text}");
    }
}

#[test]
fn every_line_of_the_dynamic_table_belongs_to_a_section() {
    for refusal in DYNAMIC {
        let sections = Section::ALL.iter().filter(|section| !patterns_of(**section, &[*refusal]).is_empty());
        assert_eq!(sections.count(), 1, "{}", refusal.path);
    }
}
