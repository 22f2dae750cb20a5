use super::*;
use crate::origin::{Mark, Source};
use crate::problem::{Section, Severity};
use crate::source::yaml;

fn read(text: &str) -> DynamicConfig {
    let source = Source::file("t.yaml");
    DynamicConfig::decode(yaml::parse(text, &source).unwrap(), &source, &[])
}

/// Every problem as `object: line`.
fn problems(config: &DynamicConfig) -> Vec<String> {
    let show = |problem: &Problem| match &problem.object {
        Some(object) => format!("{object}: {problem}"),
        None => problem.to_string(),
    };
    config.problems.iter().map(show).collect()
}

#[test]
fn one_object_at_fault_does_not_stop_the_others() {
    let config = read(
        "
http:
  routers:
    good: {rule: Host(`a`), service: s}
    typo: {rule: Host(`a`), servce: s}
    type: {rule: Host(`a`), priority: high}
    text: 5
    'a@b': {rule: Host(`a`)}
  services:
    none: {}
    two: {loadBalancer: {servers: []}, weighted: {services: []}}
    nested: {loadBalancer: {servers: [{url: x}, {ulr: y, weight: z}]}}
    good: {weighted: {services: [{name: a}]}, middlewares: m}
  middlewares:
    none: {}
    off: {compress: false}
    two: {stripPrefix: {prefixes: []}, addPrefix: {prefix: /}}
    text: compress
    good: {compress: true}
tls:
  certificates:
    - {certFile: a, keyFile: b}
    - {certfile: a, keyfiel: b}
  options: [a]
",
    );
    let expected = [
        "http.routers.typo: t.yaml:5:29: error: unknown field `servce`",
        "http.routers.type: t.yaml:6:39: error: cannot use `high`",
        "http.routers.text: t.yaml:7:5: error: cannot use `5`",
        "http.routers.a@b: t.yaml:8:6: error: \"a@b\" cannot be a name, write one without `@`",
        "http.services.none: t.yaml:10:5: error: service has no kind, write one of loadBalancer, weighted, mirroring, failover, highestRandomWeight",
        "http.services.two: t.yaml:11:5: error: service has two kinds, loadBalancer and weighted, keep one of them",
        "http.services.nested: t.yaml:12:50: error: unknown field `ulr`",
        "http.services.nested: t.yaml:12:66: error: cannot use `z`",
        "http.middlewares.none: t.yaml:15:5: error: middleware has no type, write one, for example stripPrefix",
        "http.middlewares.off: t.yaml:16:5: error: middleware has no type, write one, for example stripPrefix",
        "http.middlewares.two: t.yaml:17:40: error: middleware has two types, stripPrefix and addPrefix, keep one of them",
        "http.middlewares.text: t.yaml:18:5: error: cannot use text as a middleware, write its type and options",
        "tls.certificates.1: t.yaml:23:21: error: unknown field `keyfiel`",
        "t.yaml:24:12: error: cannot use a list here",
    ];
    assert_eq!(problems(&config), expected);
    assert_eq!(config.http.routers.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["good"]);
    assert_eq!(config.http.services.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["good"]);
    assert_eq!(config.http.middlewares.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["good"]);
    assert_eq!(config.tls.certificates.len(), 1);
}

#[test]
fn unknown_keys_above_objects_are_problems_of_the_document() {
    let config =
        read("htpp: {}\nhttp: {router: {}, routers: {a: {rule: x}}}\nhttp: {services: {}}\ntcp: 5\nudp:");
    let expected = [
        "t.yaml:1:1: error: unknown field `htpp`",
        "t.yaml:3:1: error: `http` is written twice, remove one of them",
        "t.yaml:2:8: error: unknown field `router`",
        "t.yaml:4:6: error: cannot use text here",
    ];
    assert_eq!(problems(&config), expected);
    assert_eq!(config.problems[2].nearest.as_deref(), Some("routers"));
    assert!(config.http.routers.contains_key("a"));
}

#[test]
fn the_first_of_two_objects_with_a_name_is_kept() {
    let config = read("http: {routers: {a: {rule: one}, a: {rule: two}, A: {rule: three}}}");
    assert_eq!(problems(&config), ["t.yaml:1:34: error: http.routers.a is written twice, the first is used"]);
    assert_eq!(&**config.http.routers["a"].rule, "one");
    assert_eq!(config.http.routers.len(), 2, "names have case");
}

