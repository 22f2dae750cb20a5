use windrose_http::Id;

use crate::testing::{answer, filter, problems, request, secure_request};

fn location(yaml: &str, head: &str) -> Option<String> {
    let filter = filter(yaml);
    let reply = answer(&*filter, &mut request(head))?;
    reply.headers.get_str(Id::LOCATION).map(str::to_owned)
}

#[test]
fn the_client_is_sent_to_the_scheme_and_port() {
    let https = "redirectScheme: {scheme: https}";
    let other_port = "redirectScheme: {scheme: https, port: 8443}";
    let own_port = "redirectScheme: {scheme: HTTPS, port: \"443\"}";
    let http = "redirectScheme: {scheme: http, port: 80}";
    let cases = [
        (https, "GET /a%2Fb?c=d\nHost: h.test", Some("https://h.test/a%2Fb?c=d")),
        (https, "GET /\nHost: H.test:8080", Some("https://H.test/")),
        (https, "GET /\nHost: [::1]:8080", Some("https://[::1]/")),
        (https, "GET /\nHost: [::1]", Some("https://[::1]/")),
        (https, "GET /\nHost: h.test\nX-Forwarded-Proto: https", None),
        (https, "GET /\nHost: h.test:443\nX-Forwarded-Proto: https", None),
        (https, "GET /\nHost: h.test:8443\nX-Forwarded-Proto: https", Some("https://h.test/")),
        (https, "GET /\nHost: h.test\nX-Forwarded-Proto: WSS", None),
        (https, "GET /\nHost: h.test\nX-Forwarded-Proto: ws", Some("https://h.test/")),
        (https, "GET /\nHost: h.test\nX-Forwarded-Proto: odd", Some("https://h.test/")),
        (other_port, "GET /\nHost: h.test:80", Some("https://h.test:8443/")),
        (other_port, "GET /\nHost: h.test:8443\nX-Forwarded-Proto: https", None),
        (other_port, "GET /\nHost: h.test\nX-Forwarded-Proto: https", Some("https://h.test:8443/")),
        (own_port, "GET /\nHost: h.test", Some("https://h.test/")),
        (http, "GET /\nHost: h.test", None),
        (http, "GET /\nHost: h.test\nX-Forwarded-Proto: https", Some("http://h.test/")),
    ];
    for (yaml, head, expected) in cases {
        assert_eq!(location(yaml, head).as_deref(), expected, "{yaml} {head}");
    }
}

#[test]
fn a_request_over_tls_goes_on() {
    let filter = filter("redirectScheme: {scheme: https}");
    assert!(answer(&*filter, &mut secure_request("GET /\nHost: h.test")).is_none());
    let mut told_otherwise = secure_request("GET /\nHost: h.test\nX-Forwarded-Proto: http");
    assert!(answer(&*filter, &mut told_otherwise).is_some());
}

#[test]
fn permanent_is_permanent() {
    let filter = filter("redirectScheme: {scheme: https, permanent: true}");
    assert_eq!(answer(&*filter, &mut request("GET /\nHost: h")).map(|reply| reply.status), Some(301));
}

#[test]
fn what_is_no_scheme_and_no_port_is_a_problem() {
    let cases = [
        (
            "redirectScheme: {permanent: true}",
            "1:17: error: scheme is missing, write the scheme to redirect to, such as https",
        ),
        ("redirectScheme: {scheme: \"https://\"}", "1:27: error: not a scheme, write for example https"),
        ("redirectScheme: {scheme: https, port: abc}", "1:39: error: not a port, write a number up to 65535"),
        ("redirectScheme: {scheme: https, port: 0}", "1:39: error: not a port, write a number up to 65535"),
    ];
    for (yaml, expected) in cases {
        assert_eq!(problems(yaml), [format!("test.yaml:{expected}")], "{yaml}");
    }
}
