//! Routers, services and middlewares: what works, what is told, what stays apart.

use super::*;

const APP: &str = "
http:
  routers:
    app: {rule: 'Host(`a.test`)', service: app, middlewares: [strip]}
  services:
    app: {loadBalancer: {servers: [{url: 'http://10.0.0.1'}]}}
  middlewares:
    strip: {stripPrefix: {prefixes: [/x]}}
";

#[test]
fn a_router_reaches_its_service_on_all_default_entry_points() {
    let mut bench = Bench::web();
    let made = bench.say("file", APP);
    assert_eq!(made.told(), [""; 0]);
    let route = made.plain("a.test", "/").unwrap();
    assert_eq!((&*route.name, &*route.service.name), ("app@file", "app@file"));
    assert_eq!(route.chain.stages.len(), 1);
    assert_eq!(&*balancer(route).servers[0].endpoint.url, "http://10.0.0.1");
    let request = RequestView { host: "a.test", path: "/", ..Default::default() };
    assert!(Arc::ptr_eq(made.listener(1).plain.find(&request).unwrap().route, route));
    assert!(made.listener(0).secure.is_empty());
}

#[test]
fn names_are_resolved_in_the_authors_provider_unless_they_name_one() {
    let mut bench = Bench::web();
    bench.say("docker", APP);
    let made = bench.say(
        "file",
        "http: {routers: {near: {rule: 'Host(`b.test`)', service: app}, far: {rule: 'Host(`c.test`)', service: app@docker}}}",
    );
    assert_eq!(&*made.plain("c.test", "/").unwrap().service.name, "app@docker");
    assert_eq!(made.name("b.test", "/"), None);
    let told = made.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0], "http.routers.near@file: dynamic.yaml:1:58: error: service app@file does not exist");
    assert_eq!(made.report.problems()[0].nearest.as_deref(), Some("app@docker"));
}

#[test]
fn one_bad_object_takes_only_its_dependants_along() {
    let mut bench = Bench::web();
    let made = bench.say(
        "file",
        "
http:
  routers:
    good: {rule: 'Host(`a.test`)', service: good}
    rule: {rule: 'Host(`b.test`) && Hots(`c`)', service: good}
    middleware: {rule: 'Host(`c.test`)', service: good, middlewares: [bad]}
    service: {rule: 'Host(`d.test`)', service: bad}
    typo: {rule: 'Host(`e.test`)', service: god}
    place: {rule: 'Host(`f.test`)', service: good, entryPoints: [web, wbe]}
    nowhere: {rule: 'Host(`g.test`)', service: good, entryPoints: [wbe]}
    bare: {rule: 'Host(`h.test`)'}
    unruly: {service: good}
    proud: {rule: 'Host(`i.test`)', service: good, priority: 9223372036854775807}
  services:
    good: {loadBalancer: {servers: [{url: 'http://10.0.0.1'}]}}
    bad: {loadBalancer: {servers: [{url: 'gopher://10.0.0.1'}]}}
  middlewares:
    bad: {replacePath: {path: ''}, addPrefix: {prefix: x}}
",
    );
    for (host, expected) in [
        ("a.test", Some("good@file")),
        ("b.test", None),
        ("c.test", None),
        ("d.test", None),
        ("e.test", None),
        ("f.test", Some("place@file")),
        ("g.test", None),
        ("h.test", None),
        ("i.test", None),
    ] {
        assert_eq!(made.name(host, "/"), expected, "{host}");
    }
    let told = made.told().join("\n");
    for expected in [
        "http.routers.rule@file: dynamic.yaml:5:37: error: rule: ",
        "http.routers.middleware@file: dynamic.yaml:6:71: error: middleware bad@file is disabled, see its own problems",
        "http.services.bad@file: dynamic.yaml:16:43: error: \"gopher://10.0.0.1\": a server URL starts with",
        "http.routers.service@file: dynamic.yaml:7:48: error: service bad@file is disabled, see its own problems",
        "http.routers.typo@file: dynamic.yaml:8:45: error: service god@file does not exist",
        "http.routers.place@file: dynamic.yaml:9:71: warning: entry point wbe does not exist",
        "http.routers.nowhere@file: dynamic.yaml:10:68: error: entry point wbe does not exist",
        "http.routers.bare@file: dynamic.yaml:11:5: error: router has no service and no child routers, write a service",
        "http.routers.unruly@file: dynamic.yaml:12:5: error: router has no rule, write one",
        "http.routers.proud@file: dynamic.yaml:13:5: error: priority 9223372036854775807 is above",
    ] {
        assert!(told.contains(expected), "{expected}\nis not in\n{told}");
    }
    let of = |name: &str| {
        let mut problems = made.report.of(Section::HttpRouters, name, "file");
        problems.next().and_then(|problem| problem.nearest.clone())
    };
    assert_eq!(of("rule").as_deref(), Some("Host"));
    assert_eq!(of("typo").as_deref(), Some("good"));
    assert_eq!(of("place").as_deref(), Some("web"));
    let rule = made.report.of(Section::HttpRouters, "rule", "file").next().unwrap();
    assert_eq!(rule.length, 4);
}

