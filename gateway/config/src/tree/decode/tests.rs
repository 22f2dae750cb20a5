use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;

use super::*;
use crate::duration::GoDuration;
use crate::origin::{Located, Mark};
use crate::source::yaml;
use crate::tree::{Style, Value};

#[derive(Debug, Deserialize, Default, PartialEq)]
#[serde(rename_all = "camelCase", default)]
struct Sample {
    on: bool,
    count: u16,
    wide: i64,
    ratio: f64,
    wait: GoDuration,
    text: String,
    names: Vec<Located<String>>,
    headers: IndexMap<String, String>,
    inner: Option<Inner>,
    items: Vec<Inner>,
    mode: Option<Mode>,
    flag: Option<bool>,
}

#[derive(Debug, Deserialize, Default, PartialEq)]
#[serde(rename_all = "camelCase", default)]
struct Inner {
    depth: u8,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Mode {
    Fast,
    Slow(Inner),
    VerySlow { depth: u8 },
}

fn read(text: &str) -> Result<Sample, Vec<Problem>> {
    let source = Source::file("t.yaml");
    decode(&yaml::parse(text, &source).unwrap(), &source)
}

fn good(text: &str) -> Sample {
    read(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

fn wrong(text: &str) -> Vec<String> {
    read(text).expect_err(text).iter().map(ToString::to_string).collect()
}

#[test]
fn text_is_read_as_the_target_asks() {
    assert!(good("ON: T").on);
    assert!(good("on: \"true\"").on);
    assert_eq!(good("count: \"7\"").count, 7);
    assert_eq!(good("ratio: 1").ratio, 1.0);
    assert_eq!(good("ratio: -1.5e1").ratio, -15.0);
    assert_eq!(good("wait: 3").wait, GoDuration::from_secs(3));
    assert_eq!(good("wait: 1m30s").wait, GoDuration::from_secs(90));
    for (written, text) in
        [("yes", "yes"), ("on", "on"), ("010", "010"), ("1.10", "1.10"), ("'null'", "null")]
    {
        assert_eq!(good(&format!("text: {written}")).text, text);
    }
}

#[test]
fn bare_words_are_numbers_in_the_bases_of_go() {
    let cases = [
        ("010", 8),
        ("0o10", 8),
        ("0x1F", 31),
        ("0b101", 5),
        ("1_000", 1000),
        ("-0x10", -16),
        ("+5", 5),
        ("42.0", 42),
        ("1e3", 1000),
        ("\"010\"", 10),
        ("9223372036854775806", i64::MAX - 1),
    ];
    for (written, number) in cases {
        assert_eq!(good(&format!("wide: {written}")).wide, number, "{written}");
    }
    for written in ["1.5", "0x", "x", "\"0x10\"", "9223372036854775808", "--1", "'+-1'", "1 2"] {
        assert_eq!(wrong(&format!("wide: {written}")).len(), 1, "{written}");
    }
    assert_eq!(wrong("count: 70000").len(), 1);
    assert_eq!(wrong("count: -1").len(), 1);
}

#[test]
fn field_names_have_no_case_and_map_keys_do() {
    let sample = good("COUNT: 1\nHeaders: {X-A: 1, x-a: 2}");
    assert_eq!(sample.count, 1);
    let headers: Vec<_> = sample.headers.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(headers, ["X-A=1", "x-a=2"]);
}

#[test]
fn lists_may_be_written_with_commas() {
    let names = |text: &str| good(text).names.into_iter().map(|name| name.value).collect::<Vec<_>>();
    assert_eq!(names("names: a, b ,c"), ["a", "b", "c"]);
    assert_eq!(names("names: [a, 'b,c']"), ["a", "b,c"]);
    assert_eq!(names("names: ''"), Vec::<String>::new());
    let marks: Vec<Mark> = good("names: a, b").names.iter().map(|name| name.mark).collect();
    assert_eq!(marks, [Mark::new(1, 8), Mark::new(1, 11)]);
}

#[test]
fn sections_are_switched_by_words() {
    assert_eq!(good("inner: true").inner, Some(Inner::default()));
    assert_eq!(good("inner: {}").inner, Some(Inner::default()));
    assert_eq!(good("inner: false\ncount: 1"), Sample { count: 1, ..Sample::default() });
    assert_eq!(good("inner:\ncount: 1").inner, None);
    assert_eq!(good("flag: false").flag, Some(false));
    assert_eq!(wrong("items: [false]"), ["t.yaml:1:9: error: cannot use `false`"]);
    assert_eq!(wrong("inner: 5"), ["t.yaml:1:8: error: cannot use `5`"]);
}

#[test]
fn enums_want_exactly_one() {
    assert_eq!(good("mode: FAST").mode, Some(Mode::Fast));
    assert_eq!(good("mode: {slow: {depth: 2}}").mode, Some(Mode::Slow(Inner { depth: 2 })));
    assert_eq!(good("mode: {slow: true}").mode, Some(Mode::Slow(Inner { depth: 0 })));
    assert_eq!(good("mode: {verySlow: {depth: 2}}").mode, Some(Mode::VerySlow { depth: 2 }));
    assert_eq!(
        wrong("mode: {fast: 1, slow: {}}"),
        ["t.yaml:1:17: error: two kinds, fast and slow, keep one of them"]
    );
    assert_eq!(wrong("mode: {}"), ["t.yaml:1:7: error: nothing chosen, write one of fast, slow, verySlow"]);
    let problem = read("mode: fats").expect_err("unknown").remove(0);
    assert_eq!(problem.to_string(), "t.yaml:1:7: error: unknown value `fats`");
    assert_eq!(problem.nearest.as_deref(), Some("fast"));
    assert_eq!(problem.expected.as_deref(), Some("one of fast, slow, verySlow"));
}

#[test]
fn every_problem_is_found_at_once() {
    let text = "\
on: maybe
count: x
cuont: 1
inner:
  depth: 300
  dpeth: 1
items:
  - depth: 1
  - depth: no
  - 7
text: [a]
names: {a: b}
";
    let expected = [
        "t.yaml:1:5: error: cannot use `maybe`",
        "t.yaml:2:8: error: cannot use `x`",
        "t.yaml:3:1: error: unknown field `cuont`",
        "t.yaml:5:10: error: cannot use `300`",
        "t.yaml:6:3: error: unknown field `dpeth`",
        "t.yaml:9:12: error: cannot use `no`",
        "t.yaml:10:5: error: cannot use `7`",
        "t.yaml:11:7: error: cannot use a list",
        "t.yaml:12:8: error: cannot use a table",
    ];
    assert_eq!(wrong(text), expected);
}

#[test]
fn an_unknown_field_names_its_neighbours() {
    let problem = read("cuont: 1").expect_err("unknown").remove(0);
    assert_eq!(problem.nearest.as_deref(), Some("count"));
    assert_eq!(problem.length, 5);
    assert!(problem.expected.is_some_and(|expected| expected.starts_with("one of on, count,")));
    assert_eq!(read("somethingElse: 1").expect_err("unknown").remove(0).nearest, None);
}

#[test]
fn many_mistakes_take_little_time() {
    let text: String = (0..20_000).map(|number| format!("k{number}: 1\n")).collect();
    assert_eq!(wrong(&text).len(), 20_000);
}

#[test]
fn a_key_written_twice_is_a_problem() {
    assert_eq!(
        wrong("count: 1\nCount: 2"),
        ["t.yaml:2:1: error: `Count` is written twice, remove one of them"]
    );
    assert_eq!(
        wrong("headers: {a: 1, a: 2}"),
        ["t.yaml:1:17: error: `a` is written twice, remove one of them"]
    );
}

#[test]
fn the_mark_of_quoted_text_is_inside_the_quotes() {
    assert_eq!(good("names: ['a']").names[0].mark, Mark::new(1, 10));
    assert_eq!(good("names: [a]").names[0].mark, Mark::new(1, 9));
}

fn flat(entries: &[(&str, Tree)]) -> Tree {
    let entry = |(key, value): &(&str, Tree)| Entry {
        key: (*key).into(),
        mark: Mark::new(1, 0),
        value: value.clone(),
    };
    Tree { mark: Mark::new(1, 0), value: Value::Table(entries.iter().map(entry).collect()) }
}

fn bare(text: &str) -> Tree {
    Tree::text(text, Style::Bare, Mark::new(1, 0))
}

#[test]
fn flat_sources_write_lists_as_positions_and_repetitions() {
    let source = Arc::new(Source::Environment(["X".into()].into()));
    let items = flat(&[("10", flat(&[("depth", bare("1"))])), ("2", flat(&[("depth", bare("2"))]))]);
    let repeated = Tree { mark: Mark::default(), value: Value::List([bare("a,b"), bare("c")].into()) };
    let twice = Tree { mark: Mark::default(), value: Value::List([bare("1"), bare("2")].into()) };
    let tree = flat(&[("items", items), ("names", repeated), ("count", twice)]);
    let sample: Sample = decode(&tree, &source).unwrap();
    assert_eq!(sample.items, [Inner { depth: 1 }, Inner { depth: 2 }], "positions are sorted as text");
    assert_eq!(sample.names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(sample.count, 2, "the last of a repeated scalar counts");
}

#[test]
fn a_target_that_takes_anything_sees_what_was_meant() {
    let source = Source::file("t.yaml");
    let tree = yaml::parse("{a: 1, b: true, c: '1', d: 1.5, e: [x], f: {g: ~}, h: 0x10}", &source).unwrap();
    let value: BTreeMap<String, serde_json::Value> = decode(&tree, &source).unwrap();
    let expected = serde_json::json!({"a": 1, "b": true, "c": "1", "d": 1.5, "e": ["x"], "f": {}, "h": 16});
    assert_eq!(serde_json::to_value(value).unwrap(), expected);
}

#[test]
fn nearness_allows_one_slip_in_three_letters() {
    let known = ["service", "rule", "entryPoints"];
    let cases = [
        ("servce", Some("service")),
        ("SERVICES", Some("service")),
        ("rul", Some("rule")),
        ("rlue", Some("rule")),
        ("entrypoint", Some("entryPoints")),
        ("x", None),
        ("", None),
    ];
    for (written, expected) in cases {
        assert_eq!(nearest(written, &known).as_deref(), expected, "{written}");
    }
}
