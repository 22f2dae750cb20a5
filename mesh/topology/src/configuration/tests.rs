use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::grants::{Grant, groups};
use super::keys::Keys;
use super::rule::{self, Class, priority};
use crate::facts::{Fact, HttpGroup, Key};
use crate::topology::Rule;

fn requests(matches: &Value) -> Result<Option<String>, String> {
    let group = Arc::new(HttpGroup::read(json!({"spec": {"matches": matches}})).unwrap());
    let http_matches = group.matches.clone();
    let rule = Rule { http_route_group: Some(group), http_matches, ..Rule::default() };
    rule::requests(&[rule]).map_err(|error| error.to_string())
}

fn of_path(path: &str) -> Result<Option<String>, String> {
    requests(&json!([{"name": "m", "pathRegex": path}]))
}

#[test]
fn a_match_is_all_that_it_says() {
    for (matches, rule) in [
        (json!([]), None),
        (json!([{"name": "all"}]), None),
        (json!([{"name": "m", "methods": ["*", "GET"]}]), None),
        (json!([{"name": "m", "methods": ["GET", "PUT"]}]), Some("Method(`GET`,`PUT`)")),
        (json!([{"name": "m", "pathRegex": "a"}, {"name": "n"}]), Some("PathPrefix(`/{path:a}`)")),
        (
            json!([{"name": "m", "pathRegex": "/a", "methods": ["GET"]}, {"name": "n", "headers": [{"h": "v"}]}]),
            Some("(PathPrefix(`/{path:a}`) && Method(`GET`)) || HeadersRegexp(`h`, `v`)"),
        ),
    ] {
        assert_eq!(requests(&matches).unwrap().as_deref(), rule, "{matches}");
    }
}

#[test]
fn no_expression_leaves_its_place_in_a_rule() {
    for (path, written) in [
        ("//a", r"/{path:/a}"),
        (r"/a{2,3}", r"/{path:a{2,3}}"),
        (r"/a\{b", r"/{path:a\x7bb}"),
        (r"/[{}]{2}[{]", r"/{path:[\x7b\x7d]{2}[\x7b]}"),
        ("/a`b", r"/{path:a\x60b}"),
        (r"/a\`b", r"/{path:a\x60b}"),
        (r"/a\\`b", r"/{path:a\\\x60b}"),
        (r"/\p{Greek}", r"/{path:\p{Greek}}"),
    ] {
        assert_eq!(of_path(path).unwrap().unwrap(), format!("PathPrefix(`{written}`)"), "{path}");
    }
    assert_eq!(of_path("/").unwrap().unwrap(), "PathPrefix(`/`)");
    for refused in ["/a{", "/a}b{", r"/\Q{\E", r"/\Q`\E"] {
        assert!(of_path(refused).is_err(), "{refused}");
    }
    assert!(requests(&json!([{"name": "m", "headers": [{"a`b": "v"}]}])).is_err());
    assert!(requests(&json!([{"name": "m", "methods": ["GET`) || Method(`PUT"]}])).is_err());
}

#[test]
fn a_priority_is_a_class_and_what_the_rule_says() {
    assert_eq!(priority(Class::Service, "Host(`a`) || Host(`b`) || Host(`c`)"), 1002);
    assert_eq!(priority(Class::Split, "(Host(`a`)) && (Path(`/`))"), 4001);
}

#[test]
fn two_meanings_of_one_name_are_two_names() {
    let mut keys = Keys::default();
    assert_eq!(keys.name(&["a", "b-c", "80"]), "a-b-c-80");
    let other = keys.name(&["a-b", "c", "80"]);
    assert!(other.starts_with("a-b-c-80-"), "{other}");
    assert_eq!(keys.name(&["a", "b-c", "80"]), "a-b-c-80");
    assert_eq!(keys.name(&["a-b", "c", "80"]), other);
}

fn grant(ips: &[&str], rule: Option<&str>, pods: &[&str]) -> Grant {
    let pod = |name: &&str| Key { namespace: "shop".into(), name: (*name).into() };
    Grant {
        ips: ips.iter().map(|ip| Arc::from(*ip)).collect::<BTreeSet<Arc<str>>>(),
        rule: rule.map(str::to_owned),
        pods: pods.iter().map(pod).collect(),
    }
}

/// Groups as text: clients, rule, pods of each backend.
fn shown(backends: &[Vec<Grant>]) -> Vec<String> {
    let group = |group: super::grants::Group| {
        let pods: Vec<String> = group
            .pods
            .iter()
            .map(|pods| pods.iter().map(|pod| pod.name.to_string()).collect::<Vec<String>>().join(","))
            .collect();
        format!("{} | {} | {}", group.ips.unwrap().join(","), group.rule.unwrap_or_default(), pods.join(" "))
    };
    let mut shown: Vec<String> = groups(backends).into_iter().map(group).collect();
    shown.sort();
    shown
}

#[test]
fn targets_of_one_service_add_up() {
    let grants = vec![
        grant(&["1", "2"], Some("A"), &["p"]),
        grant(&["2"], Some("B"), &["p"]),
        grant(&["3"], None, &["p"]),
    ];
    assert_eq!(shown(&[grants]), ["1 | A | p", "2 | A || B | p", "3 |  | p"]);
}

#[test]
fn whoever_is_shut_out_of_one_backend_is_in_no_group() {
    let first = vec![grant(&["1", "2"], None, &["p"])];
    assert_eq!(shown(&[first.clone(), vec![grant(&["2", "3"], None, &["q"])]]), ["2 |  | p q"]);
    assert_eq!(shown(&[first, Vec::new()]), [""; 0]);
}

#[test]
fn a_request_is_open_to_every_server_that_may_get_it() {
    let first = vec![grant(&["1"], Some("A"), &["p"]), grant(&["1"], Some("B"), &["q"])];
    let second = vec![grant(&["1"], None, &["r"])];
    assert_eq!(shown(&[first, second]), ["1 | (A) && (B) | p,q r"]);
}
