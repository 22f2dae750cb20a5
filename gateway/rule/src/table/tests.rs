//! Order, keys and what is evaluated; equality with the naive scan is proved in `tests/naive.rs`.

use super::keys::{HostKey, PathKey, Verdict, alternatives, residual};
use super::*;
use crate::tree::{Node, Test};
use crate::{Protocol, Syntax, parse};

fn rule(text: &str) -> Rule {
    parse(text, Syntax::V3, Protocol::Http).unwrap_or_else(|error| panic!("{}", error.render(text)))
}

fn node(text: &str) -> Node {
    rule(text).into_matcher().0
}

/// A table of rules in order of their default priority, holding their texts.
fn table<'t>(texts: &[&'t str]) -> Table<&'t str> {
    let entry = |(tie, text): (u32, &&'t str)| {
        let rule = rule(text);
        Entry { priority: rule.priority(), tie, rule, value: *text }
    };
    (0..).zip(texts).map(entry).collect()
}

fn find<'t>(table: &Table<&'t str>, host: &str, path: &str) -> Option<&'t str> {
    table.find(&RequestView { host, path, ..Default::default() }).copied()
}

#[test]
fn the_longest_rule_wins() {
    let table = table(&[
        "Host(`a.com`)",
        "Host(`a.com`) && PathPrefix(`/api`)",
        "Host(`a.com`) && PathPrefix(`/api/v1`)",
        "Host(`a.com`) && Path(`/api/v1/users/all`)",
        "Host(`*.com`)",
        "HostRegexp(`^[ab]`) && PathPrefix(`/admin/of/everything`)",
        "Path(`/`)",
    ]);
    for (host, path, expected) in [
        ("a.com", "/", "Host(`a.com`)"),
        ("a.com", "/apis", "Host(`a.com`) && PathPrefix(`/api`)"),
        ("a.com", "/api/v1/x", "Host(`a.com`) && PathPrefix(`/api/v1`)"),
        ("a.com", "/api/v1/users/all", "Host(`a.com`) && Path(`/api/v1/users/all`)"),
        ("a.com", "/admin/of/everything", "HostRegexp(`^[ab]`) && PathPrefix(`/admin/of/everything`)"),
        ("b.com", "/", "Host(`*.com`)"),
        ("b.com", "no slash", "Host(`*.com`)"),
        ("", "/", "Path(`/`)"),
    ] {
        assert_eq!(find(&table, host, path), Some(expected), "{host}{path}");
    }
    assert_eq!(find(&table, "org", "x"), None);
}

#[test]
fn priority_then_tie_then_order() {
    let entry = |priority, tie, value| Entry { rule: rule("Host(`a`)"), priority, tie, value };
    let best = |entries: Vec<Entry<u8>>| {
        Table::build(entries).find(&RequestView { host: "a", ..Default::default() }).copied()
    };
    assert_eq!(best(vec![entry(1, 0, 1), entry(2, 9, 2)]), Some(2));
    assert_eq!(best(vec![entry(1, 5, 1), entry(1, 4, 2)]), Some(2));
    assert_eq!(best(vec![entry(1, 5, 1), entry(1, 5, 2)]), Some(1));
    assert_eq!(best(vec![entry(-3, 0, 1), entry(i64::MIN, 0, 2)]), Some(1));
}

#[test]
fn host_rules_need_no_bucket_and_no_evaluation() {
    let table =
        table(&["Host(`a`) || Host(`b`)", "(Host(`c`) || Host(`*.d`)) && PathPrefix(`/x`)", "Host(`a`)"]);
    assert!(table.residuals.is_empty());
    // That of any host, and those of c and *.d.
    assert_eq!(table.buckets.len(), 3);
    assert_eq!(find(&table, "e.d", "/xy"), Some("(Host(`c`) || Host(`*.d`)) && PathPrefix(`/x`)"));
    assert_eq!(find(&table, "e.d", "/y"), None);
}

#[test]
fn tcp_rules_are_found_by_server_name() {
    let entry = |(tie, text): (u32, &&'static str)| {
        let rule = parse(text, Syntax::V3, Protocol::Tcp).unwrap();
        Entry { priority: rule.priority(), tie, rule, value: *text }
    };
    let texts = ["HostSNI(`*`)", "HostSNI(`a.b`)", "HostSNI(`*.b`)", "HostSNI(`*.b`) && ALPN(`h2`)"];
    let table: Table<&str> = (0..).zip(&texts).map(entry).collect();
    let peer = std::net::IpAddr::from([127, 0, 0, 1]);
    let find = |sni, alpn| table.find(&RequestView::tcp(sni, alpn, peer)).copied();
    assert_eq!(find("a.b", &[]), Some(texts[1]));
    assert_eq!(find("a.b", &[b"h2"]), Some(texts[3]));
    assert_eq!(find("c.b", &[]), Some(texts[2]));
    assert_eq!(find("", &[b"h2"]), Some(texts[0]));
}

