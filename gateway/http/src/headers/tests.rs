use super::*;

fn text(headers: &Headers) -> String {
    let mut out = Vec::new();
    headers.write(&mut out, |_| true);
    String::from_utf8(out).expect("text")
}

fn sample() -> Headers {
    let mut headers = Headers::new();
    headers.append("Accept", "a");
    headers.append("X-One", "1");
    headers.append(Id::ACCEPT, "b");
    headers
}

#[test]
fn names_compare_without_case_known_or_not() {
    let headers = sample();
    assert_eq!(headers.get("aCCept"), Some(&b"a"[..]));
    assert_eq!(headers.get(Id::ACCEPT), Some(&b"a"[..]));
    assert_eq!(headers.get("x-one"), Some(&b"1"[..]));
    assert_eq!(headers.get("x-two"), None);
    assert_eq!(headers.get_all("ACCEPT").collect::<Vec<_>>(), [b"a", b"b"]);
}

#[test]
fn set_replaces_in_place_and_drops_the_others() {
    let mut headers = sample();
    headers.set("accept", "new");
    headers.set("X-New", "n");
    assert_eq!(text(&headers), "Accept: new\r\nX-One: 1\r\nX-New: n\r\n");
}

#[test]
fn remove_takes_every_one() {
    let mut headers = sample();
    assert!(headers.remove("accept"));
    assert!(!headers.remove("accept"));
    assert_eq!(text(&headers), "X-One: 1\r\n");
}

#[test]
fn nothing_that_would_split_a_head_gets_in() {
    let mut headers = sample();
    headers.append("X-Bad", "a\r\nB: c");
    headers.append("X Bad", "a");
    headers.append("", "a");
    headers.set("X-One", "1\n2");
    assert_eq!(text(&headers), text(&sample()));
    assert_eq!(Name::new("a b"), Err(InvalidField::Name));
}

#[test]
fn tokens_are_found_in_lists() {
    let mut headers = Headers::new();
    headers.append("Connection", "keep-alive, Upgrade");
    assert!(headers.has_token(Id::CONNECTION, "upgrade"));
    assert!(!headers.has_token(Id::CONNECTION, "up"));
}
