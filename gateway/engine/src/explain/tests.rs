//! What is said of requests, beside what happens to them.

use windrose_config::source::yaml;
use windrose_config::{DynamicConfig, Source, StaticConfig, Update, refuse};

use super::*;
use crate::compile::entries::entries;
use crate::compile::{Compiler, Tools};
use crate::entry::EntryOptions;
use crate::live::Live;
use crate::merge::{INTERNAL, Merged, Place, Sources, internal, merge};
use crate::snapshot::Snapshot;

struct Bench {
    snapshot: Arc<Snapshot>,
    merged: Merged,
    options: Vec<Arc<EntryOptions>>,
}

impl Bench {
    fn new(document: &str) -> Self {
        let source = Source::file("static.yaml");
        let text = "entryPoints: {web: {address: ':80'}, websecure: {address: ':443', http: {tls: {}}}}";
        let tree = yaml::parse(text, &source).unwrap();
        let settings = Arc::new(StaticConfig::examine(tree, &source, refuse::STATIC).loaded.config);
        let source = Source::file("dynamic.yaml");
        let config = DynamicConfig::decode(yaml::parse(document, &source).unwrap(), &source, refuse::DYNAMIC);
        let mut sources = Sources::new();
        sources.take(Update { provider: INTERNAL.into(), config: Arc::new(internal(&settings)) });
        sources.take(Update { provider: "file".into(), config: Arc::new(config) });
        let merged = merge(&settings, &Place::all(&settings), &sources);
        let tools = Tools {
            build: windrose_middleware::list::build,
            services: Vec::new(),
            live: Arc::new(Live::new()),
            files: Arc::new(|_: &str| Err::<Vec<u8>, _>(std::io::ErrorKind::NotFound.into())),
        };
        let snapshot = Compiler::new(tools, 0).compile(&merged).snapshot;
        let options = entries(&settings).unwrap().into_iter().map(|opening| opening.options).collect();
        Self { snapshot, merged, options }
    }

    fn ask<T>(&self, place: usize, url: &str, with: impl FnOnce(&Asked<'_>) -> T) -> T {
        let (host, path) = url.split_once('/').unwrap();
        let target = format!("/{path}");
        with(&Asked {
            place,
            options: &self.options[place],
            method: "GET",
            target: &target,
            host,
            headers: &[("User-Agent".to_owned(), "curl".to_owned())],
            peer: "192.0.2.7:4000".parse().unwrap(),
            local: "127.0.0.1:80".parse().unwrap(),
            hello: (place == 1).then_some(Hello { server_name: Some(host), protocols: &[] }),
        })
    }

    fn fate(&self, place: usize, url: &str) -> Fate {
        self.ask(place, url, |asked| walk(&self.snapshot, asked))
    }

    fn routed(&self, url: &str) -> Routed {
        match self.fate(0, url) {
            Fate::Routed(routed) => routed,
            other => panic!("{other:?}"),
        }
    }

    fn neighbours(&self, place: usize, url: &str) -> (Vec<String>, Vec<String>) {
        let told = |misses: &[Miss]| {
            let line = |miss: &Miss| {
                let mut parts: Vec<String> = miss.missed.iter().map(|missed| missed.clause.clone()).collect();
                parts.extend(miss.elsewhere.iter().map(|place| format!("on {place}")));
                parts.extend(miss.other_security.then(|| "security".to_owned()));
                format!("{}: {}", miss.route.name, parts.join(", "))
            };
            misses.iter().map(line).collect::<Vec<_>>()
        };
        let found = self.ask(place, url, |asked| {
            neighbours(&self.snapshot, &self.merged, asked, &walk(&self.snapshot, asked))
        });
        (told(&found.later), told(&found.nearest))
    }
}

const ROUTING: &str = "
http:
  routers:
    app: {rule: 'Host(`app.test`)', service: s, entryPoints: [web]}
    api: {rule: 'Host(`app.test`) && PathPrefix(`/api`)', service: s, entryPoints: [web], middlewares: [strip, add]}
    go: {rule: 'Host(`go.test`)', service: s, entryPoints: [web], middlewares: [add, https, strip]}
    login: {rule: 'Host(`login.test`)', service: s, entryPoints: [web], middlewares: [auth, strip]}
    only-secure: {rule: 'Host(`secure.test`)', service: s, entryPoints: [websecure]}
    broken: {rule: 'Host(`broken.test`)', service: missing, entryPoints: [web]}
  middlewares:
    strip: {stripPrefix: {prefixes: [/api]}}
    add: {headers: {customRequestHeaders: {X-Key: secret, User-Agent: ''}}}
    https: {redirectScheme: {scheme: https, port: '8443'}}
    auth: {basicAuth: {users: ['a:$apr1$x$y']}}
  services:
    s: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}
