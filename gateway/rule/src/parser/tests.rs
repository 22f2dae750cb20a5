//! Structure, errors and limits.

use super::*;
use crate::rule;

fn shape(text: &str) -> String {
    fn write(node: &Node) -> String {
        let join = |nodes: &[Node], with: &str| {
            format!("({})", nodes.iter().map(write).collect::<Vec<_>>().join(with))
        };
        match node {
            Node::Test(test) => format!("{test:?}"),
            Node::Not(test) => format!("!{test:?}"),
            Node::All(nodes) => join(nodes, " & "),
            Node::Any(nodes) => join(nodes, " | "),
        }
    }
    write(&parse(text, Syntax::V3, Protocol::Http).unwrap()).replace("Path(\"/", "").replace("\")", "")
}

fn error(text: &str) -> RuleError {
    rule::parse(text, Syntax::V3, Protocol::Http).unwrap_err()
}

#[test]
fn and_binds_tighter_than_or() {
    assert_eq!(shape("Path(`/a`) || Path(`/b`) && Path(`/c`)"), "(a | (b & c))");
    assert_eq!(shape("(Path(`/a`) || Path(`/b`)) && Path(`/c`)"), "((a | b) & c)");
}

#[test]
fn chains_are_flat() {
    assert_eq!(shape("Path(`/a`) && (Path(`/b`) && (Path(`/c`) && Path(`/d`)))"), "(a & b & c & d)");
    assert_eq!(shape("((Path(`/a`))) || (Path(`/b`) || Path(`/c`))"), "(a | b | c)");
}

#[test]
fn negation_is_distributed() {
    assert_eq!(shape("!Path(`/a`)"), "!a");
    assert_eq!(shape("!!Path(`/a`)"), "a");
    assert_eq!(shape("!(Path(`/a`) && Path(`/b`) || !Path(`/c`))"), "((!a | !b) & c)");
    assert_eq!(shape("!(!(Path(`/a`) && Path(`/b`)) || Path(`/c`))"), "(a & b & !c)");
}

#[test]
fn names_have_four_spellings() {
    for name in ["HostRegexp", "hostregexp", "HOSTREGEXP", "Hostregexp"] {
        assert!(parse(&format!("{name}(`a`)"), Syntax::V3, Protocol::Http).is_ok(), "{name}");
    }
    for name in ["hostRegexp", "HOSTregexp", "HostRegExp"] {
        let error = error(&format!("{name}(`a`)"));
        assert_eq!(error.nearest.as_deref(), Some("HostRegexp"), "{name}");
    }
}

#[test]
fn commas_and_lines_are_free() {
    assert!(parse("Query(`a`,\n\t`b`,\n)\n&& Path(`/`)\n", Syntax::V3, Protocol::Http).is_ok());
}

#[test]
fn errors_say_where_and_what() {
    let unknown = error("Host(`a`) && Hots(`b`)");
    assert_eq!((unknown.span.clone(), unknown.nearest.as_deref()), (13..17, Some("Host")));
    assert_eq!(unknown.to_string(), "unknown matcher Hots at byte 13, did you mean Host?");
    assert_eq!(
        unknown.render("Host(`a`) && Hots(`b`)"),
        "unknown matcher Hots at byte 13, did you mean Host?\n  Host(`a`) && Hots(`b`)\n               ^^^^"
    );

    let missing = error("Host(`a`) &&");
    assert_eq!(missing.span, 12..12);
    assert_eq!(missing.expected, ["a matcher", "\"!\"", "\"(\""]);

    let open = error("(Host(`a`)");
    assert_eq!(open.expected, ["\"&&\"", "\"||\"", "\")\""]);
}

#[test]
fn refuses_what_is_no_rule() {
    for text in [
        "",
        "  ",
        "Host",
        "Host(",
        "Host()",
        "Host(`a`",
        "Host(`a` `b`)",
        "Host(,)",
        "Host(a)",
        "Host(1)",
        "Host('a')",
        "Host(`a`,`b`)",
        "Host(``)",
        "Host(`a`))",
        "Host(`a`) Host(`b`)",
        "Host(`a`) & Host(`b`)",
        "!",
        "()",
        "&&",
        "Query(`a`,`b`,`c`)",
        "Header(`a`)",
        "Header(`a`,``)",
        "`a`",
        "Host(`a`) || || Host(`b`)",
        "HostSNI(`a`)",
    ] {
        assert!(rule::parse(text, Syntax::V3, Protocol::Http).is_err(), "{text}");
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let nested = |depth: usize| format!("{}Path(`/`){}", "(".repeat(depth), ")".repeat(depth));
    assert!(rule::parse(&nested(MAX_DEPTH), Syntax::V3, Protocol::Http).is_ok());
    assert!(error(&nested(MAX_DEPTH + 1)).message.contains("nested"));
    assert!(error(&"(".repeat(1 << 20)).message.contains("nested"));
    assert!(error(&"!".repeat(1 << 20)).message.contains("unexpected"));
    assert!(error(&" ".repeat((1 << 20) + 1)).message.contains("longer"));
    let long = vec!["Path(`/`)"; 50_000].join(" || ");
    assert!(rule::parse(&long, Syntax::V3, Protocol::Http).is_ok());
}

#[test]
fn long_and_many_lined_rules_are_shown_in_part() {
    let text = format!("Path(`/`) &&\n{}Hots(`{}`)", " ".repeat(500), "x".repeat(500));
    let shown = error(&text).render(&text);
    assert!(shown.lines().all(|line| line.len() < 200), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[1].find("Hots"), lines[2].find("^^^^"), "{shown}");
}

#[test]
fn distance_counts_edits() {
    for (from, to, edits) in [
        ("", "", 0),
        ("host", "host", 0),
        ("hots", "host", 1),
        ("hst", "host", 1),
        ("path", "host", 4),
        ("", "ab", 2),
    ] {
        assert_eq!(distance(from, to), edits, "{from} {to}");
    }
}
