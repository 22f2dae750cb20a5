//! Which names are asked for.

use windrose_config::source::yaml;
use windrose_config::{Source, Update, refuse};
use windrose_engine::merge::{Sources, merge};

use super::*;

fn merged(settings: &str, config: &str) -> Merged {
    let source = Source::file("t.yaml");
    let settings = StaticConfig::examine(yaml::parse(settings, &source).unwrap(), &source, &[]).loaded.config;
    let settings = Arc::new(settings);
    let config = DynamicConfig::decode(yaml::parse(config, &source).unwrap(), &source, refuse::DYNAMIC);
    let mut sources = Sources::new();
    sources.take(Update { provider: "file".into(), config: Arc::new(config) });
    merge(&settings, &Place::all(&settings), &sources)
}

fn wished(settings: &str, config: &str) -> Vec<String> {
    let wishes = Wishes::default().of(&merged(settings, config));
    wishes.iter().map(|wish| format!("{} {}", wish.resolver, wish.names.join(","))).collect()
}

const ENTRIES: &str = "
entryPoints:
  web: {address: ':80', asDefault: true}
  secure: {address: ':443', http: {tls: {certResolver: ep, domains: [{main: ep.test, sans: ['*.ep.test']}]}}}
  bare: {address: ':444', http: {tls: {certResolver: ep}}}
";

#[test]
fn names_come_from_domains_or_else_from_the_rule() {
    let cases = [
        ("{rule: 'Host(`a.test`) || Host(`b.test`)', tls: {certResolver: le}}", vec!["le a.test,b.test"]),
        (
            "{rule: 'Host(`a.test`)', tls: {certResolver: le, domains: [{main: M.test, sans: [s.test]}, {main: n.test}]}}",
            vec!["le m.test,s.test", "le n.test"],
        ),
        ("{rule: 'Host(`a.test`)', tls: {}}", vec![]),
        ("{rule: 'Host(`a.test`)'}", vec![]),
        ("{rule: 'HostRegexp(`a`)', tls: {certResolver: le}}", vec![]),
        ("{rule: 'Host(`a.test`)', entryPoints: [nowhere], tls: {certResolver: le}}", vec![]),
        ("{rule: 'Host(`a.test`)', entryPoints: [secure]}", vec!["ep ep.test,*.ep.test"]),
        ("{rule: 'Host(`a.test`)', entryPoints: [bare, web]}", vec!["ep a.test"]),
        ("{rule: 'Host(`a.test`)', entryPoints: [bare], tls: {certResolver: le}}", vec!["le a.test"]),
        (
            "{rule: 'Host(`a.test`, `b.test`)', ruleSyntax: v2, tls: {certResolver: le}}",
            vec!["le a.test,b.test"],
        ),
    ];
    for (router, expected) in cases {
        let config =
            format!("http: {{routers: {{r: {router}}}}}").replace("{rule", "{service: noop@internal, rule");
        assert_eq!(wished(ENTRIES, &config), expected, "{router}");
    }
}

#[test]
fn the_same_wish_of_two_routers_is_one_and_a_store_has_its_own() {
    let config = "
http:
  routers:
    a: {rule: 'Host(`a.test`) && Path(`/a`)', service: noop@internal, tls: {certResolver: le}}
    b: {rule: 'Host(`a.test`) && Path(`/b`)', service: noop@internal, tls: {certResolver: le}}
tls: {stores: {default: {defaultGeneratedCert: {resolver: le, domain: {main: d.test, sans: [e.test]}}}}}
";
    assert_eq!(wished(ENTRIES, config), ["le a.test", "le d.test,e.test"]);
}

#[test]
fn names_below_another_wildcard_are_not_asked_for_again() {
    let config =
        "http: {routers: {r: {rule: 'Host(`x`)', service: noop@internal, tls: {certResolver: le, domains:
        [{main: a.test, sans: ['*.a.test']}, {main: b.a.test, sans: [c.b.a.test, a.test]}]}}}}";
    assert_eq!(wished(ENTRIES, config), ["le a.test,*.a.test", "le c.b.a.test"]);
}

#[test]
fn what_did_not_change_is_remembered_and_what_is_gone_forgotten() {
    let config =
        "http: {routers: {r: {rule: 'Host(`a.test`)', service: noop@internal, tls: {certResolver: le}}}}";
    let mut wishes = Wishes::default();
    let first = merged(ENTRIES, config);
    assert_eq!(wishes.of(&first), wishes.of(&first));
    assert_eq!(wishes.of(&merged(ENTRIES, "{}")), []);
}

#[test]
fn names_have_one_form_and_impossible_ones_are_refused() {
    let one = |name: &str, dns| canonical(&[name.to_owned()], dns).map(|names| names.join(","));
    assert_eq!(one("BÜcher.Test.", false).unwrap(), "xn--bcher-kva.test");
    assert_eq!(one("*.A.test", true).unwrap(), "*.a.test");
    assert_eq!(one("2001:DB8::1", false).unwrap(), "2001:db8::1");
    assert!(matches!(one("*.a.test", false), Err(NameError::NeedsDns(_))));
    assert!(matches!(one("*.*.test", true), Err(NameError::TwoWildcards(_))));
    for odd in ["", "a b", "a.*.test", "a/b"] {
        assert!(one(odd, true).is_err(), "{odd:?}");
    }
    assert_eq!(canonical(&["a.test".into(), "A.test".into()], false).unwrap(), ["a.test"]);
}

#[test]
fn a_wildcard_covers_one_label() {
    let cases = [
        ("*.a.test", "b.a.test", true),
        ("*.a.test", "a.test", false),
        ("*.a.test", "c.b.a.test", false),
        ("*.a.test", "*.a.test", true),
        ("*.test", "*.a.test", false),
        ("a.test", "a.test", true),
    ];
    for (certified, name, expected) in cases {
        assert_eq!(covers(certified, name), expected, "{certified} {name}");
    }
}