tcp:
  routers:
    mqtt: {rule: 'HostSNI(`mqtt.test`)', service: t, entryPoints: [websecure], tls: {passthrough: true}}
  services:
    t: {loadBalancer: {servers: [{address: '127.0.0.1:1'}]}}
";

#[test]
fn a_request_is_walked_through_the_filters_of_its_route() {
    let bench = Bench::new(ROUTING);
    let routed = bench.routed("App.Test:8080/api/users?x=1");
    assert_eq!(&*routed.route.name, "api@file");
    assert_eq!(routed.prepared, Prepared { host: "app.test".to_owned(), path: "/api/users".to_owned() });
    assert_eq!(routed.target, "/users?x=1", "as the service is asked");
    let [strip, add] = &*routed.steps else { panic!("{:?}", routed.steps) };
    let Does::Passes(changes) = &strip.does else { panic!("{strip:?}") };
    assert_eq!(
        (changes.target.as_deref(), &*changes.set),
        (Some("/users?x=1"), &["x-forwarded-prefix".to_owned()][..])
    );
    let Does::Passes(changes) = &add.does else { panic!("{add:?}") };
    assert_eq!(
        (&*changes.set, &*changes.removed),
        (&["x-key".to_owned()][..], &["user-agent".to_owned()][..])
    );
}

#[test]
fn whoever_answers_ends_the_walk() {
    let routed = Bench::new(ROUTING).routed("go.test/x");
    let [_, https, strip] = &*routed.steps else { panic!("{:?}", routed.steps) };
    let location = Some("https://go.test:8443/x".to_owned());
    assert_eq!(https.does, Does::Answers { status: 302, location });
    assert_eq!(strip.does, Does::Nothing);
}

#[test]
fn whoever_waits_is_not_guessed_at() {
    let routed = Bench::new(ROUTING).routed("login.test/");
    let does: Vec<_> = routed.steps.iter().map(|step| step.does.clone()).collect();
    assert_eq!(does, [Does::Depends, Does::Passes(Changes::default())]);
}

#[test]
fn a_connection_that_a_tcp_router_takes_is_no_request() {
    let bench = Bench::new(ROUTING);
    let Fate::Connection(route) = bench.fate(1, "mqtt.test/") else { panic!() };
    assert_eq!(&*route.name, "mqtt@file");
    assert!(matches!(bench.fate(1, "secure.test/"), Fate::Routed(_)));
}

#[test]
fn a_router_that_cannot_be_used_keeps_its_place() {
    let routed = Bench::new(ROUTING).routed("broken.test/");
    assert_eq!((&*routed.route.name, routed.failure), ("broken@file", Some(Failure::NoRoute)));
}

#[test]
fn what_is_no_request_is_told_as_such() {
    let bench = Bench::new(ROUTING);
    for bad in ["app.test/%zz", "app.test/#x", "a b.test/"] {
        assert!(matches!(bench.fate(0, bad), Fate::Unfit(Failure::BadRequest)), "{bad}");
    }
}

#[test]
fn routers_that_match_and_come_later_are_told() {
    let (later, _) = Bench::new(ROUTING).neighbours(0, "app.test/api/x");
    assert_eq!(later, ["app@file: "]);
}

#[test]
fn the_two_nearest_misses_are_told_with_what_they_lack() {
    let bench = Bench::new(ROUTING);
    let (_, nearest) = bench.neighbours(0, "apq.test/api/x");
    assert_eq!(nearest, ["api@file: Host(`app.test`)", "app@file: Host(`app.test`)"]);
    let (_, nearest) = bench.neighbours(0, "app.test/apo");
    assert_eq!(nearest[0], "api@file: PathPrefix(`/api`)");
}

#[test]
fn a_router_on_another_entry_point_is_nearer_than_one_for_another_host() {
    let (_, nearest) = Bench::new(ROUTING).neighbours(0, "secure.test/");
    assert_eq!(nearest[0], "only-secure@file: on websecure, security");
    assert_eq!(nearest.len(), 2);
}
