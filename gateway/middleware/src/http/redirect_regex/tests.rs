use windrose_http::Id;

use crate::testing::{answer, body, filter, problems, request, secure_request};

const OLD: &str =
    r"redirectRegex: {regex: '^http://([^/]+)/old/(?P<rest>.*)', replacement: 'https://$1/new/${rest}x'}";

#[test]
fn an_address_that_matches_is_rewritten() {
    let cases = [
        ("GET /old/a?b=c%20d\nHost: h.test", Some("https://h.test/new/a?b=c%20dx")),
        ("GET /old/a\nHost: h.test:80", Some("https://h.test:80/new/ax")),
        ("GET /old/a%2fb%41\nHost: h.test", Some("https://h.test/new/a%2FbAx")),
        ("GET /old/a\nHost: h.test\nX-Forwarded-Proto: https", Some("https://h.test/new/ax")),
        ("GET /other\nHost: h.test", None),
    ];
    let filter = filter(OLD);
    for (head, expected) in cases {
        let reply = answer(&*filter, &mut request(head));
        let location = reply.as_ref().and_then(|reply| reply.headers.get_str(Id::LOCATION));
        assert_eq!(location, expected, "{head}");
    }
    assert!(answer(&*filter, &mut secure_request("GET /old/a\nHost: h.test")).is_none());
}

#[test]
fn every_match_is_replaced_and_the_rest_kept() {
    let filter = filter("redirectRegex: {regex: a, replacement: b c, permanent: true}");
    let reply = answer(&*filter, &mut request("GET /a/a\nHost: h")).expect("a redirect");
    assert_eq!(reply.status, 301);
    assert_eq!(reply.headers.get_str(Id::LOCATION), Some("http://h/b%20c/b%20c"));
}

#[test]
fn an_address_that_stays_the_same_goes_on() {
    let filter = filter("redirectRegex: {regex: /a, replacement: /a}");
    assert!(answer(&*filter, &mut request("GET /a\nHost: h")).is_none());
}

#[test]
fn a_replacement_that_is_no_address_is_a_bad_gateway() {
    let filter = filter("redirectRegex: {regex: .*, replacement: /%zz}");
    let reply = answer(&*filter, &mut request("GET /\nHost: h")).expect("an answer");
    assert_eq!((reply.status, body(&reply)), (502, "Bad Gateway"));
}

#[test]
fn an_expression_that_is_none_is_a_problem() {
    let broken = problems("redirectRegex: {regex: '(', replacement: x}");
    assert!(broken.concat().starts_with("test.yaml:1:25: error: cannot read the expression: "), "{broken:?}");
    assert_eq!(
        problems("redirectRegex: {replacement: x}"),
        ["test.yaml:1:16: error: regex is missing, write the expression that addresses must match"]
    );
}