#[test]
fn what_can_prove_wrong_later_knows_its_place() {
    let config = read(
        "
http:
  routers:
    r:
      rule: \"Host(`a`)\"
      service: s
      middlewares: [m, 'n']
      tls: {options: o}
  services:
    s: {loadBalancer: {servers: [{url: 'http://a'}], serversTransport: t}}
",
    );
    let router = &config.http.routers["r"];
    assert_eq!(router.origin.mark, Mark::new(4, 5));
    assert_eq!(router.rule.mark, Mark::new(5, 14), "inside the quotes");
    assert_eq!(router.service.as_ref().map(|name| name.mark), Some(Mark::new(6, 16)));
    assert_eq!(
        router.middlewares.iter().map(|name| name.mark).collect::<Vec<_>>(),
        [Mark::new(7, 21), Mark::new(7, 25)]
    );
    let options = router.tls.as_ref().and_then(|tls| tls.options.as_ref());
    assert_eq!(options.map(|name| name.mark), Some(Mark::new(8, 22)));
    let ServiceKind::LoadBalancer(balancer) = &config.http.services["s"].kind else {
        panic!("a load balancer")
    };
    assert_eq!(balancer.servers[0].url.mark, Mark::new(10, 41));
    assert_eq!(balancer.servers_transport.as_ref().map(|name| name.mark), Some(Mark::new(10, 72)));
}

#[test]
fn defaults_are_those_of_the_reference() {
    let config = read(
        "
http:
  services:
    s: {loadBalancer: {healthCheck: {path: ''}, passiveHealthCheck: {maxFailedAttempts: 1}, responseForwarding: {flushInterval: 100ms}, sticky: {cookie: {}}}}
    m: {mirroring: {service: s, mirrors: [{name: s}]}}
  serversTransports:
    t: {forwardingTimeouts: {dialTimeout: 30s}}
tcp:
  serversTransports:
    t: {proxyProtocol: {}}
",
    );
    assert_eq!(config.problems, []);
    let expected = serde_json::json!({
        "http": {
            "services": {
                "s": {"loadBalancer": {
                    "strategy": "wrr", "passHostHeader": true,
                    "healthCheck": {"mode": "http", "interval": "30s", "timeout": "5s", "followRedirects": true},
                    "passiveHealthCheck": {"failureWindow": "10s", "maxFailedAttempts": 1},
                    "responseForwarding": {"flushInterval": "100ms"},
                    "sticky": {"cookie": {"path": "/"}},
                }},
                "m": {"mirroring": {
                    "service": "s", "mirrorBody": true, "maxBodySize": -1, "mirrors": [{"name": "s"}],
                }},
            },
            "serversTransports": {"t": {"forwardingTimeouts": {
                "dialTimeout": "30s", "idleConnTimeout": "1m30s", "pingTimeout": "15s",
            }}},
        },
        "tcp": {"serversTransports": {"t": {
            "dialKeepAlive": "15s", "dialTimeout": "30s", "proxyProtocol": {"version": 2},
        }}},
    });
    assert_eq!(serde_json::to_value(&config).unwrap(), expected);
}

#[test]
fn labels_switch_sections_on_and_list_servers_by_position() {
    use crate::tree::{Entry, Style, Tree, Value};
    let bare = |text: &str| Tree::text(text, Style::Bare, Mark::new(1, 0));
    let table = |entries: Vec<(&str, Tree)>| {
        let entry = |(key, value): (&str, Tree)| Entry { key: key.into(), mark: Mark::new(1, 0), value };
        Tree { mark: Mark::new(1, 0), value: Value::Table(entries.into_iter().map(entry).collect()) }
    };
    let servers = table(vec![("0", table(vec![("URL", bare("http://a"))]))]);
    let service = table(vec![("loadbalancer", table(vec![("servers", servers), ("sticky", bare("true"))]))]);
    let router = table(vec![("rule", bare("x")), ("tls", bare("true")), ("entrypoints", bare("a, b"))]);
    let tree = table(vec![(
        "http",
        table(vec![
            ("services", table(vec![("s", service)])),
            ("routers", table(vec![("r", router)])),
            ("middlewares", table(vec![("m", table(vec![("compress", bare("true"))]))])),
        ]),
    )]);
    let source =
        Arc::new(Source::Labels { owner: "container web".into(), names: ["traefik.x".into()].into() });
    let config = DynamicConfig::decode(tree, &source, &[]);
    assert_eq!(config.problems, []);
    let ServiceKind::LoadBalancer(balancer) = &config.http.services["s"].kind else {
        panic!("a load balancer")
    };
    assert_eq!((&**balancer.servers[0].url, balancer.sticky.is_some()), ("http://a", true));
    let router = &config.http.routers["r"];
    assert!(router.tls.is_some());
    assert_eq!(router.entry_points.iter().map(|name| &***name).collect::<Vec<_>>(), ["a", "b"]);
    let options: HealthMarker = crate::tree::decode(&config.http.middlewares["m"].options, &source).unwrap();
    assert_eq!(options, HealthMarker {}, "true stands for an empty table");
}

