use super::*;

#[test]
fn what_a_terminal_obeys_is_replaced_one_for_one() {
    for (text, line, lines) in [
        ("web-1 é", "web-1 é", "web-1 é"),
        ("a\u{1b}[2Jb", "a\u{fffd}[2Jb", "a\u{fffd}[2Jb"),
        ("a\u{9b}2J\u{7}", "a\u{fffd}2J\u{fffd}", "a\u{fffd}2J\u{fffd}"),
        ("a\n\tb\r", "a\u{fffd}\u{fffd}b\u{fffd}", "a\n\tb\u{fffd}"),
        (
            "\u{202e}b\u{2066}\u{200f}\u{61c}",
            "\u{fffd}b\u{fffd}\u{fffd}\u{fffd}",
            "\u{fffd}b\u{fffd}\u{fffd}\u{fffd}",
        ),
    ] {
        assert_eq!(harmless(text), line);
        assert_eq!(harmless_lines(text), lines);
        assert_eq!(harmless(text).chars().count(), text.chars().count());
    }
}
