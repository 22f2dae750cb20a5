//! Every kind of service, and what stands before one.

use super::*;

fn document(services: &str) -> String {
    format!(
        "http:
  routers: {{r: {{rule: 'Host(`a.test`)', service: s}}}}
  middlewares:
    p: {{addPrefix: {{prefix: /p}}}}
    q: {{addPrefix: {{prefix: /q}}}}
    c: {{chain: {{middlewares: [p, q]}}}}
  services:
    a: {{loadBalancer: {{healthCheck: {{path: /up}}, servers: [{{url: 'http://10.0.0.1'}}]}}}}
    b: {{loadBalancer: {{servers: [{{url: 'http://10.0.0.2'}}]}}}}
{services}"
    )
}

fn made(services: &str) -> Compiled {
    Bench::web().say("file", &document(services))
}

#[test]
fn every_kind_of_service_is_made() {
    let kinds = [
        (
            "loadBalancer: {strategy: p2c, sticky: {cookie: {name: c}}, servers: [{url: 'http://10.0.0.3'}]}",
            "LoadBalancer",
        ),
        ("weighted: {services: [{name: a, weight: 3}, {name: b}], sticky: {cookie: {}}}", "Weighted"),
        ("weighted: {services: [{name: a}], healthCheck: {}}", "Weighted"),
        ("highestRandomWeight: {services: [{name: a}, {name: b}]}", "Weighted"),
        ("mirroring: {service: a, mirrors: [{name: b, percent: 10}], healthCheck: {}}", "Mirroring"),
        ("failover: {service: a, fallback: b}", "Failover"),
        ("failover: {service: b, fallback: a, errors: {status: ['500-504', '418']}}", "Failover"),
        ("middlewares: [p, c], loadBalancer: {servers: []}", "Fronted"),
        ("middlewares: [p], weighted: {services: [{name: a}]}", "Fronted"),
    ];
    for (written, kind) in kinds {
        let made = made(&format!("    s: {{{written}}}\n"));
        assert_eq!(made.told(), [""; 0], "{written}");
        let service = &made.plain("a.test", "/").unwrap().service;
        assert!(format!("{service:?}").contains(&format!("\"{kind}\"")), "{written}: {service:?}");
        assert_eq!(&*service.name, "s@file");
    }
}

#[test]
fn what_is_wrong_with_a_service_closes_its_routers_and_says_where() {
    let wrong = [
        ("loadBalancer: {strategy: best, servers: []}", "strategy is \"best\", write one of wrr"),
        (
            "loadBalancer: {sticky: {cookie: {sameSite: any}}, servers: []}",
            "sticky.cookie: sameSite is one of",
        ),
        ("loadBalancer: {healthCheck: {mode: smtp}, servers: []}", "mode is \"smtp\", write http or grpc"),
        ("loadBalancer: {healthCheck: {interval: 0}, servers: []}", "must be longer than 0"),
        ("loadBalancer: {passiveHealthCheck: {failureWindow: 0}, servers: []}", "failureWindow must be"),
        ("weighted: {services: [{name: b}], healthCheck: {}}", "b@file has no health to follow"),
        ("mirroring: {service: a, mirrors: [{name: b, percent: 101}]}", "percent is a number from 0 to 100"),
        (
            "mirroring: {service: a, mirrors: [{name: nobody, percent: 1}]}",
            "service nobody@file does not exist",
        ),
        ("failover: {service: b, fallback: a}", "b@file has no health to follow"),
        ("failover: {service: a, fallback: b, errors: {status: ['5xx']}}", "`5xx` is no status"),
        ("middlewares: [nobody], loadBalancer: {servers: []}", "middleware nobody@file does not exist"),
    ];
    for (written, expected) in wrong {
        let made = made(&format!("    s: {{{written}}}\n"));
        let told = made.told().join("\n");
        assert!(told.contains(expected) && told.contains("service s@file is disabled"), "{written}: {told}");
        assert_eq!(made.closed("a.test", "/"), Some("r@file"), "{written}");
    }
}

