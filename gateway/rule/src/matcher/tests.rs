//! What each matcher of the v3 syntax accepts and answers.

use std::net::IpAddr;

use crate::{Fields, NoFields, Protocol, RequestView, Rule, Syntax, parse};

struct Pairs(Vec<(&'static str, &'static [u8])>);

impl Fields for Pairs {
    fn values(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.0.iter().filter(|(key, _)| *key == name).any(|(_, value)| each(value))
    }
}

fn http(text: &str) -> Rule {
    parse(text, Syntax::V3, Protocol::Http).unwrap_or_else(|error| panic!("{}", error.render(text)))
}

fn refused(text: &str) -> bool {
    parse(text, Syntax::V3, Protocol::Http).is_err()
}

fn holds(text: &str, request: RequestView<'_>) -> bool {
    http(text).matcher().matches(&request)
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

fn on_headers(text: &str, headers: &Pairs) -> bool {
    holds(text, RequestView { headers, ..Default::default() })
}

#[test]
fn host_is_exact_and_case_insensitive() {
    assert!(on_host("Host(`Example.COM`)", "example.com"));
    assert!(on_host("Host(`example.com.`)", "example.com"));
    assert!(on_host("Host(`[::1]`)", "::1"));
    assert!(!on_host("Host(`example.com`)", "www.example.com"));
    assert!(!on_host("Host(`.`)", ""));
    assert!(refused("Host(`bücher.example`)"));
}

#[test]
fn host_wildcard_is_one_label() {
    assert!(on_host("Host(`*.Example.com`)", "a.example.com"));
    for host in ["example.com", "a.b.example.com", ".example.com", "aexample.com", ""] {
        assert!(!on_host("Host(`*.example.com`)", host), "{host}");
    }
    assert!(on_host("Host(`*`)", ""));
    assert!(on_host("Host(`*`)", "a"));
}

#[test]
fn host_regexp_is_not_anchored() {
    assert!(on_host("HostRegexp(`ex.mple`)", "www.example.com"));
    assert!(!on_host("HostRegexp(`^ex.mple`)", "www.example.com"));
    assert!(!on_host("HostRegexp(`EXAMPLE`)", "example.com"));
    assert!(refused("HostRegexp(`é`)"));
    assert!(refused("HostRegexp(`(`)"));
}

#[test]
fn paths() {
    assert!(on_path("Path(`/a`)", "/a"));
    assert!(!on_path("Path(`/a`)", "/a/"));
    assert!(on_path("PathPrefix(`/foo`)", "/foobar"));
    assert!(!on_path("PathPrefix(`/foo`)", "/fo"));
    assert!(on_path("PathRegexp(`[0-9]+$`)", "/x/42"));
    assert!(!on_path("PathRegexp(`A`)", "/a"));
    assert!(refused("Path(`a`)"));
    assert!(refused("PathPrefix(`a`)"));
}

#[test]
fn method_is_upper_cased() {
    let get = RequestView { method: b"GET", ..Default::default() };
    assert!(holds("Method(`get`)", get));
    assert!(!holds("Method(`POST`)", get));
    assert!(!holds("Method(`GET`)", RequestView { method: b"get", ..get }));
}

#[test]
fn header_needs_one_equal_value() {
    let headers = Pairs(vec![("x-a", b"1"), ("x-a", b"2"), ("x-b", b"\xff")]);
    assert!(on_headers("Header(`X-A`, `2`)", &headers));
    assert!(!on_headers("Header(`X-A`, `3`)", &headers));
    assert!(!on_headers("Header(`X-C`, `1`)", &headers));
    assert!(on_headers("HeaderRegexp(`x-a`, `^[23]$`)", &headers));
    assert!(!on_headers("HeaderRegexp(`x-a`, `^12$`)", &headers));
    assert!(on_headers("HeaderRegexp(`x-b`, `^.$`)", &headers));
}

#[test]
fn query_values_are_decoded() {
    assert!(on_query("Query(`mobile`)", "mobile"));
    assert!(on_query("Query(`mobile`)", "a=b&mobile="));
    assert!(!on_query("Query(`mobile`)", "mobile=1"));
    assert!(!on_query("Query(`mobile`)", ""));
    assert!(on_query("Query(`a b`, `c=d`)", "a+b=x&a%20b=c%3dd"));
    assert!(!on_query("Query(`a`, `b`)", "a=b%"));
    assert!(!on_query("Query(`a`, `b`)", "a=b%2"));
    assert!(!on_query("Query(`a`, `b`)", "a=bb"));
    assert!(!on_query("Query(`a`, `bb`)", "a=b"));
    assert!(on_query("Query(`a`, `b`)", "x=y;a=b"));
    assert!(on_query("QueryRegexp(`a`, `^[0-9] [0-9]$`)", "a=1+2"));
    assert!(!on_query("QueryRegexp(`a`, `^[0-9]$`)", "a=12&b=1"));
    assert!(!on_query("QueryRegexp(`a`, `.*`)", "a=%zz"));
    assert!(on_query("QueryRegexp(`a`)", "a"));
    assert!(!on_query("QueryRegexp(`a`)", "a=1"));
}

#[test]
fn cookies() {
    let headers = Pairs(vec![("cookie", b"a=1; bb=\"2\""), ("cookie", b"c=x=y")]);
    for text in
        ["Cookie(`a`,`1`)", "Cookies(`bb`, `2`)", "Cookie(`c`, `x=y`)", "CookieRegexp(`bb`, `^[0-9]$`)"]
    {
        assert!(on_headers(text, &headers), "{text}");
    }
    for text in ["Cookie(`b`, `2`)", "Cookie(`a`, `2`)", "Cookie(`A`, `1`)", "CookieRegexp(`a`, `2`)"] {
        assert!(!on_headers(text, &headers), "{text}");
    }
}

#[test]
fn client_ip_is_the_peer() {
    let from = |peer: &str| RequestView { peer: peer.parse::<IpAddr>().unwrap(), ..Default::default() };
    assert!(holds("ClientIP(`10.1.2.3`)", from("10.1.2.3")));
    assert!(holds("ClientIP(`10.1.2.3/8`)", from("10.9.9.9")));
    assert!(!holds("ClientIP(`10.0.0.0/8`)", from("11.0.0.1")));
    assert!(holds("ClientIP(`10.0.0.0/8`)", from("::ffff:10.0.0.1")));
    assert!(holds("ClientIP(`::ffff:10.0.0.1`)", from("10.0.0.1")));
    assert!(holds("ClientIP(`fe80::/10`)", from("fe80::1")));
    for bad in ["10.0.0", "10.0.0.0/33", "localhost"] {
        assert!(refused(&format!("ClientIP(`{bad}`)")), "{bad}");
    }
}

#[test]
fn tcp_matchers() {
    let rule = |text: &str| parse(text, Syntax::V3, Protocol::Tcp);
    let peer = IpAddr::from([127, 0, 0, 1]);
    let offered: &[&[u8]] = &[b"h2", b"http/1.1"];
    let view = RequestView::tcp("a.example.com", offered, peer);
    for text in [
        "HostSNI(`A.example.com.`)",
        "HostSNI(`*.example.com`)",
        "HostSNI(`*`)",
        "HostSNIRegexp(`^a\\.`)",
        "ClientIP(`127.0.0.0/8`)",
        "ALPN(`h2`)",
        "!ALPN(`mqtt`) && HostSNI(`*`)",
    ] {
        assert!(rule(text).unwrap().matcher().matches(&view), "{text}");
    }
    for text in
        ["HostSNI(`a/b`)", "HostSNI(`*.`)", "HostSNI(`a*`)", "ALPN(`acme-tls/1`)", "Host(`a`)", "Path(`/`)"]
    {
        assert!(rule(text).is_err(), "{text}");
    }
    let nameless = RequestView::tcp("", &[], peer);
    assert!(rule("HostSNI(`*`)").unwrap().matcher().matches(&nameless));
    assert!(!rule("HostSNI(`a`)").unwrap().matcher().matches(&nameless));
}

#[test]
fn default_priority_is_the_length() {
    assert_eq!(http("Host(`é`)".replace('é', "a").as_str()).priority(), 9);
    assert_eq!(http(" Host(\"a\")\n").priority(), 11);
    assert_eq!(http("Host(`*`)").priority(), 9);
    let tcp = |text: &str| parse(text, Syntax::V3, Protocol::Tcp).unwrap().priority();
    assert_eq!(tcp("HostSNI(`*`)"), -1);
    assert_eq!(tcp("hostsni(\"*\")"), -1);
    assert_eq!(tcp("!HostSNI(`*`)"), 13);
    assert_eq!(tcp("HostSNI(`*`) && ALPN(`h2`)"), 26);
}

#[test]
fn hosts_are_names_a_rule_asks_for() {
    let hosts = |text: &str| http(text).hosts().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(hosts("Host(`B.a`) && (Path(`/`) || Host(`*.c`) || Host(`b.a`))"), ["b.a", "*.c"]);
    assert!(hosts("!Host(`a`) && HostRegexp(`b`) || Host(`*`)").is_empty());
    assert!(http("!Host(`a`)").needs_server_name());
    assert!(!http("Host(`*`) && Path(`/`)").needs_server_name());
}

#[test]
fn a_rule_is_small() {
    assert!(size_of::<Rule>() <= 32);
    let view = RequestView { headers: &NoFields, ..Default::default() };
    assert!(!format!("{view:?}").is_empty());
}
