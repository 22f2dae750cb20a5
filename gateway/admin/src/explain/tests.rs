//! What is said of requests, through the API.

use serde_json::Value;
use windrose_config::refuse;

use super::{Explanation, Question};
use crate::api::tests::{ask_of, installed};

const INSTALL: &str = "
entryPoints:
  web: {address: ':80'}
  websecure: {address: ':443', http: {tls: {}, middlewares: [frame@file]}}
  metrics: {address: ':9100'}
  udp: {address: ':53/udp'}
api: {insecure: true}
providers: {file: {filename: x.yml}}
";

const ROUTING: &str = "
http:
  routers:
    app: {rule: 'Host(`app.test`)', service: sum, middlewares: [strip, users, keys], entryPoints: [web]}
    go: {rule: 'Host(`go.test`)', service: app, middlewares: [https], entryPoints: [web]}
    both: {rule: 'Host(`both.test`)', service: app, entryPoints: [web, websecure]}
    gone: {rule: 'Host(`gone.test`)', service: nowhere, entryPoints: [web]}
    typo: {rule: 'Hots(`typo.test`)', service: app, entryPoints: [web]}
    published: {rule: 'Host(`published.test`)', service: app, entryPoints: [websecure]}
  services:
    app: {loadBalancer: {servers: [{url: 'http://u:hidden@127.0.0.1:1'}]}}
    sum: {weighted: {services: [{name: app, weight: 3}, {name: other, weight: 1}]}}
    other: {loadBalancer: {servers: [{url: 'http://127.0.0.1:2'}]}}
  middlewares:
    strip: {stripPrefix: {prefixes: [/a]}}
    keys: {headers: {customRequestHeaders: {X-Key: 'hidden'}}}
    users: {basicAuth: {users: ['u:$apr1$hidden']}}
    https: {redirectScheme: {scheme: https}}
    frame: {headers: {frameDeny: true}}
tcp:
  routers:
    mqtt: {rule: 'HostSNI(`mqtt.test`)', service: mqtt, entryPoints: [websecure], tls: {passthrough: true}}
  services:
    mqtt: {loadBalancer: {servers: [{address: '127.0.0.1:1883'}]}}
";

fn ask(query: &str) -> (u16, Value) {
    let path = format!("/api/windrose/explain?{query}");
    ask_of(&installed(INSTALL, ROUTING, refuse::DYNAMIC), &path)
}

fn explained(query: &str) -> Explanation {
    let (status, body) = ask(query);
    assert_eq!(status, 200, "{body}");
    assert!(!body.to_string().contains("hidden"), "no secret is shown: {body}");
    serde_json::from_value(body).unwrap()
}

#[test]
fn the_whole_way_of_a_request_is_told_with_the_places() {
    let found = explained("url=http://APP.test/a/b?x=1&header=Accept:text/html");
    assert_eq!(found.verdict.word, "service");
    assert_eq!(found.verdict.text, "goes to service sum@file, if it comes past users@file");
    assert_eq!((found.request.host.as_str(), found.request.path.as_str()), ("app.test", "/a/b"));
    assert_eq!((found.entry_point.name.as_str(), found.entry_point.address.as_str()), ("web", ":80"));
    let router = found.router.unwrap();
    assert_eq!((router.name.as_str(), router.place.as_str()), ("app@file", "x.yml:4:5"));
    let middlewares: Vec<_> = found
        .middlewares
        .iter()
        .map(|one| (one.name.as_str(), one.word.as_str(), one.does.as_str()))
        .collect();
    let expected = [
        ("strip@file", "passes", "the path becomes /b?x=1; sets x-forwarded-prefix"),
        ("users@file", "depends", "lets in who knows a name and its password"),
        ("keys@file", "passes", "sets x-key"),
    ];
    assert_eq!(middlewares, expected);
    let service = found.service.unwrap();
    assert_eq!((service.kind.as_str(), service.services.len()), ("weighted", 2));
    let [app, other] = &*service.services else { panic!() };
    assert_eq!((app.part.as_str(), app.servers[0].url.as_str()), ("weight 3", "http://u:xxxxxx@127.0.0.1:1"));
    assert_eq!((other.part.as_str(), other.place.as_str()), ("weight 1", "x.yml:13:5"));
}

#[test]
fn whoever_answers_is_told_with_the_target() {
    let found = explained("url=http://go.test/x");
    assert_eq!(found.verdict.status, Some(302));
    assert_eq!(found.verdict.text, "middleware https@file answers 302, go to https://go.test/x");
}

#[test]
fn nobody_is_an_answer_too() {
    let found = explained("url=http://ap.test/a");
    assert_eq!((found.verdict.word.as_str(), found.verdict.status), ("unrouted", Some(404)));
    let nearest: Vec<_> = found.nearest.iter().map(|miss| (miss.name.as_str(), miss.missed.len())).collect();
    assert_eq!(nearest, [("app@file", 1), ("go@file", 1)]);
    assert_eq!(found.nearest[0].missed[0].clause, "Host(`app.test`)");
    assert_eq!(found.nearest[0].missed[0].found, "the host is ap.test");
}