#[test]
fn a_circle_through_services_and_middlewares_is_found_whichever_way_it_is_entered() {
    let mut bench = Bench::web();
    let circle = |inner: &str| {
        document(&format!(
            "    s: {{middlewares: [p], weighted: {{services: [{{name: t}}]}}}}
    t: {{mirroring: {{service: {inner}, mirrors: [{{name: b, percent: 1}}]}}}}
"
        ))
    };
    let good = bench.say("file", &circle("a"));
    assert_eq!(good.told(), [""; 0]);
    let bad = bench.say("file", &circle("s"));
    assert!(bad.told().iter().any(|line| line.contains("refers to itself: ")), "{:?}", bad.told());
    assert_eq!(bad.closed("a.test", "/"), Some("r@file"));
    assert_eq!(bench.say("file", &circle("a")).told(), [""; 0]);
}

#[test]
fn a_changed_middleware_reaches_the_routers_of_a_service_and_leaves_its_servers_alone() {
    let mut bench = Bench::web();
    let service = "    s: {middlewares: [c], loadBalancer: {servers: [{url: 'http://10.0.0.3'}, {url: 'http://10.0.0.4'}]}}\n";
    let first = bench.say("file", &document(service));
    let second = bench.say("file", &document(service).replace("prefix: /q", "prefix: /r"));
    let [was, is] = [&first, &second].map(|made| Arc::clone(&made.plain("a.test", "/").unwrap().service));
    assert!(!Arc::ptr_eq(&was, &is));
    let behind = |service: &Arc<Upstream>| match &service.kind {
        Kind::Fronted(front) => Arc::clone(front.behind().unwrap()),
        _ => panic!("nothing stands before {service:?}"),
    };
    assert!(Arc::ptr_eq(&behind(&was), &behind(&is)), "its turns go on");
    let third = bench.say("file", &document(service).replace("prefix: /q", "prefix: /r"));
    assert!(Arc::ptr_eq(&second.snapshot, &third.snapshot));
}

#[test]
fn one_check_serves_all_services_that_ask_a_server_the_same() {
    let mut bench = Bench::web();
    bench.say(
        "file",
        &document("    s: {loadBalancer: {healthCheck: {path: /up}, servers: [{url: 'http://10.0.0.1'}]}}\n"),
    );
    assert_eq!(bench.tools.live.checks.held().len(), 1);
    let before = bench.tools.live.checks.held();
    bench.say("file", &document("    s: {weighted: {services: [{name: a}], healthCheck: {}}}\n"));
    assert!(Arc::ptr_eq(&before[0], &bench.tools.live.checks.held()[0]), "it lives over a reload");
}

#[test]
fn how_servers_are_is_known_of_services_that_have_them_checked() {
    let mut bench = Bench::web();
    let checked = "    s: {middlewares: [p], loadBalancer: {passiveHealthCheck: {failureWindow: 1s}, servers: [{url: 'http://10.0.0.3'}]}}\n";
    let known = |bench: &Bench, service: &str| {
        let servers = bench.tools.live.health.servers(service)?;
        Some(servers.iter().map(|server| format!("{} {}", server.url, server.is_up)).collect::<Vec<_>>())
    };
    bench.say("file", &document(checked));
    assert_eq!(known(&bench, "a@file"), Some(vec!["http://10.0.0.1 true".to_owned()]));
    assert_eq!(known(&bench, "s@file"), Some(vec!["http://10.0.0.3 true".to_owned()]), "behind a middleware");
    assert_eq!(known(&bench, "b@file"), None);
    bench.say("file", &document(&checked.replace("passiveHealthCheck: {failureWindow: 1s}, ", "")));
    assert_eq!(known(&bench, "s@file"), None, "nobody judges it any more");
    bench.say("file", "http: {}");
    bench.tools.live.sweep();
    assert_eq!(known(&bench, "a@file"), None, "it is gone");
}

#[test]
fn what_has_no_effect_in_a_health_check_is_told() {
    for (check, expected) in [
        ("{mode: grpc, path: /up}", "no effect with mode grpc"),
        ("{mode: grpc, headers: {A: b}}", "no effect with mode grpc"),
        ("{path: /up, headers: {hOST: a.test}}", "write it as hostname"),
    ] {
        let made = made(&format!("    s: {{loadBalancer: {{healthCheck: {check}, servers: []}}}}\n"));
        assert!(made.told().join("\n").contains(expected), "{check}: {:?}", made.told());
        assert!(made.plain("a.test", "/").is_some(), "{check}: it works");
    }
}
