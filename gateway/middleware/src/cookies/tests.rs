use windrose_http::Id;

use super::*;
use crate::testing::request;

#[test]
fn cookies_are_found_whatever_stands_between_them() {
    let ex = request("GET /\nCookie: a=1; b = 2 ;;c;a=3\nCookie: a=\"4\"; d=x=y");
    let found = |name| values(&ex.headers, name).map(<[u8]>::to_vec).collect::<Vec<_>>();
    assert_eq!(found("a"), [b"1".to_vec(), b"3".to_vec(), b"\"4\"".to_vec()]);
    assert_eq!(found("b"), [b"2".to_vec()]);
    assert_eq!(found("c"), [b"".to_vec()]);
    assert_eq!(found("d"), [b"x=y".to_vec()]);
    assert_eq!(found("A"), Vec::<Vec<u8>>::new());
}

#[test]
fn what_is_taken_out_leaves_the_others() {
    let cases = [
        ("a=1; b=2; a=3", Some("b=2")),
        ("b=2;c=3", Some("b=2;c=3")),
        (" a =1", None),
        ("x; a=1;; y=\"1\"", Some("x; y=\"1\"")),
    ];
    for (sent, left) in cases {
        let mut ex = request(&format!("GET /\nCookie: {sent}"));
        remove(&mut ex.headers, |name| name == b"a");
        assert_eq!(ex.headers.get_str(Id::COOKIE), left, "{sent}");
    }
}

#[test]
fn names_are_tokens() {
    assert!(is_name("__Host-a.b") && !is_name("") && !is_name("a b") && !is_name("a=b") && !is_name("ä"));
}
