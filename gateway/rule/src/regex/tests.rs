//! What a table of Go's answers cannot show: limits, bytes and messages. The rest is in `tests/regexp.rs`.

use super::*;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

fn error(pattern: &str) -> String {
    Regex::new(pattern).unwrap_err().to_string()
}

#[test]
fn bytes_that_are_not_text_count_as_replacement_characters() {
    assert!(regex("^.$").is_match_bytes(b"\xff"));
    assert!(regex("^..$").is_match_bytes(b"\xe2\x82"));
    assert!(regex("^a\\x{fffd}é$").is_match_bytes(b"a\xff\xc3\xa9"));
    assert!(!regex("^..$").is_match_bytes("é".as_bytes()));
}

#[test]
fn find_at_start_needs_the_start() {
    assert_eq!(regex("b+").find_at_start("bba"), Some(0..2));
    assert_eq!(regex("b+").find_at_start("abb"), None);
    assert_eq!(regex("a|ab").find_at_start("ab"), Some(0..1));
    assert_eq!(regex("b*").find_at_start("abb"), Some(0..0));
    assert_eq!(regex("b+").find("abb"), Some(1..3));
}

#[test]
fn groups_by_number_and_name() {
    let regex = regex("(?P<year>[0-9]+)-(?P<month>[0-9]+)(-(?P<day>[0-9]+))?");
    let captures = regex.captures("on 2024-05.").unwrap();
    assert_eq!(captures.range(), 3..10);
    assert_eq!((captures.get(1), captures.get(3), captures.get(9)), (Some("2024"), None, None));
    assert_eq!(
        (captures.name("month"), captures.name("day"), captures.name("week")),
        (Some("05"), None, None)
    );
    let mut text = String::from("=");
    captures.expand("$month/$year$day", &mut text);
    assert_eq!(text, "=05/2024");
}

#[test]
fn what_does_not_match_is_borrowed() {
    assert!(matches!(regex("x").replace_all("abc", "y"), Cow::Borrowed("abc")));
    assert_eq!(regex("b").replace_all("abc", ""), "ac");
    assert_eq!(regex("^a").replace_all("a", ""), "");
}

#[test]
fn scripts_of_two_words_are_known() {
    assert!(regex(r"^\p{Old_Italic}$").is_match("\u{10300}"));
    assert!(regex(r"^\p{olditalic}$").is_match("\u{10300}"));
}

#[test]
fn depth_and_size_are_bounded() {
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}a{}", open.repeat(depth), close.repeat(depth));
    assert!(regex(&nested("(", ")", 400)).is_match("a"));
    assert!(regex(&nested("(?:xy|z", ")*", 100)).is_match("a"));
    assert!(error(&nested("(", ")", 1000)).contains("nested too deeply"));
    assert!(error(&"(".repeat(10_000)).contains("missing"));
    assert!(error(&format!("a{}", "{1}(?i)".repeat(1000))).contains("nested too deeply"));
    assert!(error(&"a".repeat(MAX_LENGTH + 1)).contains("longer"));
    assert!(error(r"(\pL{100}){10}").contains("MiB"));
    assert!(error(&r"\pL".repeat(5000)).contains("large classes"));
}

#[test]
fn errors_say_what_and_where() {
    for (pattern, message) in [
        ("ab)", "unexpected \")\" at byte 3"),
        ("a**", "repetition of a repetition without a group at byte 3"),
        ("(?=a)", "unknown kind of group or flag after \"(?\" at byte 3"),
        (r"\u0041", "unknown escape \\u at byte 2"),
        ("[b-a]", "range in class is out of order at byte 4"),
        ("[[:foo:]]", "unknown class [:foo:] at byte 1"),
    ] {
        assert_eq!(error(pattern), message);
    }
}

#[test]
fn quoted_text_matches_itself() {
    let text = r"a.b+c*d?(e)[f]{g}^h$i|j\k-é";
    assert_eq!(regex(&quote(text)).find(text), Some(0..text.len()));
}
