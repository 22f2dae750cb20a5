//! The table answers what evaluating every rule in order would answer.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use windrose_rule::{Entry, Fields, Matcher, Protocol, RequestView, Syntax, Table, parse};

struct Pairs(Vec<(&'static str, &'static [u8])>);

impl Fields for Pairs {
    fn values(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.0.iter().filter(|(key, _)| *key == name).any(|(_, value)| each(value))
    }
}

const HOSTS: &[&str] = &["", "a", "a.b", "b.b", "c.a.b", "b", "x"];
const PATHS: &[&str] = &["/", "/a", "/a/", "/ab", "/a/b", "/a/b/c", "/b", "/é", "*", ""];

fn test() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(&["*", "*.b", "*.a.b", "a", "a.b", "b.b", "c.a.b", "."][..])
            .prop_map(|host| format!("Host(`{host}`)")),
        2 => prop::sample::select(&["^a", "b$", "^$"][..]).prop_map(|re| format!("HostRegexp(`{re}`)")),
        4 => prop::sample::select(&PATHS[..8]).prop_map(|path| format!("PathPrefix(`{path}`)")),
        4 => prop::sample::select(&PATHS[..8]).prop_map(|path| format!("Path(`{path}`)")),
        1 => Just("PathRegexp(`b`)".to_owned()),
        2 => prop::sample::select(&["GET", "PUT"][..]).prop_map(|method| format!("Method(`{method}`)")),
        1 => Just("Header(`x`, `1`)".to_owned()),
        1 => Just("Query(`q`, `1`)".to_owned()),
        1 => Just("ClientIP(`10.0.0.0/8`)".to_owned()),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let group = |inner: BoxedStrategy<String>| {
        (vec(inner, 1..4), prop::sample::select(&[" && ", " || "][..]), prop::bool::weighted(0.1))
            .prop_map(|(parts, with, negated)| {
                format!("{}({})", if negated { "!" } else { "" }, parts.join(with))
            })
            .boxed()
    };
    let leaf = (test(), prop::bool::weighted(0.15))
        .prop_map(|(test, negated)| if negated { format!("!{test}") } else { test })
        .boxed();
    prop_oneof![2 => leaf.clone(), 3 => group(leaf.clone()), 2 => group(group(leaf.clone())),
        1 => group(group(group(leaf)))]
}

#[derive(Debug, Clone)]
struct Request {
    host: &'static str,
    path: &'static str,
    method: &'static [u8],
    query: &'static str,
    peer: IpAddr,
    header: Option<&'static [u8]>,
}

fn request() -> impl Strategy<Value = Request> {
    let method: &[&[u8]] = &[b"GET", b"PUT", b"X"];
    let headers: &[&[u8]] = &[b"1", b"2"];
    let peers = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([11, 0, 0, 1])];
    (
        prop::sample::select(HOSTS),
        prop::sample::select(PATHS),
        prop::sample::select(method),
        prop::sample::select(&["", "q=1", "q=2"][..]),
        prop::sample::select(peers.to_vec()),
        prop::option::of(prop::sample::select(headers)),
    )
        .prop_map(|(host, path, method, query, peer, header)| Request {
            host,
            path,
            method,
            query,
            peer,
            header,
        })
}

proptest! {
    #![proptest_config(windrose_random::cases(1500))]

    #[test]
    fn equals_the_naive_scan(
        rules in vec((rule(), -2i64..6, 0u32..3), 0..25),
        requests in vec(request(), 1..30),
    ) {
        let entries: Vec<Entry<usize>> = rules
            .iter()
            .enumerate()
            .map(|(value, (text, priority, tie))| {
                let rule = parse(text, Syntax::V3, Protocol::Http).unwrap();
                Entry { rule, priority: *priority, tie: *tie, value }
            })
            .collect();
        let mut ordered = entries.clone();
        ordered.sort_by(|a, b| b.priority.cmp(&a.priority).then(a.tie.cmp(&b.tie)));
        let table = Table::build(entries);
        for request in requests {
            let headers = Pairs(request.header.iter().map(|value| ("x", *value)).collect());
            let view = RequestView {
                host: request.host,
                path: request.path,
                method: request.method,
                query: request.query,
                peer: request.peer,
                headers: &headers,
                ..Default::default()
            };
            let fits = |matcher: &Matcher| matcher.matches(&view);
            let naive = ordered.iter().find(|entry| fits(entry.rule.matcher())).map(|entry| entry.value);
            prop_assert_eq!(table.find(&view).copied(), naive, "{:?}", request);
        }
    }

    #[test]
    fn a_negation_is_the_opposite(text in rule(), request in request()) {
        let view = RequestView { host: request.host, path: request.path, method: request.method, ..Default::default() };
        let holds = |text: &str| parse(text, Syntax::V3, Protocol::Http).unwrap().matcher().matches(&view);
        prop_assert_eq!(holds(&text), !holds(&format!("!({text})")));
    }

    #[test]
    fn parsing_never_panics(text in "[a-zA-Z(){}!&|,`\"'\\\\ /.*é\n]{0,60}") {
        for syntax in [Syntax::V2, Syntax::V3] {
            for protocol in [Protocol::Http, Protocol::Tcp] {
                if let Err(error) = parse(&text, syntax, protocol) {
                    prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
                    prop_assert!(!error.render(&text).is_empty());
                }
            }
        }
    }
}
