//! What is written as before stays what it was.

use super::*;

fn document(extra: &str) -> String {
    let mut text = String::from("http:\n  middlewares:\n    m: {addPrefix: {prefix: /m}}\n  services:\n");
    for number in 0..10 {
        let server = format!("{{url: 'http://10.0.0.{number}'}}");
        text.push_str(&format!("    s{number}: {{loadBalancer: {{servers: [{server}]}}}}\n"));
    }
    text.push_str("  routers:\n");
    for number in 0..200 {
        let service = number % 10;
        let rule = format!("Host(`h{number}.test`)");
        text.push_str(&format!("    r{number}: {{rule: '{rule}', service: s{service}, middlewares: [m]}}\n"));
    }
    text.push_str(extra);
    text
}

#[test]
fn the_same_again_changes_nothing() {
    let mut bench = Bench::web();
    let first = bench.say("file", &document("    bad: {rule: '(', service: s0}\n"));
    let second = bench.say("file", &document("    bad: {rule: '(', service: s0}\n"));
    assert!(Arc::ptr_eq(&first.snapshot, &second.snapshot));
    assert!(Arc::ptr_eq(&first.report, &second.report));
    // Also when nothing shares its memory with before.
    bench.take("file", config(&document("    bad: {rule: '(', service: s0}\n")));
    let third = bench.compile();
    assert!(Arc::ptr_eq(&first.snapshot, &third.snapshot));
    assert_eq!(first.snapshot.generation, 1);
}

#[test]
fn routes_and_servers_outlive_changes_elsewhere() {
    let mut bench = Bench::web();
    let first = bench.say("file", &document(""));
    let second = bench.say("file", &document("    new: {rule: 'Host(`new.test`)', service: s0}\n"));
    assert_eq!(second.snapshot.generation, 2);
    assert_eq!(second.name("new.test", "/"), Some("new@file"));
    for number in 0..200 {
        let host = format!("h{number}.test");
        assert!(Arc::ptr_eq(first.plain(&host, "/").unwrap(), second.plain(&host, "/").unwrap()));
    }
    assert!(Arc::ptr_eq(&first.listener(0).acceptor, &second.listener(0).acceptor));
    assert!(Arc::ptr_eq(&first.listener(0).secure, &second.listener(0).secure));
    let other = bench.say("docker", "http: {services: {x: {loadBalancer: {servers: []}}}}");
    assert!(Arc::ptr_eq(&other.snapshot, &second.snapshot));
}

#[test]
fn a_changed_service_reaches_its_routers_and_keeps_its_servers() {
    let mut bench = Bench::web();
    let first = bench.say("file", &document(""));
    let changed = document("")
        .replace("[{url: 'http://10.0.0.3'}]", "[{url: 'http://10.0.0.3'}, {url: 'http://10.0.9.9'}]");
    let second = bench.say("file", &changed);
    let (was, is) = (first.plain("h3.test", "/").unwrap(), second.plain("h3.test", "/").unwrap());
    assert!(!Arc::ptr_eq(was, is));
    assert_eq!(balancer(is).servers.len(), 2);
    assert!(Arc::ptr_eq(&balancer(was).servers[0].endpoint, &balancer(is).servers[0].endpoint));
    assert!(Arc::ptr_eq(&was.chain, &is.chain));
    assert!(Arc::ptr_eq(first.plain("h4.test", "/").unwrap(), second.plain("h4.test", "/").unwrap()));
}

#[test]
fn a_server_used_again_is_the_same_as_long_as_somebody_holds_it() {
    let mut bench = Bench::web();
    let first = bench.say("file", &document(""));
    bench.say("file", "{}");
    let third = bench.say("file", &document(""));
    let server =
        |made: &Compiled| Arc::clone(&balancer(made.plain("h1.test", "/").unwrap()).servers[0].endpoint);
    assert_eq!(server(&first).id(), server(&third).id());
    let id = server(&third).id();
    drop((first, third));
    bench.say("file", "{}");
    let fifth = bench.say("file", &document(""));
    assert_ne!(server(&fifth).id(), id);
}

#[test]
fn turns_go_on_where_they_were() {
    let mut bench = Bench::web();
    let servers = |host: &str| {
        format!(
            "http: {{routers: {{r: {{rule: 'Host(`a.test`)', service: s}}}}, services: {{s: {{loadBalancer: {{passHostHeader: {host}, servers: [{{url: 'http://10.0.0.1'}}, {{url: 'http://10.0.0.2'}}]}}}}}}}}"
        )
    };
    let url = |made: &Compiled| {
        let balancer = balancer(made.plain("a.test", "/").unwrap());
        balancer.servers[balancer.choice().next().unwrap()].endpoint.url.to_string()
    };
    let first = bench.say("file", &servers("true"));
    assert_eq!(url(&first), "http://10.0.0.1");
    let second = bench.say("file", &servers("false"));
    let (was, is) = (first.plain("a.test", "/").unwrap(), second.plain("a.test", "/").unwrap());
    assert!(!Arc::ptr_eq(&was.service, &is.service));
    // It is the turn of whoever follows the one before.
    assert_eq!([url(&second), url(&second)], ["http://10.0.0.2", "http://10.0.0.1"]);
    let third = bench.say("file", &servers("true"));
    assert_eq!(url(&third), "http://10.0.0.2");
}

#[test]
fn what_was_broken_works_when_its_cause_is_gone() {
    let mut bench = Bench::web();
    let user = "http: {routers: {r: {rule: 'Host(`a.test`)', service: s@docker, middlewares: [m@docker]}}}";
    let both =
        "http: {services: {s: {loadBalancer: {servers: []}}}, middlewares: {m: {addPrefix: {prefix: /m}}}}";
    assert_eq!(bench.say("file", user).told().len(), 2);
    let whole = bench.say("docker", both);
    assert_eq!(whole.told(), [""; 0]);
    assert_eq!(whole.name("a.test", "/"), Some("r@file"));
    let half = bench.say("docker", "http: {services: {s: {loadBalancer: {servers: []}}}}");
    assert_eq!(half.name("a.test", "/"), None);
    assert_eq!(
        half.told(),
        ["http.routers.r@file: dynamic.yaml:1:79: error: middleware m@docker does not exist"]
    );
    assert_eq!(bench.say("docker", both).name("a.test", "/"), Some("r@file"));
}

#[test]
fn a_middleware_changed_inside_a_chain_reaches_the_routers() {
    let mut bench = Bench::web();
    let chain = |prefix: &str| {
        format!("
http:
  routers: {{r: {{rule: 'Host(`a.test`)', service: noop@internal, middlewares: [c]}}}}
  middlewares: {{c: {{chain: {{middlewares: [d]}}}}, d: {{chain: {{middlewares: [p]}}}}, p: {{addPrefix: {{prefix: {prefix}}}}}}}
")
    };
    let first = bench.say("file", &chain("/a"));
    let same = bench.say("file", &chain("/a"));
    assert!(Arc::ptr_eq(&first.snapshot, &same.snapshot));
    let second = bench.say("file", &chain("/b"));
    assert!(!Arc::ptr_eq(
        &first.plain("a.test", "/").unwrap().chain,
        &second.plain("a.test", "/").unwrap().chain
    ));
}
