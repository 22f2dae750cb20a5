use super::{Permanence, escape, reply};
use crate::testing::{body, fields, request};

#[test]
fn only_get_may_change_its_method() {
    let cases = [
        ("GET", false, 302, "Found"),
        ("HEAD", false, 307, "Temporary Redirect"),
        ("POST", false, 307, "Temporary Redirect"),
        ("GET", true, 301, "Moved Permanently"),
        ("HEAD", true, 308, "Permanent Redirect"),
        ("POST", true, 308, "Permanent Redirect"),
    ];
    for (method, permanent, status, text) in cases {
        let ex = request(&format!("{method} /"));
        let reply = reply(&ex, "https://a/b", Permanence::from_option(permanent));
        assert_eq!((reply.status, body(&reply)), (status, text), "{method}");
        assert_eq!(fields(&reply.headers), ["Location: https://a/b"]);
    }
}

#[test]
fn a_location_keeps_its_escapes_and_gets_those_it_lacks() {
    let cases = [
        ("https://a/b%2Fc?d=e&f#g", Some("https://a/b%2Fc?d=e&f#g")),
        ("/a b\\c\"", Some("/a%20b%5Cc%22")),
        ("/é\r\nX: y", Some("/%C3%A9%0D%0AX:%20y")),
        ("/%zz", None),
        ("/%4", None),
        ("", Some("")),
    ];
    for (location, expected) in cases {
        assert_eq!(escape(location).as_deref(), expected, "{location}");
    }
}
