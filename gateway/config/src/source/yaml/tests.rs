use super::*;
use crate::tree::{Style, Value};

fn read(text: &str) -> Tree {
    parse(text, &Source::file("t.yaml")).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

fn json(text: &str) -> serde_json::Value {
    serde_json::to_value(read(text)).unwrap()
}

fn wrong(text: &str) -> String {
    parse(text, &Source::file("t.yaml")).expect_err(text).to_string()
}

#[test]
fn an_empty_document_is_nothing() {
    for text in ["", "# only a comment\n", "---\n", "\u{feff}", "~", "null"] {
        assert!(read(text).is_null(), "{text:?}");
    }
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(json("\u{feff}a: 1"), serde_json::json!({"a": 1}));
}

#[test]
fn words_of_yaml_1_1_stay_text() {
    let tree = read("[yes, on, no, off, y, ~, '~', \"5\", 5, !!str 5, !!int '5']");
    let Value::List(items) = tree.value else { panic!("a list") };
    let shown = items.iter().map(|item| match &item.value {
        Value::Text(text) => (&*text.text, text.style),
        _ => ("", Style::Plain),
    });
    let expected = [
        ("yes", Style::Plain),
        ("on", Style::Plain),
        ("no", Style::Plain),
        ("off", Style::Plain),
        ("y", Style::Plain),
        ("", Style::Plain),
        ("~", Style::Quoted),
        ("5", Style::Quoted),
        ("5", Style::Plain),
        ("5", Style::Quoted),
        ("5", Style::Plain),
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    assert!(items[5].is_null());
}

#[test]
fn aliases_repeat_and_merge_keys_fill_in() {
    let text = "\
base: &base {a: 1, b: 2}
more: &more {b: 3, c: 4}
one: *base
two: {<<: *base, b: 9}
three: {b: 9, <<: [*base, *more]}
four: {'<<': 5}
key: {&k name: 1, other: *k}
";
    let expected = serde_json::json!({
        "base": {"a": 1, "b": 2}, "more": {"b": 3, "c": 4}, "one": {"a": 1, "b": 2},
        "two": {"b": 9, "a": 1}, "three": {"b": 9, "a": 1, "c": 4}, "four": {"<<": 5},
        "key": {"name": 1, "other": "name"},
    });
    assert_eq!(json(text), expected);
    assert_eq!(wrong("a: {<<: 5}"), "t.yaml:1:10: error: `<<` needs a table, or a list of tables");
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let before = level - 1;
        let copies = vec![format!("*a{before}"); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{copies}]\n"));
    }
    assert!(wrong(&text).ends_with("error: aliases repeat too much"), "{}", wrong(&text));
    let long = format!("a: &a '{}'\nb: [{}]", "x".repeat(1 << 20), vec!["*a"; 100].join(", "));
    assert!(wrong(&long).ends_with("error: aliases repeat too much"));
}

#[test]
fn many_small_aliases_are_fine() {
    let mut text = String::from("base: &base {a: 1, b: 2}\nall:\n");
    for number in 0..100_000 {
        text.push_str(&format!("  r{number}: {{<<: *base, n: {number}}}\n"));
    }
    assert_eq!(read(&text).field("all").unwrap().entries().len(), 100_000);
}

#[test]
fn nesting_has_an_end_also_through_aliases() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    assert!(wrong(&deep).contains("nest deeper"));
    let mut text = format!("a0: &a0 {}{}\n", "[".repeat(60), "]".repeat(60));
    text.push_str(&format!("a1: {}*a0{}\n", "[".repeat(60), "]".repeat(60)));
    assert!(wrong(&text).contains("nest deeper"));
}

#[test]
fn what_is_no_single_document_is_a_problem() {
    let cases = [
        (
            "a: 1\n---\nb: 2\n",
            "t.yaml:2:1: error: a second document begins here, write one document per file",
        ),
        ("a: &a [*a]", "t.yaml:1:8: error: an alias cannot stand inside the value that it repeats"),
        ("? [a]\n: b", "t.yaml:1:3: error: a table or list cannot be a key, write text"),
        ("? {a: b}\n: c", "t.yaml:1:3: error: a table or list cannot be a key, write text"),
    ];
    for (text, expected) in cases {
        assert_eq!(wrong(text), expected);
    }
    for text in ["a: [1", "a: b: c", "a:\n\tb: 1", "a: 'x", "a: *nobody", "a: 1\n b: 2"] {
        assert!(wrong(text).starts_with("t.yaml:"), "{text}: {}", wrong(text));
    }
}

#[test]
fn every_value_knows_its_place() {
    let tree = read("a:\n  b: 'x'\n  ü: \"y\"\n  d:\n    - z\n");
    let a = tree.field("a").unwrap();
    assert_eq!(a.mark, Mark::new(2, 3));
    let marks: Vec<_> = a.entries().iter().map(|entry| (entry.mark, entry.value.mark)).collect();
    let expected = [
        (Mark::new(2, 3), Mark::new(2, 7)),
        (Mark::new(3, 3), Mark::new(3, 7)),
        (Mark::new(4, 3), Mark::new(5, 5)),
    ];
    assert_eq!(marks, expected);
}

#[test]
fn blocks_of_text_keep_their_lines() {
    let tree = read("a: |\n  x\n  y\nb: >\n  x\n  y\n");
    assert_eq!(tree.field("a").unwrap().as_text(), Some("x\ny\n"));
    assert_eq!(tree.field("b").unwrap().as_text(), Some("x y\n"));
}
