use super::*;
use crate::testing::{connector, endpoint};

fn parse(url: &str) -> Result<Endpoint, UrlError> {
    Endpoint::new(url, true, Arc::new(connector()))
}

#[test]
fn a_url_says_where_and_how() {
    let socket = |text: &str| Address::Socket(text.parse().expect("an address"));
    let name = |name: &str, port| Address::Name(name.into(), port);
    let cases = [
        ("http://10.0.0.1", Scheme::Http, socket("10.0.0.1:80"), "10.0.0.1", None),
        ("http://10.0.0.1:8080/", Scheme::Http, socket("10.0.0.1:8080"), "10.0.0.1:8080", None),
        ("https://a.test", Scheme::Https, name("a.test", 443), "a.test", None),
        ("h2c://a.test:", Scheme::H2c, name("a.test", 80), "a.test:", None),
        ("http://[::1]:81/x/y/", Scheme::Http, socket("[::1]:81"), "[::1]:81", Some("/x/y")),
        ("http://a.test/x?q=1#f", Scheme::Http, name("a.test", 80), "a.test", Some("/x")),
        ("http://me:secret@a.test:81", Scheme::Http, name("a.test", 81), "a.test:81", None),
        ("http://p@ss@a.test", Scheme::Http, name("a.test", 80), "a.test", None),
        ("unix:///run/a.sock", Scheme::Http, Address::Unix("/run/a.sock".into()), "localhost", None),
    ];
    for (url, scheme, address, authority, prefix) in cases {
        let made = parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!((made.scheme, &made.address), (scheme, &address), "{url}");
        assert_eq!((&*made.authority, made.prefix.as_deref()), (authority, prefix), "{url}");
        assert_eq!(&*made.url, url);
    }
    assert_eq!(&*parse("https://a.test:8443").expect("a URL").tls_name, "a.test");
    assert_eq!(&*parse("https://[::1]:8443").expect("a URL").tls_name, "::1");
}

#[test]
fn a_path_counts_only_where_it_is_preserved() {
    let made = Endpoint::new("http://a.test/x", false, Arc::new(connector())).expect("a URL");
    assert_eq!(made.prefix, None);
}

#[test]
fn what_is_no_url_is_refused_with_its_reason() {
    let cases = [
        ("a.test", UrlError::Scheme),
        ("ftp://a.test", UrlError::Scheme),
        ("http://", UrlError::Host),
        ("http:///x", UrlError::Host),
        ("http://me@", UrlError::Host),
        ("http://[::1", UrlError::Host),
        ("http://a b", UrlError::Host),
        ("http://a.test:0", UrlError::Port),
        ("http://a.test:65536", UrlError::Port),
        ("http://a.test:x", UrlError::Port),
    ];
    for (url, expected) in cases {
        assert_eq!(parse(url).expect_err(url), expected, "{url}");
    }
}

#[test]
fn every_server_has_a_number_of_its_own() {
    let (one, other) = (endpoint("http://a.test"), endpoint("http://a.test"));
    assert_ne!(one.id(), other.id());
}

#[test]
fn what_a_connection_will_speak_is_known_from_the_scheme_or_learned() {
    assert_eq!(endpoint("http://a.test").speaks(), Some(Speaks::Http1));
    assert_eq!(endpoint("h2c://a.test").speaks(), Some(Speaks::Http2));
    let secure = endpoint("https://a.test");
    assert_eq!(secure.speaks(), None);
    for speaks in [Speaks::Http2, Speaks::Http1, Speaks::Http1, Speaks::Http2] {
        secure.learn(speaks);
        assert_eq!(secure.speaks(), Some(speaks));
    }
    let only = Connector { tls: Arc::clone(&secure.connector.tls_http1), ..connector() };
    let only = Endpoint::new("https://a.test", true, Arc::new(only)).expect("a URL");
    assert_eq!(only.speaks(), Some(Speaks::Http1), "nothing else is offered");
}

#[test]
fn the_same_server_is_reached_at_another_port_or_by_another_scheme() {
    let cases = [
        ("http://10.0.0.1:8080/x", None, None, "10.0.0.1:8080", "10.0.0.1:8080"),
        ("http://10.0.0.1:8080", None, Some(81), "10.0.0.1:81", "10.0.0.1:81"),
        ("http://10.0.0.1", Some(Scheme::Https), None, "10.0.0.1:443", "10.0.0.1"),
        ("https://10.0.0.1:8443", Some(Scheme::Http), None, "10.0.0.1:8443", "10.0.0.1:8443"),
        ("https://[::1]", Some(Scheme::H2c), None, "[::1]:80", "[::1]"),
        ("https://[::1]:8443", Some(Scheme::Http), Some(9), "[::1]:9", "[::1]:9"),
    ];
    for (url, scheme, port, address, authority) in cases {
        let server = parse(url).expect(url);
        let other = server.elsewhere(scheme, port);
        assert_eq!(other.address, Address::Socket(address.parse().expect("an address")), "{url}");
        assert_eq!((&*other.authority, other.prefix.as_deref()), (authority, None), "{url}");
        assert_eq!(other.scheme, scheme.unwrap_or(server.scheme), "{url}");
        assert_ne!(other.id(), server.id());
    }
    let named = parse("http://a.test").expect("a URL").elsewhere(None, Some(81));
    assert_eq!((named.address, &*named.authority), (Address::Name("a.test".into(), 81), "a.test:81"));
}
