use super::*;

fn filled(text: &str) -> Filled {
    let variables = [("A", "one"), ("EMPTY", "")];
    fill(text, &variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn variables_are_filled_in_as_compose_does() {
    let cases = [
        ("plain", "plain"),
        ("$A-${A}", "one-one"),
        ("$$A $$$$ ${A}$$", "$A $$ one$"),
        ("${B:-two}", "two"),
        ("${B-two}", "two"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY-two}", ""),
        ("${A:+yes}", "yes"),
        ("${EMPTY:+yes}${EMPTY+yes}", "yes"),
        ("${B:+yes}", ""),
        ("${A:?needed}", "one"),
        ("${B:-${A}-x}", "one-x"),
        ("${B:-${C:-}}", ""),
        ("${B:-a:b$$}", "a:b$"),
        ("Host(`${B:-example.org}`)", "Host(`example.org`)"),
    ];
    for (text, expected) in cases {
        let Filled { text: found, unset, wrong, .. } = filled(text);
        assert_eq!((found.as_str(), unset.len(), wrong), (expected, 0, None), "{text}");
    }
}

#[test]
fn what_nobody_sets_is_told() {
    let unset = |text: &str| filled(text).unset.join(",");
    assert_eq!(unset("$B ${C} ${D:?x}"), "B,C,D");
    assert_eq!(unset("${B:-$C}"), "C");
    assert_eq!(unset("${A:-$C}"), "");
    assert_eq!(filled("$B ${D:?x}").needed.as_deref(), Some("D"));
    assert_eq!(filled("${A:-${D:?x}} ${A:?x}").needed, None);
    // What hashes of passwords look like.
    assert_eq!(unset("admin:$apr1$x$y"), "apr1,x,y");
}

#[test]
fn what_compose_would_not_take_is_told() {
    for text in ["a$", "$1", "${}", "${A", "${1}", "${A:}", "${A!x}", "${B:-x", "admin:$2y$05$x", "$-"] {
        assert!(filled(text).wrong.is_some(), "{text}");
    }
    assert!(filled("admin:$2y$05").wrong.unwrap().contains("write $$ for a dollar sign"));
}

#[test]
fn defaults_in_defaults_end_somewhere() {
    let nested = |depth: usize| "${B:-".repeat(depth) + "x" + &"}".repeat(depth);
    assert_eq!(filled(&nested(32)).text, "x");
    for depth in [33, 1_000_000] {
        let wrong = filled(&nested(depth)).wrong.unwrap();
        assert!(wrong.contains("more than 32 deep"), "{wrong}");
    }
}