#[test]
fn unchanged_objects_survive_a_reload() {
    let before = read("http: {routers: {a: {rule: one}, b: {rule: two}}}");
    let mut after = read("http: {routers: {a: {rule: one}, b: {rule: new}}}");
    after.reuse_unchanged(&before);
    assert!(Arc::ptr_eq(&before.http.routers["a"], &after.http.routers["a"]));
    assert!(!Arc::ptr_eq(&before.http.routers["b"], &after.http.routers["b"]));
    let mut moved = read("\nhttp: {routers: {a: {rule: one}}}");
    moved.reuse_unchanged(&before);
    assert!(!Arc::ptr_eq(&before.http.routers["a"], &moved.http.routers["a"]), "its place is new");
    assert_eq!(before.http.routers["a"], moved.http.routers["a"], "but it is equal");
}

#[test]
fn a_router_is_small() {
    assert!(size_of::<Written<Router>>() <= 176, "{}", size_of::<Written<Router>>());
    assert!(size_of::<Written<Service>>() <= 56, "{}", size_of::<Written<Service>>());
    assert!(size_of::<crate::tree::Entry>() <= 56, "{}", size_of::<crate::tree::Entry>());
}

#[test]
fn a_problem_found_while_decoding_is_an_error() {
    let config = read("http: {routers: {a: 5}}");
    assert!(config.problems.iter().all(|problem| problem.severity == Severity::Error));
    assert_eq!(config.problems[0].length, 1);
}

#[test]
fn routers_that_cannot_be_read_are_kept_where_they_were() {
    let config = read(
        "
http:
  routers:
    good: {rule: Host(`a`), service: s}
    typo: {Rule: Host(`a`), rulesyntax: v2, Priority: 7, entrypoints: 'web, other', servce: s}
    type: {rule: Host(`a`), priority: high, entryPoints: {a: b}, tls: {options: [x]}}
    off: {rule: Host(`a`), tls: false, servce: s}
    'a@b': {rule: Host(`a`), tls: true}
    text: 5
    bare: {servce: s}
    blank: {rule: ' ', servce: s}
",
    );
    let closed = &config.http.closed;
    assert_eq!(closed.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["typo", "type", "off", "a@b"]);
    let typo = &closed["typo"];
    assert_eq!((&*typo.rule.value, typo.rule_syntax.as_deref(), typo.priority), ("Host(`a`)", Some("v2"), 7));
    assert_eq!(typo.entry_points.iter().map(|name| &*name.value).collect::<Vec<_>>(), ["web", "other"]);
    assert_eq!((closed["type"].priority, closed["type"].entry_points.len()), (i64::MAX, 0));
    let secure = closed.iter().filter(|(_, router)| router.tls.is_some()).map(|(name, _)| &**name);
    assert_eq!(secure.collect::<Vec<_>>(), ["type", "a@b"]);
    assert!(!config.is_empty());
}