#[test]
fn impossible_rules_are_not_candidates() {
    let table =
        table(&["Host(`a`) && Host(`b`)", "Path(`/a`) && PathPrefix(`/b`)", "Host(`a.b`) && Host(`*.c`)"]);
    assert!(table.candidates.is_empty());
    assert_eq!(table.len(), 3);
}

#[test]
fn nested_prefixes_are_all_candidates() {
    let texts = [
        "PathPrefix(`/`)",
        "PathPrefix(`/a`) && Method(`GET`)",
        "PathPrefix(`/a/b`) && Method(`PUT`)",
        "PathPrefix(`/a/bc`) && Method(`GET`)",
        "PathPrefix(`/b`)",
    ];
    let table = table(&texts);
    let get = |path| table.find(&RequestView { path, method: b"GET", ..Default::default() }).copied();
    assert_eq!(get("/a/b/c"), Some(texts[1]));
    assert_eq!(get("/a/bcd"), Some(texts[3]));
    assert_eq!(get("/aa"), Some(texts[1]));
    assert_eq!(get("/c"), Some(texts[0]));
    assert_eq!(get("/b"), Some(texts[4]));
}

#[test]
fn alternatives_join_hosts_and_paths() {
    let keys = |text: &str| {
        let node = node(text);
        alternatives(&node)
            .iter()
            .map(|one| format!("{:?} {:?} {:?}", one.host, one.path, one.verdict))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys("(Host(`a`) || Host(`*.b`)) && (Path(`/p`) || PathPrefix(`/q`) && Method(`GET`))"),
        [
            "Exact(\"a\") Exact(\"/p\") Decided",
            "Exact(\"a\") Prefix(\"/q\") Open",
            "Under(\"b\") Exact(\"/p\") Decided",
            "Under(\"b\") Prefix(\"/q\") Open",
        ]
    );
    assert_eq!(keys("!Host(`a`)"), ["Any Any Open"]);
    assert_eq!(keys("PathPrefix(`/a`) && PathPrefix(`/ab`)"), ["Any Prefix(\"/ab\") Decided"]);
    assert_eq!(keys("Host(`a.b`) && Host(`*.b`)"), ["Exact(\"a.b\") Any Decided"]);
    assert!(keys("Host(`.`)").is_empty());
}

#[test]
fn many_combinations_fall_back_to_hosts() {
    let hosts = (0..100).map(|n| format!("Host(`h{n}`)")).collect::<Vec<_>>().join(" || ");
    let paths = (0..100).map(|n| format!("Path(`/{n}`)")).collect::<Vec<_>>().join(" || ");
    for text in [format!("({hosts}) && ({paths})"), format!("({paths}) && ({hosts})")] {
        let node = node(&text);
        let found = alternatives(&node);
        assert_eq!(found.len(), 100);
        assert!(found.iter().all(|one| matches!(
            (one.host, one.path, one.verdict),
            (HostKey::Exact(_), PathKey::Any, Verdict::Open)
        )));
        let text = text.as_str();
        let table = table(&[text]);
        assert_eq!(find(&table, "h7", "/99"), Some(text));
        assert_eq!(find(&table, "h7", "/100"), None);
    }
}

#[test]
fn only_what_keys_leave_open_is_kept() {
    let left = residual(node("Host(`a`) && PathPrefix(`/`) && Method(`GET`)"));
    assert!(matches!(left, Node::Test(Test::Method(_))));
    let left = residual(node("Host(`a`) && !Host(`b`) && !Method(`GET`)"));
    assert!(matches!(left, Node::All(nodes) if nodes.len() == 2));
}

#[test]
fn host_index_prefers_the_specific() {
    let mut index = HostIndex::new();
    assert!(index.is_empty());
    for (value, name) in (0..).zip(["*", "*.b.c", "a.b.c"]) {
        assert_eq!(index.insert(name, value), None);
    }
    assert_eq!(index.find("a.b.c"), Some(&2));
    assert_eq!(index.find("x.b.c"), Some(&1));
    assert_eq!(index.find("x.a.b.c"), Some(&0));
    assert_eq!(index.find(""), Some(&0));
    assert_eq!(index.insert("a.b.c", 7), Some(2));
    assert_eq!(index.insert("*", 8), Some(0));
    assert_eq!((index.find("a.b.c"), index.find("q"), index.len()), (Some(&7), Some(&8), 3));
}
