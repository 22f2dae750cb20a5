use crate::testing::{answer, body, fields, filter, problems, request};

fn replaced(regex: &str, replacement: &str, path: &str) -> Result<String, (u16, String)> {
    let filter = filter(&format!("replacePathRegex: {{regex: '{regex}', replacement: '{replacement}'}}"));
    let mut ex = request(&format!("GET {path}"));
    match answer(&*filter, &mut ex) {
        None => Ok(ex.target.as_str().to_owned()),
        Some(reply) => Err((reply.status, body(&reply).to_owned())),
    }
}

#[test]
fn every_match_is_replaced() {
    let cases = [
        ("^/api/(.*)", "/v2/$1", "/api/a?x=1", "/v2/a?x=1"),
        ("^/api/(?P<rest>.*)", "/${rest}/y", "/api/a", "/a/y"),
        ("o", "0", "/foo/o", "/f00/0"),
        (" ^/api ", " /b ", "/api/a", "/b/a"),
        ("/foo", "", "/api/foo", "/api"),
        ("^/api.*", "", "/api/a?x=1", "/?x=1"),
        ("^/a%2Fb", "/c%2fd", "/a%2fb", "/c%2Fd"),
        ("^/a", "/y?z#q", "/a", "/y%3Fz%23q"),
        ("/a b", "/x", "/a%20b", "/a%20b"),
        ("^/nope", "/x", "/a?x=1", "/a?x=1"),
    ];
    for (regex, replacement, path, expected) in cases {
        assert_eq!(replaced(regex, replacement, path).as_deref(), Ok(expected), "{regex} {path}");
    }
}

#[test]
fn the_old_path_is_told_when_it_was_replaced() {
    let filter = filter("replacePathRegex: {regex: '^/a', replacement: /b}");
    let mut ex = request("GET /a%2Fb?x=1\nX-Replaced-Path: /theirs");
    assert!(answer(&*filter, &mut ex).is_none());
    assert_eq!(fields(&ex.headers), ["X-Replaced-Path: /theirs", "X-Replaced-Path: /a%2Fb"]);
    let mut ex = request("GET /c");
    assert!(answer(&*filter, &mut ex).is_none());
    assert!(fields(&ex.headers).is_empty());
}

#[test]
fn what_comes_out_must_be_a_clean_path() {
    let bad = || Err((400, "Bad Request\n".to_owned()));
    for replacement in ["/$1/../x", "//$1", "/x/.", "/%2e%2e/x", "$1"] {
        assert_eq!(replaced("^/api/(.*)", replacement, "/api/a"), bad(), "{replacement}");
    }
    let broken = replaced("^/api/(.*)", "/%zz", "/api/a");
    assert_eq!(broken, Err((500, "invalid URL escape \"%zz\"\n".to_owned())));
}

#[test]
fn an_expression_that_cannot_be_used_is_a_problem() {
    assert_eq!(
        problems("replacePathRegex: {replacement: /a}"),
        ["test.yaml:1:19: error: regex is missing, write the expression that paths must match"]
    );
    let found = problems("replacePathRegex: {regex: '(', replacement: /a}");
    assert!(found[0].starts_with("test.yaml:1:28: error: cannot read the expression: "), "{found:?}");
}
