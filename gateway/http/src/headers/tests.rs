use super::*;

fn text(headers: &Headers) -> String {
    let mut out = Vec::new();
    headers.write(&mut out, |_| true);
    String::from_utf8(out).expect("text")
}

fn sample() -> Headers {
    let mut headers = Headers::new();
    headers.receive("Accept", "a");
    headers.receive("X-One", "1");
    headers.receive(Id::ACCEPT, "b");
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

#[test]
fn what_is_set_added_or_removed_is_remembered_until_the_next_head() {
    let mut headers = sample();
    assert!(!headers.claimed().covers(b"x-one"), "it was received");
    headers.set("X-Set", "1");
    headers.append(Id::VARY, "Origin");
    headers.remove("X-Gone");
    headers.claim("X-Named");
    headers.set("X-Bad", "a\nb");
    for (name, holds, covers) in [
        ("x-set", true, true),
        ("X_SET", false, true),
        ("vary", true, true),
        ("x.gone", false, true),
        ("X-Named", true, true),
        ("X-Bad", false, false),
        ("X-One", false, false),
        ("X-Se", false, false),
        ("", false, false),
    ] {
        let seen = (headers.is_claimed(name), headers.claimed().covers(name.as_bytes()));
        assert_eq!(seen, (holds, covers), "{name}");
    }
    headers.clear();
    assert!(!headers.claimed().covers(b"x-set") && !headers.claimed().covers(b"vary"));
}

#[test]
fn other_spellings_go_where_spellings_are_one() {
    let spellings = ["X_User", "x.user", "X~USER", "X-User", "XUser", "X-User-Id", "X_Users"];
    let received = || {
        let mut headers = Headers::new();
        spellings.iter().for_each(|name| headers.receive(*name, "client"));
        headers
    };
    let mut apart = received();
    apart.set("X-User", "us");
    assert_eq!(apart.len(), spellings.len(), "answers keep them");

    type Change = fn(&mut Headers);
    let others = "XUser: client\r\nX-User-Id: client\r\nX_Users: client\r\n";
    let changes: [(Change, String); 4] = [
        (|headers| headers.set("X-User", "us"), format!("X-User: us\r\n{others}")),
        (|headers| headers.append("X-User", "us"), format!("X-User: client\r\n{others}X-User: us\r\n")),
        (|headers| assert!(headers.remove("X-User")), others.to_owned()),
        (|headers| headers.set("x_user", "us"), format!("X_User: us\r\n{others}")),
    ];
    for (change, expected) in changes {
        let mut headers = received();
        headers.merge_spellings();
        change(&mut headers);
        assert_eq!(text(&headers), expected);
    }
}

#[test]
fn two_spellings_that_the_gateway_sets_both_stay() {
    let mut headers = Headers::new();
    headers.receive("X.User", "client");
    headers.merge_spellings();
    headers.set("X_User", "a");
    headers.set("X-User", "b");
    assert_eq!(text(&headers), "X_User: a\r\nX-User: b\r\n");
}

#[test]
fn what_is_withheld_is_seen_and_not_sent_unless_it_is_set() {
    let mut headers = sample();
    headers.claim("X-Early");
    headers.withhold(b"x-one");
    headers.withhold(b"X-Two");
    headers.remove("X-Late");
    headers.append("X-Two", "ours");
    assert_eq!(text(&headers), "Accept: a\r\nX-One: 1\r\nAccept: b\r\nX-Two: ours\r\n");
    let names = ["X-One", "X-Two", "Accept", "X-Early"];
    assert_eq!(names.map(|name| headers.is_withheld(name.as_bytes())), [true, false, false, false]);
    for name in ["X-One", "X-Two", "X-Early", "X-Late"] {
        assert!(headers.claimed().covers(name.as_bytes()), "{name}");
    }
    headers.set("X-One", "ours");
    assert!(!headers.is_withheld(b"X-One"));
    headers.clear();
    assert!(headers.is_empty() && !headers.has_claims() && !headers.is_withheld(b"x-two"));
}