#[test]
fn the_longer_rule_wins_then_precedence_then_the_name() {
    let mut bench = Bench::web();
    let router = |name: &str, rest: &str| {
        format!("http: {{routers: {{{name}: {{rule: 'PathPrefix(`/`)', service: noop@internal{rest}}}}}}}")
    };
    bench.say("file", &router("one", ""));
    bench.say("docker", &router("two", ""));
    let made = bench.say("zoo", &router("three", ""));
    assert_eq!(made.told(), [""; 0]);
    assert_eq!(made.name("a.test", "/"), Some("two@docker"));
    bench.sources = Sources::new();
    let made = bench.say(
        "file",
        "
http:
  routers:
    b: {rule: 'PathPrefix(`/`)', service: noop@internal}
    a: {rule: 'PathPrefix(`/`)', service: noop@internal}
    host: {rule: 'Host(`a.test`)', service: noop@internal, priority: 1}
    low: {rule: 'Host(`a.test`) && PathPrefix(`/`)', service: noop@internal, priority: -5}
",
    );
    assert_eq!(made.name("a.test", "/"), Some("a@file"));
    bench.sources = Sources::new();
    bench.settings = Arc::new(settings_of("{entryPoints: {web: {address: ':80'}}}"));
    let mut settings = StaticConfig::clone(&bench.settings);
    settings.providers.precedence = Box::new([windrose_config::Located::from(Arc::from("file"))]);
    bench.settings = Arc::new(settings);
    bench.compiler = Compiler::new(bench.tools.clone(), 0);
    bench.say("file", &router("one", ""));
    let made = bench.say("docker", &router("two", ""));
    assert_eq!(made.name("a.test", "/"), Some("one@file"));
}

#[test]
fn a_route_for_any_host_may_stand_before_one_for_its_own() {
    let mut bench = Bench::web();
    let made = bench.say(
        "file",
        "
http:
  routers:
    own: {rule: 'Host(`a.test`)', service: noop@internal}
    any: {rule: 'PathPrefix(`/first/of/all/paths`)', service: noop@internal}
    or: {rule: 'Host(`b.test`) || Host(`c.test`)', service: noop@internal}
    wild: {rule: 'Host(`*.test`)', service: noop@internal, priority: 2}
",
    );
    for (host, path, expected) in [
        ("a.test", "/", Some("own@file")),
        ("a.test", "/first/of/all/paths", Some("any@file")),
        ("c.test", "/", Some("or@file")),
        ("d.test", "/", Some("wild@file")),
        ("d.other", "/", None),
    ] {
        assert_eq!(made.name(host, path), expected, "{host}{path}");
    }
}

#[test]
fn weighted_services_are_made_of_others_and_cycles_are_named() {
    let mut bench = Bench::web();
    let made = bench.say(
        "file",
        "
http:
  routers:
    top: {rule: 'Host(`a.test`)', service: top}
    round: {rule: 'Host(`b.test`)', service: x}
    over: {rule: 'Host(`c.test`)', service: over}
  services:
    over: {weighted: {services: [{name: x}]}}
    top: {weighted: {services: [{name: mid, weight: 3}, {name: leaf}]}}
    mid: {weighted: {services: [{name: leaf}, {name: noop@internal, weight: 0}]}}
    leaf: {loadBalancer: {servers: []}}
    x: {weighted: {services: [{name: y}]}}
    y: {weighted: {services: [{name: z}]}}
    z: {weighted: {services: [{name: x}]}}
",
    );
    assert_eq!(made.name("a.test", "/"), Some("top@file"));
    assert_eq!(made.name("b.test", "/"), None);
    assert_eq!(made.name("c.test", "/"), None);
    let told = made.told().join("\n");
    assert!(told.contains("service refers to itself: x@file -> y@file -> z@file -> x@file"), "{told}");
    assert!(
        told.contains("http.services.over@file: dynamic.yaml:8:41: error: service x@file is disabled"),
        "{told}"
    );
    let Kind::Weighted(top) = &made.plain("a.test", "/").unwrap().service.kind else { panic!("weighted") };
    assert_eq!(top.choice().cycle(), &windrose_upstream::balance::Cycle::new(&[3, 1]));
    let again = bench.compile();
    assert!(Arc::ptr_eq(&again.report, &made.report), "{:?}", again.told());
}

