use crate::testing::{answer, filter, problems, request};

#[test]
fn the_prefix_stands_before_the_path() {
    let cases = [
        ("/foo", "/bar?x=1", "/foo/bar?x=1"),
        ("foo", "/bar", "/foo/bar"),
        ("/foo/", "/bar", "/foo//bar"),
        ("/foo", "/b%2Fr", "/foo/b%2Fr"),
        ("/f o", "/bar", "/f%20o/bar"),
        ("/f%2Fo", "/bar", "/f%252Fo/bar"),
        ("/foo?x", "/bar", "/foo%3Fx/bar"),
        ("/foo/..", "/bar", "/foo/../bar"),
    ];
    for (prefix, path, expected) in cases {
        let filter = filter(&format!("addPrefix: {{prefix: \"{prefix}\"}}"));
        let mut ex = request(&format!("GET {path}"));
        assert!(answer(&*filter, &mut ex).is_none());
        assert_eq!(ex.target.as_str(), expected, "{prefix}");
    }
}

#[test]
fn a_missing_prefix_is_a_problem() {
    let expected =
        "test.yaml:1:12: error: prefix is missing, write what to put before the path, such as /foo";
    assert_eq!(problems("addPrefix: {}"), [expected]);
    assert_eq!(problems("addPrefix: {prefix: \"\"}"), [expected]);
}
