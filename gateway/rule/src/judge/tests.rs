//! What is said of rules that do not match.

use proptest::prelude::*;

use crate::{Protocol, RequestView, Syntax, parse};

fn judge(rule: &str, request: &RequestView<'_>) -> Vec<String> {
    let rule = parse(rule, Syntax::V3, Protocol::Http).unwrap();
    rule.judge(request).missed.iter().map(ToString::to_string).collect()
}

fn distance(rule: &str, request: &RequestView<'_>) -> u32 {
    parse(rule, Syntax::V3, Protocol::Http).unwrap().distance(request)
}

#[test]
fn the_clauses_that_fail_are_told_with_what_was_found() {
    let request =
        RequestView { method: b"GET", host: "a.test", path: "/api/v1", query: "x=1", ..Default::default() };
    let cases: &[(&str, &[&str])] = &[
        ("Host(`a.test`) && PathPrefix(`/api`)", &[]),
        ("Host(`b.test`)", &["Host(`b.test`): the host is a.test"]),
        ("Host(`*.b.test`)", &["Host(`*.b.test`): the host is a.test"]),
        (
            "Host(`b.test`) && PathPrefix(`/app`) && Method(`POST`)",
            &[
                "Host(`b.test`): the host is a.test",
                "PathPrefix(`/app`): the path is /api/v1",
                "Method(`POST`): the method is GET",
            ],
        ),
        ("!Method(`GET`)", &["!Method(`GET`): the method is GET"]),
        ("!(Host(`a.test`) && Method(`GET`))", &["!Host(`a.test`): the host is a.test"]),
        ("Header(`X-Key`, `v`)", &["Header(`x-key`, `v`): there is no header x-key"]),
        ("Query(`x`, `2`)", &["Query(`x`, `2`): the query parameter x has another value"]),
        ("Query(`y`)", &["Query(`y`): there is no query parameter y"]),
        ("Cookie(`c`, `v`)", &["Cookie(`c`, `v`): there is no cookie"]),
        ("ClientIP(`10.0.0.0/8`)", &["ClientIP(`10.0.0.0/8`): the client is 0.0.0.0"]),
        ("HostRegexp(`^b`)", &["HostRegexp(`^b`): the host is a.test"]),
    ];
    for (rule, expected) in cases {
        assert_eq!(judge(rule, &request), *expected, "{rule}");
    }
}

#[test]
fn of_alternatives_the_nearest_is_told() {
    let request = RequestView { method: b"GET", host: "app.test", path: "/x", ..Default::default() };
    let rule = "Host(`other.example`) && Path(`/y`) || Host(`app.test`) && Method(`POST`)";
    assert_eq!(judge(rule, &request), ["Method(`POST`): the method is GET"]);
    assert_eq!(
        judge("Host(`far.example`) || Host(`apq.test`)", &request),
        ["Host(`apq.test`): the host is app.test"]
    );
}

#[test]
fn a_rule_that_lacks_less_is_nearer() {
    let request = RequestView { method: b"GET", host: "app.test", path: "/api/users", ..Default::default() };
    let nearest_first = [
        "Host(`app.test`)",
        "Host(`app.test`) && Method(`POST`)",
        "Host(`apq.test`)",
        "Host(`app.test`) && PathPrefix(`/admin`)",
        "Host(`nothing.like.it`)",
        "Host(`nothing.like.it`) && PathPrefix(`/admin`)",
    ];
    let distances: Vec<u32> = nearest_first.iter().map(|rule| distance(rule, &request)).collect();
    assert!(distances.is_sorted(), "{distances:?}");
    assert_eq!(distances.first(), Some(&0));
}

#[test]
fn a_connection_is_told_in_the_words_of_tcp() {
    let offered: &[&[u8]] = &[b"h2", b"http/1.1"];
    let request = RequestView::tcp("a.test", offered, [192, 0, 2, 1].into());
    let told = |rule: &str| {
        let rule = parse(rule, Syntax::V3, Protocol::Tcp).unwrap();
        rule.judge(&request).missed.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(told("HostSNI(`b.test`)"), ["HostSNI(`b.test`): the host is a.test"]);
    assert_eq!(told("ALPN(`mqtt`)"), ["ALPN(`mqtt`): the protocols offered are h2, http/1.1"]);
}

proptest! {
    #![proptest_config(windrose_random::cases(256))]

    #[test]
    fn nothing_is_missed_exactly_when_the_rule_matches(
        picks in proptest::collection::vec((0..6_usize, any::<bool>(), any::<bool>()), 1..8),
        host in "[ab]\\.test",
        path in "/[ab]{0,2}",
        method in prop_oneof![Just("GET"), Just("POST")],
    ) {
        let tests = ["Host(`a.test`)", "Host(`*.test`)", "Path(`/a`)", "PathPrefix(`/b`)", "Method(`GET`)", "Host(`*`)"];
        let mut rule = String::new();
        for (at, (test, negated, is_or)) in picks.iter().enumerate() {
            if at > 0 {
                rule.push_str(if *is_or { " || " } else { " && " });
            }
            if *negated {
                rule.push('!');
            }
            rule.push_str(tests[*test]);
        }
        let request = RequestView { method: method.as_bytes(), host: &host, path: &path, ..Default::default() };
        let rule = parse(&rule, Syntax::V3, Protocol::Http).unwrap();
        let judged = rule.judge(&request);
        prop_assert_eq!(judged.is_match(), rule.matcher().matches(&request));
        prop_assert_eq!(judged.distance == 0, judged.is_match());
    }
}
