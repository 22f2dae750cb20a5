use super::{Names, exact, glob, lines, shorten, show};

#[test]
fn placeholders_are_filled_and_hidden_again() {
    let mut names = Names::default();
    names.add("a", 20_001);
    names.add("web", 20_002);
    let filled = names.fill("http://<a>/ <web.port> <host> <fill:3>!", "x.test");
    assert_eq!(filled, "http://127.0.0.1:20001/ 20002 x.test xxx!");
    assert_eq!(names.hide("to 127.0.0.1:20001 by :20002"), "to <a> by :<web.port>");
    assert_eq!(
        names.hide("9200029 2000290 20002"),
        "9200029 2000290 <web.port>",
        "no port is part of a number"
    );
}

#[test]
fn quoted_characters_are_bytes() {
    assert_eq!(exact("a\u{ff}\u{0}"), b"a\xff\0");
}

#[test]
fn written_lines_become_a_message() {
    assert_eq!(lines("GET / HTTP/1.1\nHost: a\n"), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(lines("POST / HTTP/1.1\nHost: a\n\nbody\n"), b"POST / HTTP/1.1\r\nHost: a\r\n\r\nbody");
}

#[test]
fn bytes_are_shown_readably() {
    assert_eq!(show(b"a\r\n\xff"), "a\\r\\n\\xff");
    assert!(shorten("x".repeat(5000)).starts_with("5000 characters, sum "));
    assert_eq!(shorten("short".to_owned()), "short");
}

#[test]
fn globs_match_whole_texts() {
    assert!(glob("*", ""));
    assert!(glob("received.*.header.*", "received.1.header.host"));
    assert!(!glob("received.*.header", "received.1.header.host"));
    assert!(!glob("a*b", "acbd"));
}