#[test]
fn chains_are_taken_apart_and_cycles_are_named() {
    let mut bench = Bench::web();
    let made = bench.say(
        "file",
        "
http:
  routers:
    app: {rule: 'Host(`a.test`)', service: noop@internal, middlewares: [both, one]}
    round: {rule: 'Host(`b.test`)', service: noop@internal, middlewares: [x]}
  middlewares:
    both: {chain: {middlewares: [one, two]}}
    one: {addPrefix: {prefix: /one}}
    two: {addPrefix: {prefix: /two}}
    x: {chain: {middlewares: [y]}}
    y: {chain: {middlewares: [x]}}
",
    );
    assert_eq!(made.plain("a.test", "/").unwrap().chain.stages.len(), 3);
    assert_eq!(made.name("b.test", "/"), None);
    let told = made.told().join("\n");
    assert!(told.contains("middleware refers to itself: x@file -> y@file -> x@file"), "{told}");
}

#[test]
fn entry_points_add_middlewares_and_tls() {
    let mut bench = Bench::new(
        "
entryPoints:
  web: {address: ':80'}
  websecure: {address: ':443', http: {tls: {}, middlewares: [strip@file]}}
  other: {address: ':81', http: {middlewares: [strip@file]}}
",
    );
    let made = bench.say(
        "file",
        "
http:
  routers:
    app: {rule: 'Host(`a.test`)', service: noop@internal, middlewares: [add]}
    one: {rule: 'Host(`b.test`)', service: noop@internal, entryPoints: [websecure]}
  middlewares:
    strip: {stripPrefix: {prefixes: [/x]}}
    add: {addPrefix: {prefix: /y}}
",
    );
    assert_eq!(made.told(), [""; 0]);
    assert_eq!(made.name("a.test", "/"), Some("app@file"));
    assert_eq!(made.secure_name(1, "a.test"), Some("websecure-app@file"));
    assert_eq!(made.secure_name(1, "b.test"), Some("one@file"));
    assert!(made.listener(1).plain.is_empty());
    let request = RequestView { host: "a.test", path: "/", ..Default::default() };
    let other = made.listener(2).plain.find(&request).unwrap();
    assert_eq!((&*other.route.name, other.stages.len()), ("other-app@file", 2));
}

#[test]
fn what_an_entry_point_adds_in_vain_is_told_of_the_router() {
    let mut bench = Bench::new(
        "
entryPoints:
  web: {address: ':80', http: {tls: {options: none@file}, middlewares: [gone@file]}}
",
    );
    let made = bench.say("file", "http: {routers: {app: {rule: 'Host(`a.test`)', service: noop@internal}}}");
    let place = "http.routers.app@file: dynamic.yaml:1:18: error:";
    let expected = [
        format!("{place} TLS options none@file does not exist"),
        format!("{place} middleware gone@file does not exist"),
        format!("{place} entry point web puts before every router on it: gone@file"),
    ];
    assert_eq!(made.told(), expected);
    bench.take("zoo", DynamicConfig::default());
    let document = "{http: {routers: {app: {rule: 'Host(`a.test`)', service: noop@internal}}}, tls: {options: {none: {}}}}";
    assert_eq!(
        bench.say("file", document).told(),
        expected[1..].iter().map(|line| line.replace("1:18", "1:19")).collect::<Vec<_>>()
    );
}

#[test]
fn a_redirection_makes_a_router_and_a_middleware() {
    let mut bench = Bench::new(
        "
entryPoints:
  web: {address: ':80', http: {redirections: {entryPoint: {to: websecure}}}}
  websecure: {address: ':443'}
",
    );
    let made = bench.say("file", APP);
    assert_eq!(made.told(), [""; 0]);
    let route = made.plain("a.test", "/").unwrap();
    assert_eq!((&*route.name, &*route.service.name), ("web-to-websecure@internal", "noop@internal"));
    assert_eq!(route.chain.stages.len(), 1);
    assert_eq!(made.name("", "/"), None);
    let request = RequestView { host: "a.test", path: "/", ..Default::default() };
    assert_eq!(&*made.listener(1).plain.find(&request).unwrap().route.name, "app@file");
}
