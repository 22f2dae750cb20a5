use super::{Permanence, location, reply};
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
fn addresses_are_read_and_written_as_go_does() {
    let mut wrong = Vec::new();
    let table = include_str!("../../tests/go_url/table.tsv");
    for line in table.lines() {
        let (address, expected) = line.split_once('\t').expect("two columns");
        let ours =
            location(&unescape(address)).map_or_else(|| "refused".to_owned(), |ours| format!("={ours}"));
        if ours != unescape(expected) {
            wrong.push(format!("{line}\n  ours {ours}"));
        }
    }
    let cases = table.lines().count();
    assert!(cases > 4000, "only {cases} cases");
    assert!(wrong.is_empty(), "{} of {cases} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn unescape(field: &str) -> String {
    let mut letters = field.chars();
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        let escaped = if letter == '\\' { letters.next() } else { None };
        text.push(match escaped {
            None => letter,
            Some('t') => '\t',
            Some('n') => '\n',
            Some('0') => '\0',
            Some(other) => other,
        });
    }
    text
}