#[test]
fn a_misspelt_field_of_a_router_is_read_as_what_it_is_nearest_to() {
    let config = read(
        "
http:
  routers:
    r: {ruel: Host(`a`), entryPoint: web, prioriti: 7, servce: s}
    t: {rule: Host(`a`), rules: Host(`b`), tsl: {options: x}}
",
    );
    let closed = &config.http.closed;
    assert_eq!(closed.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["r", "t", "t@tls"]);
    assert_eq!((&*closed["r"].rule.value, closed["r"].priority), ("Host(`a`)", 7));
    assert_eq!(&*closed["r"].entry_points[0].value, "web");
    // For TLS or not: nobody knows.
    assert!(closed["t"].tls.is_none() && &*closed["t"].rule.value == "Host(`a`)");
    let tls = closed["t@tls"].tls.as_ref().unwrap();
    assert_eq!(tls.options.as_ref().map(|name| &*name.value), Some("x"));
}

#[test]
fn which_tls_options_a_router_names_is_read_by_itself() {
    let options = |tls: &str| {
        let config = read(&format!("http: {{routers: {{r: {{rule: Host(`a`), servce: s, tls: {tls}}}}}}}"));
        let tls = config.http.closed["r"].tls.clone().map(|tls| *tls);
        tls.map(|tls| tls.options.map_or_else(String::new, |name| name.to_string()))
    };
    for (tls, expected) in [
        ("false", None),
        ("true", Some("")),
        ("{}", Some("")),
        ("{options: x}", Some("x")),
        ("{certResolver: [a, b], options: x}", Some("x")),
        ("{certResolver: [a, b]}", Some("")),
        ("{domains: 5}", Some("")),
        // They may be meant, so that nothing laxer may pass for them.
        ("{options: [x]}", Some("@")),
        ("{optoins: x}", Some("@")),
        ("often", Some("@")),
    ] {
        assert_eq!(options(tls).as_deref(), expected, "{tls}");
    }
}

#[test]
fn what_cannot_be_read_is_known_by_name() {
    let config = read(
        "
http:
  services: {a: {loadBalancer: {srvers: []}}, b: {loadBalancer: {servers: []}}}
  middlewares: {a: {x: {}, y: {}}}
tls: {options: {a: {minVersoin: x}, b: {}}}
",
    );
    for (section, name, expected) in [
        (Section::HttpServices, "a", true),
        (Section::HttpServices, "b", false),
        (Section::HttpMiddlewares, "a", true),
        (Section::TlsOptions, "a", true),
        (Section::TlsOptions, "b", false),
        (Section::TlsOptions, "default", false),
    ] {
        assert_eq!(config.lost.contains(section, name), expected, "{section} {name}");
    }
}

#[test]
fn default_options_that_may_be_written_are_lost() {
    for (tls, expected) in [
        ("{options: {default: {sniStric: true}}}", true),
        ("{options: {default: 5}}", true),
        ("{options: text}", true),
        ("text", true),
        ("{optoins: {default: {}}}", true),
        ("{setings: {}}", true),
        ("{options: {a: {}}, Options: {default: {}}}", false),
        ("{options: {default: {}}}", false),
        ("{options: {other: 5}}", false),
        ("{certificats: [{certFile: a, keyFile: b}]}", false),
        ("{certificates: [{certFle: a}], stores: {default: 5}}", false),
    ] {
        let config = read(&format!("tls: {tls}"));
        assert_eq!(config.lost.contains(Section::TlsOptions, "default"), expected, "{tls}");
    }
}

#[test]
fn default_options_under_a_slip_of_the_pen_are_lost() {
    for (root, expected) in
        [("tsl", true), ("tlss", true), ("tls", false), ("common", false), ("htpp", false)]
    {
        let config =
            read(&format!("{root}: {{options: {{default: {{minVersion: VersionTLS13}}}}}}\nhttp: {{}}"));
        assert_eq!(config.lost.contains(Section::TlsOptions, "default"), expected, "{root}");
    }
}

#[test]
fn two_kinds_that_are_nearly_one_word_are_told_so() {
    let config =
        read("http: {middlewares: {m: {redirectRegex: {regex: a}, redirectregx: {permanent: true}}}}");
    let [problem] = config.problems.as_slice() else { panic!("{:?}", config.problems) };
    assert_eq!(problem.message, "middleware has two types, redirectRegex and redirectregx, keep one of them");
    assert_eq!(problem.nearest.as_deref(), Some("redirectRegex"));
    let config = read("http: {middlewares: {m: {addPrefix: {prefix: a}, compress: {}}}}");
    assert_eq!(config.problems[0].nearest, None);
}
