//! The older syntax: several arguments, templates, and what it shares with the current one.

use std::net::IpAddr;

use crate::{Protocol, RequestView, Syntax, parse};

fn holds(text: &str, request: RequestView<'_>) -> bool {
    let rule =
        parse(text, Syntax::V2, Protocol::Http).unwrap_or_else(|error| panic!("{}", error.render(text)));
    rule.matcher().matches(&request)
}

fn refused(text: &str) -> bool {
    parse(text, Syntax::V2, Protocol::Http).is_err()
}

fn on_host(text: &str, host: &str) -> bool {
    holds(text, RequestView { host, ..Default::default() })
}

fn on_path(text: &str, path: &str) -> bool {
    holds(text, RequestView { path, ..Default::default() })
}

fn on_query(text: &str, query: &str) -> bool {
    holds(text, RequestView { query, ..Default::default() })
}

#[test]
fn one_of_several_hosts() {
    assert!(on_host("Host(`a.com`, `B.com`)", "b.com"));
    assert!(on_host("HostHeader(`a.com`)", "a.com"));
    assert!(!on_host("Host(`a.com`, `b.com`)", "c.com"));
    assert!(!on_host("!Host(`a.com`, `b.com`)", "b.com"));
    assert!(!on_host("Host(`*`)", "a"));
    assert!(!on_host("Host(`*.com`)", "a.com"));
    let rule = parse("Host(`a`, `b`) && Path(`/`)", Syntax::V2, Protocol::Http).unwrap();
    assert_eq!(rule.hosts().len(), 2);
}

#[test]
fn host_templates_are_anchored_and_fold_case() {
    assert!(on_host("HostRegexp(`{sub:[A-Z]+}.x.com`)", "abc.x.com"));
    assert!(!on_host("HostRegexp(`{sub:[a-z]+}.x.com`)", "abc.xycom"));
    assert!(!on_host("HostRegexp(`{sub:[a-z]+}.x.com`)", "abc.x.com.org"));
    assert!(on_host("HostRegexp(`{sub}.x.com`, `y.com`)", "a-1.x.com"));
    assert!(!on_host("HostRegexp(`{sub}.x.com`)", "a.b.x.com"));
    assert!(on_host("HostRegexp(`{a:x|y}.com`)", "y.com"));
    assert!(!on_host("HostRegexp(`{a:x|y}.com`)", "x"));
    assert!(on_host("HostRegexp(`Example.com`)", "example.com"));
    assert!(refused("HostRegexp(`{é:a}`)"));
}

#[test]
fn path_templates() {
    assert!(on_path("Path(`/p/{id}`)", "/p/42"));
    assert!(!on_path("Path(`/p/{id}`)", "/p/42/x"));
    assert!(!on_path("Path(`/p/{id}`)", "/p/"));
    assert!(on_path("Path(`/a`, `/p/{id:[0-9]{2}}`)", "/p/42"));
    assert!(!on_path("Path(`/p/{id:[0-9]{2}}`)", "/p/4"));
    assert!(on_path("PathPrefix(`/{v:v[0-9]+}`)", "/v1/x"));
    assert!(!on_path("PathPrefix(`/{v:v[0-9]+}`)", "/x/v1"));
    assert!(on_path("PathPrefix(`/foo`)", "/foobar"));
    assert!(on_path("Path(`/a.b`)", "/a.b"));
    assert!(!on_path("Path(`/a.{x}`)", "/ab1"));
}

#[test]
fn query_needs_every_pair() {
    assert!(on_query("Query(`a=b`, `c=d`)", "c=d&a=b"));
    assert!(!on_query("Query(`a=b`, `c=d`)", "a=b"));
    assert!(on_query("Query(`a={n:[0-9]+}`)", "a=42"));
    assert!(!on_query("Query(`a={n:[0-9]+}`)", "a=42x"));
    assert!(on_query("Query(`apikey`, `secret`)", "apikey=secret"));
    assert!(!on_query("Query(`apikey`, `secret`)", "apikey=other"));
    assert!(on_query("Query(`a=b`, `c`, `{n:[0-9]+}`)", "c=42&a=b"));
    assert!(on_query("Query(`a`, `b=c`, `d`)", "a=b&c=d"));
    assert!(refused("Query(`a`, `b=c`)"));
    assert!(on_query("Query(`a=`)", "a=anything"));
    assert!(!on_query("Query(`a=`)", "b=1"));
}

#[test]
fn methods_and_addresses() {
    assert!(holds("Method(`get`, `PUT`)", RequestView { method: b"GET", ..Default::default() }));
    let peer = IpAddr::from([10, 0, 0, 1]);
    assert!(holds("ClientIP(`::1`, `10.0.0.0/8`)", RequestView { peer, ..Default::default() }));
    assert!(!holds("ClientIP(`::1`)", RequestView { peer, ..Default::default() }));
}

#[test]
fn refuses_what_it_cannot_use() {
    for text in [
        "Path(`/{id`)",
        "Path(`/id}`)",
        "Path(`/{}`)",
        "Path(`/{:a}`)",
        "Path(`/{a:}`)",
        "Path(`/{a:(}`)",
        "Path(`a`)",
        "PathPrefix(`{a}`)",
        "Query(`a`)",
        "Host()",
        "Host(`a`, ``)",
        "Headers(`a`)",
        "Header(`a`, `b`)",
        "PathRegexp(`a`)",
        "ClientIP(`x`)",
        "HostSNI(`a`)",
    ] {
        assert!(refused(text), "{text}");
    }
}

#[test]
fn tcp() {
    let rule = |text: &str| parse(text, Syntax::V2, Protocol::Tcp);
    let view = RequestView::tcp("a.b", &[b"h2"], IpAddr::from([127, 0, 0, 1]));
    for text in ["HostSNI(`x`, `A.b`)", "HostSNI(`*`)", "HostSNIRegexp(`{x:[a-z]}.b`)", "ALPN(`mqtt`, `h2`)"]
    {
        assert!(rule(text).unwrap().matcher().matches(&view), "{text}");
    }
    for text in ["HostSNI(`x`)", "HostSNIRegexp(`{x:[c-z]}.b`)", "ALPN(`mqtt`)"] {
        assert!(!rule(text).unwrap().matcher().matches(&view), "{text}");
    }
    assert!(rule("ALPN(`h2`, `acme-tls/1`)").is_err());
    assert_eq!(rule("HostSNI(`*`)").unwrap().priority(), -1);
}
