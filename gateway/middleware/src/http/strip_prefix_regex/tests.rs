use windrose_http::{Failure, Id};

use crate::testing::{answer, body, build, filter, problems, request};

#[test]
fn the_beginning_that_an_expression_finds_is_removed_and_told() {
    let cases: [(&str, &str, &str, Option<&[u8]>); 10] = [
        ("/nope, '^/api/[0-9]+'", "/api/12/x?a=1", "/x?a=1", Some(b"/api/12")),
        ("/b", "/a/b/c", "/a/b/c", None),
        ("'[a-z]/?$'", "/a/b/c", "/a/b/c", None),
        ("'.*'", "/a/b?x=1", "/?x=1", Some(b"/a/b")),
        ("/ap", "/api", "/i", Some(b"/ap")),
        ("'', /a", "/a/b", "/b", Some(b"/a")),
        ("' ^/a '", "/a/b", "/b", Some(b"/a")),
        ("'/a b/c/d'", "/a%20b/c%2Fd/x%2Fy", "/x%2Fy", Some(b"/a b/c/d")),
        ("'^/[^/]+'", "/%FF%FE/b", "/b", Some(b"/\xFF\xFE")),
        ("'^/.'", "/%C3%A9%FF/b", "/%FF/b", Some("/é".as_bytes())),
    ];
    for (regex, path, expected, prefix) in cases {
        let filter = filter(&format!("stripPrefixRegex: {{regex: [{regex}]}}"));
        let mut ex = request(&format!("GET {path}"));
        assert!(answer(&*filter, &mut ex).is_none(), "{path}");
        assert_eq!(ex.target.as_str(), expected, "{path}");
        assert_eq!(ex.headers.get(Id::X_FORWARDED_PREFIX), prefix, "{path}");
    }
}

#[test]
fn what_is_left_must_be_clean() {
    let filter = filter("stripPrefixRegex: {regex: [/api]}");
    for path in ["/api../admin", "/api./x", "/api%2E%2E/admin"] {
        let reply = answer(&*filter, &mut request(&format!("GET {path}"))).expect(path);
        assert_eq!((reply.status, body(&reply)), (400, "Bad Request\n"), "{path}");
        assert_eq!(reply.failure, Some(Failure::BadRequest));
    }
}

#[test]
fn expressions_that_cannot_be_used_are_reported() {
    assert_eq!(
        problems("stripPrefixRegex: {}"),
        ["test.yaml:1:19: error: regex is missing, write what to remove from the path, such as ^/v[0-9]+"]
    );
    let found = problems("stripPrefixRegex: {regex: [/a, '(']}");
    assert!(found[0].starts_with("test.yaml:1:33: error: cannot read the expression: "), "{found:?}");
    let built = build("stripPrefixRegex: {regex: []}");
    assert!(built.result.is_ok() && built.warnings[0].contains("removes nothing"), "{built:?}");
}
