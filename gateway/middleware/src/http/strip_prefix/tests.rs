use windrose_http::{Failure, Id};

use super::beginning;
use crate::testing::{answer, body, build, fields, filter, problems, request};

#[test]
fn the_first_prefix_that_fits_is_removed_and_told() {
    let cases = [
        ("/api/x?a=1", "/x?a=1", Some("/api")),
        ("/api", "/", Some("/api")),
        ("/apix", "/x", Some("/api")),
        ("/api/v1/x", "/v1/x", Some("/api")),
        ("/slash/y", "/y", Some("/slash/")),
        ("/f%20o/z", "/z", Some("/f o")),
        ("/a%252Fb/c", "/c", Some("/a%2Fb")),
        ("/a%2Fb/c", "/a%2Fb/c", None),
        ("/d%2Fe/c%2Fg", "/c%2Fg", Some("/d/e")),
        ("/api%2Fx", "/%2Fx", Some("/api")),
        ("/other", "/other", None),
        ("/ap", "/ap", None),
    ];
    let filter = filter("stripPrefix: {prefixes: [/nope, /api, /api/v1, /slash/, \"/f o\", /a%2Fb, /d/e]}");
    for (path, expected, prefix) in cases {
        let mut ex = request(&format!("GET {path}"));
        assert!(answer(&*filter, &mut ex).is_none(), "{path}");
        assert_eq!(ex.target.as_str(), expected, "{path}");
        assert_eq!(ex.headers.get_str(Id::X_FORWARDED_PREFIX), prefix, "{path}");
    }
}

#[test]
fn prefixes_add_up() {
    let mut ex = request("GET /a/b/c\nX-Forwarded-Prefix: /before");
    for prefix in ["/a", "/b"] {
        answer(&*filter(&format!("stripPrefix: {{prefixes: [{prefix}]}}")), &mut ex);
    }
    let expected = ["X-Forwarded-Prefix: /before", "X-Forwarded-Prefix: /a", "X-Forwarded-Prefix: /b"];
    assert_eq!(fields(&ex.headers), expected);
    assert_eq!(ex.target.as_str(), "/c");
}

#[test]
fn what_is_left_must_be_clean() {
    let filter = filter("stripPrefix: {prefixes: [/api]}");
    for path in ["/api../admin", "/api./x", "/api%2E%2E/admin"] {
        let reply = answer(&*filter, &mut request(&format!("GET {path}"))).expect(path);
        assert_eq!((reply.status, body(&reply)), (400, "Bad Request\n"), "{path}");
        assert_eq!(reply.failure, Some(Failure::BadRequest));
    }
}

#[test]
fn an_escape_counts_as_the_byte_it_stands_for() {
    let cases = [
        ("/%C3%A9/x", "/é", Some(7)),
        ("/%C3%A9/x", "/", Some(1)),
        ("/%C3", "/é", None),
        ("/a", "/a", Some(2)),
        ("/", "/a", None),
    ];
    for (path, prefix, expected) in cases {
        assert_eq!(beginning(path, prefix), expected, "{path} {prefix}");
    }
}

#[test]
fn prefixes_that_do_nothing_are_reported() {
    assert_eq!(
        problems("stripPrefix: {}"),
        ["test.yaml:1:14: error: prefixes is missing, write what to remove from the path, such as /api"]
    );
    let nothing = "removes nothing, write a prefix such as /api or remove the middleware";
    for options in ["prefixes: []", "prefixes: , forceSlash: true", "forceSlash: true"] {
        let built = build(&format!("stripPrefix: {{{options}}}"));
        assert!(built.result.is_ok(), "{options}");
        assert!(
            built.warnings.iter().any(|warning| warning.ends_with(nothing)),
            "{options}: {:?}",
            built.warnings
        );
    }
    let built = build("stripPrefix: {prefixes: '/a,/b'}");
    assert!(built.result.is_ok() && built.warnings.is_empty(), "{built:?}");
    let built = build("stripPrefix: {prefixes: [/a, \"\"]}");
    assert_eq!(built.warnings, ["test.yaml:1:31: warning: fits every path and removes nothing, remove it"]);
    let built = build("stripPrefix: {prefixes: [api], forceSlash: false}");
    assert!(built.result.is_ok());
    assert_eq!(
        built.warnings,
        [
            "test.yaml:1:26: warning: never fits, as paths begin with a slash; write one before it",
            "test.yaml:1:44: warning: forceSlash changes nothing, the path always begins with a slash; remove it",
        ]
    );
}