#[test]
fn a_rule_that_cannot_be_read_is_told_to_whoever_misses_it() {
    let found = explained("url=http://typo.test/");
    assert_eq!(found.verdict.word, "unrouted");
    assert_eq!(found.unusable[0].name, "typo@file", "{:?}", found.unusable);
}

#[test]
fn a_router_that_cannot_be_used_is_told_with_the_reason() {
    let found = explained("url=http://gone.test/");
    assert_eq!((found.verdict.word.as_str(), found.verdict.status), ("closed", Some(404)));
    assert!(found.verdict.text.contains("nowhere"), "{}", found.verdict.text);
}

#[test]
fn the_entry_point_is_that_of_the_port_unless_it_is_asked_for() {
    let cases = [
        ("url=https://both.test/", "websecure", "port"),
        ("url=http://both.test/", "web", "port"),
        ("url=http://both.test:443/", "websecure", "port"),
        ("url=https://published.test:8443/", "websecure", "assumed"),
        ("url=http://both.test:8000/", "web", "assumed"),
        ("url=http://both.test/%26entrypoint&entrypoint=metrics", "metrics", "asked"),
    ];
    for (query, name, choice) in cases {
        let (_, body) = ask(query);
        let entry = &body["entryPoint"];
        assert_eq!((entry["name"].as_str(), entry["choice"].as_str()), (Some(name), Some(choice)), "{query}");
    }
}

#[test]
fn the_middlewares_of_an_entry_point_come_first() {
    let found = explained("url=https://both.test/");
    assert_eq!(found.router.unwrap().name, "both@file");
    assert_eq!(found.middlewares[0].name, "frame@file");
    let tls = found.tls.unwrap();
    assert_eq!((tls.server_name.as_deref(), tls.options.as_deref()), (Some("both.test"), Some("default")));
    assert!(tls.certificate.is_some_and(|one| one.is_generated && one.is_default));
}

#[test]
fn a_tcp_router_that_takes_the_connection_is_told() {
    let found = explained("url=https://mqtt.test/");
    assert_eq!(found.verdict.word, "tcp");
    let router = found.router.unwrap();
    assert_eq!((router.name.as_str(), router.protocol.as_str()), ("mqtt@file", "tcp"));
    assert_eq!(found.service.unwrap().servers[0].url, "127.0.0.1:1883");
}

#[test]
fn what_makes_no_request_is_refused_with_what_to_do() {
    let cases = [
        ("", "url is missing"),
        ("url=ftp://a/", "is no address"),
        ("url=http://", "is no address"),
        ("url=http://a:99999/", "is no address"),
        ("url=http://u:p@a/", "the header Authorization"),
        ("url=http://a/&header=x", "is no header"),
        ("url=http://a/&header=x%0ay:z", "is no header"),
        ("url=http://a/&header=x:a%0d%0ab", "is no header"),
        ("url=http://a/&method=a%20b", "is no method"),
        ("url=http://a/&from=x", "is no IP address"),
        ("url=http://a/&entrypoint=none", "use one of web, websecure, metrics, traefik"),
        ("url=http://a/&entrypoint=udp", "takes no HTTP"),
        ("url=http://a/&x=y", "unknown parameter x"),
    ];
    for (query, expected) in cases {
        let (status, body) = ask(query);
        assert_eq!(status, 400, "{query}");
        assert!(body["message"].as_str().unwrap().contains(expected), "{query}: {body}");
    }
}

#[test]
fn a_question_survives_the_way_to_another_gateway() {
    let question = Question {
        url: "https://a.test/ä b?x=1&y=2#z".to_owned(),
        method: "POST".to_owned(),
        headers: vec!["A: b&c=d%20".to_owned(), "X: +".to_owned()],
        entry_point: "web".to_owned(),
        from: "::1".to_owned(),
    };
    assert_eq!(Question::parse(Some(&question.query())), Ok(question));
}

#[test]
fn people_read_it_line_by_line() {
    let text = explained("url=http://app.test/a/b").to_string();
    for line in [
        "GET http://app.test/a/b from 127.0.0.1\n=> goes to service sum@file, if it comes past users@file\n",
        "entry point    web :80  by its port\n",
        "router         app@file\n               Host(`app.test`) (priority 16)\n               at x.yml:4:5\n",
        "middleware 1   strip@file  stripPrefix\n               the path becomes /b; sets x-forwarded-prefix\n",
        "made of        app@file  loadBalancer, weight 3\n",
        "server         http://u:xxxxxx@127.0.0.1:1  not checked\n",
        "nearest miss: ",
    ] {
        assert!(text.contains(line), "{line}\nin\n{text}");
    }
}
