//! Middlewares and their Secrets.

use std::collections::HashSet;

use serde_json::{Value, json};
use windrose_mesh_topology::facts::{Middleware, Step};
use windrose_provider_kubernetes::objects::Change;

use super::{Edge, Group};

fn object(name: &str, spec: Value) -> Change {
    Change::Put(json!({"metadata": {"namespace": "shop", "name": name}, "spec": spec}))
}

fn secret(name: &str, key: &str, text: &str) -> Change {
    let data = data_encoding::BASE64.encode(text.as_bytes());
    Change::Put(json!({"metadata": {"namespace": "shop", "name": name}, "data": {key: data}}))
}

fn step(edge: &Edge, name: &str) -> Step {
    match &*edge.middlewares()[&("shop".into(), name.into())] {
        Middleware::Step(step) => step.clone(),
        other => panic!("{other:?}"),
    }
}

fn refused(edge: &Edge, name: &str) -> String {
    match &*edge.middlewares()[&("shop".into(), name.into())] {
        Middleware::Refused(why) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_secret_holds_is_told_to_nodes_and_shown_to_nobody() {
    let mut edge = Edge::default();
    edge.take_middleware(
        Group::New,
        object("auth", json!({"basicAuth": {"secret": "users", "realm": "shop"}})),
    );
    assert!(refused(&edge, "auth").contains("set readSecrets"), "{}", refused(&edge, "auth"));
    assert!(edge.take_secret(secret("users", "users", "anna:$apr1$abc")));
    let made = step(&edge, "auth");
    assert_eq!(made.options, json!({"realm": "shop", "users": ["anna:$apr1$abc"]}));
    assert_eq!(made.shown, json!({"realm": "xxxx", "users": ["xxxx"]}));
    assert!(!format!("{made:?} {edge:?}").contains("abc"));
    assert!(!edge.take_secret(secret("other", "key", "value")), "a Secret that nobody names changes nothing");
    assert!(edge.take_secret(Change::Gone(json!({"metadata": {"namespace": "shop", "name": "users"}}))));
    assert_eq!(refused(&edge, "auth"), "basicAuth: there is no Secret shop/users");
}

#[test]
fn logins_of_stores_and_keys_of_clients_are_secrets_too() {
    let mut edge = Edge::default();
    let data = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
    let login = json!({"metadata": {"namespace": "shop", "name": "login"}, "data": {"username": data("anna"), "password": data("pass-word")}});
    let pair = json!({"metadata": {"namespace": "shop", "name": "pair"}, "data": {
        "tls.crt": data("-----BEGIN CERTIFICATE-----"), "tls.key": data("-----BEGIN PRIVATE KEY-----")}});
    for secret in [login, pair] {
        edge.take_secret(Change::Put(secret));
    }
    let redis =
        json!({"rateLimit": {"average": 1, "redis": {"endpoints": ["redis:6379"], "secret": "login"}}});
    edge.take_middleware(Group::New, object("limit", redis));
    let forward = json!({"forwardAuth": {"address": "https://auth.shop", "tls": {"certSecret": "pair"}}});
    edge.take_middleware(Group::New, object("ask", forward));
    for (name, text) in [("limit", "pass-word"), ("ask", "PRIVATE KEY")] {
        let made = step(&edge, name);
        assert!(made.options.to_string().contains(text), "{name}: {}", made.options);
        assert!(!made.shown.to_string().contains(text), "{name}: {}", made.shown);
        assert!(!made.shown.to_string().contains("anna"), "{name}: {}", made.shown);
    }
}

#[test]
fn what_no_node_could_use_is_refused_here() {
    let mut edge = Edge::default();
    for (name, spec, why) in [
        ("typo", json!({"stripPrefix": {"prefixs": ["/a"]}}), "prefixs"),
        ("unknown", json!({"shuffle": {}}), "shuffle"),
        ("none", json!({}), "no kind"),
        ("two", json!({"compress": {}, "headers": {}}), "several kinds"),
        ("pages", json!({"errors": {"status": ["500"]}}), "errors"),
    ] {
        edge.take_middleware(Group::New, object(name, spec));
        assert!(refused(&edge, name).contains(why), "{name}: {}", refused(&edge, name));
    }
}

#[test]
fn a_name_in_both_groups_is_that_of_the_newer_one() {
    let mut edge = Edge::default();
    let prefix = |prefix: &str| object("add", json!({"addPrefix": {"prefix": prefix}}));
    edge.take_middleware(Group::New, prefix("/new"));
    edge.take_middleware(Group::Old, prefix("/old"));
    assert_eq!(step(&edge, "add").options, json!({"prefix": "/new"}));
    edge.take_middleware(Group::New, Change::Only(None, HashSet::new()));
    assert_eq!(step(&edge, "add").options, json!({"prefix": "/old"}));
}

#[test]
fn what_the_edge_cannot_read_is_refused() {
    let mut edge = Edge::default();
    let service = |spec| object("canary", spec);
    edge.take_traefik_service(
        Group::New,
        service(json!({"weighted": {"services": [{"name": "a", "port": 80, "weight": "x"}]}})),
    );
    assert!(edge.traefik_services()[&("shop".into(), "canary".into())].0.is_err());
    edge.take_traefik_service(
        Group::New,
        service(json!({"weighted": {"services": [{"name": "a", "port": 80, "weight": 1}]}})),
    );
    assert!(edge.traefik_services()[&("shop".into(), "canary".into())].0.is_ok());
}
