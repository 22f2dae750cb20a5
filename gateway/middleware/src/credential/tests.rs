use super::*;
use crate::testing::{fields, request};

fn places() -> Places {
    let text = |text: &str| Located::from(Box::from(text));
    Places::new([
        Place::field(&text("Authorization"), "header", "Bearer").unwrap(),
        Place::cookie(&text("key"), "cookie").unwrap(),
        Place::Query("key".into()),
    ])
}

#[test]
fn the_first_place_that_has_something_counts() {
    let cases = [
        ("GET /\nAuthorization: bEARER  abc ", Some("abc")),
        ("GET /?key=q\nAuthorization: Bearer abc\nCookie: key=c", Some("abc")),
        ("GET /?key=q\nAuthorization: Basic abc\nCookie: key=c", Some("c")),
        ("GET /?key=q\nAuthorization: Bearerabc", Some("q")),
        ("GET /?a=1&k%65y=a%2Bb+c&keys=2", Some("a+b c")),
        ("GET /?key=&key2=1", None),
        ("GET /?key", None),
        ("GET /", None),
    ];
    for (head, found) in cases {
        let ex = request(head);
        let places = places();
        let value = places.find(&ex).unwrap().map(|value| String::from_utf8_lossy(&value).into_owned());
        assert_eq!(value.as_deref(), found, "{head}");
    }
}

#[test]
fn what_is_there_twice_is_nothing() {
    for head in [
        "GET /\nAuthorization: Bearer a\nAuthorization: Bearer a",
        "GET /\nAuthorization: Basic a\nauthorization: Bearer b",
        "GET /\nCookie: key=1; key=2",
        "GET /?key=1&key=1",
        "GET /?key=1&%6bey=2",
    ] {
        assert_eq!(places().find(&request(head)).err(), Some(Ambiguous), "{head}");
    }
}

#[test]
fn nothing_of_it_is_left() {
    let mut ex = request(
        "GET /p?a=1&key=2&K%65Y=3&%6B%65%79=4&b\nAuthorization: Basic x\nCookie: key=1; a=2; key=3\nX: 1",
    );
    places().clear(&mut ex);
    assert_eq!(ex.target.as_str(), "/p?a=1&K%65Y=3&b");
    assert_eq!(fields(&ex.headers), ["Authorization: Basic x", "X: 1", "Cookie: a=2"]);
    let mut ex = request("GET /p?key=1\nAuthorization: Bearer x");
    places().clear(&mut ex);
    assert_eq!((ex.target.as_str(), ex.headers.len()), ("/p", 0));
}

#[test]
fn places_that_say_something_else_are_refused() {
    let text = |text: &str| Located::from(Box::from(text));
    for name in ["Host", "Content-Length", "Connection", "Cookie", "a b", ""] {
        assert!(field_name(&text(name), "header").is_err(), "{name}");
    }
    assert!(Place::cookie(&text("a=b"), "cookie").is_err());
}
