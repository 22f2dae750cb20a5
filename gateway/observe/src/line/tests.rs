use std::io;
use std::time::{Duration, UNIX_EPOCH};

use tracing::Level;

use super::{Chain, Colour, Line, Value};

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn line<'a>(message: &'a str, fields: &'a [(&'static str, Value)]) -> Line<'a> {
    let time = UNIX_EPOCH + Duration::from_secs(1_795_269_600);
    Line { time, level: Level::ERROR, caller: None, message, fields }
}

fn common(line: &Line<'_>) -> String {
    let mut out = String::new();
    line.common(Colour::Never, &mut out);
    out
}

fn json(line: &Line<'_>) -> String {
    let mut out = String::new();
    line.json(&mut out);
    out
}

#[test]
fn both_formats_carry_the_same_facts() {
    let fields = [("routerName", text("web@file")), ("attempts", Value::Plain("3".to_owned()))];
    let line = line("no server answered", &fields);
    assert_eq!(common(&line), "2026-11-21T14:00:00Z ERR no server answered routerName=web@file attempts=3\n");
    assert_eq!(
        json(&line),
        "{\"level\":\"error\",\"routerName\":\"web@file\",\"attempts\":3,\
         \"time\":\"2026-11-21T14:00:00Z\",\"message\":\"no server answered\"}\n"
    );
}

#[test]
fn a_value_can_neither_break_the_line_nor_forge_a_field() {
    let fields = [("path", text("/a b=c\n\"\u{1b}[2J\u{9b}")), ("empty", text("")), ("host", text("é"))];
    let line = line("one\ntwo\u{1b}", &fields);
    let expected = "one\\ntwo\\u{1b} path=\"/a b=c\\n\\\"\\u001b[2J\\u009b\" empty=\"\" host=\"é\"\n";
    assert_eq!(common(&line).split_once("ERR ").unwrap().1, expected);
    assert_eq!(json(&line).matches('\n').count(), 1);
    assert!(json(&line).contains("\"message\":\"one\\ntwo\\u001b\""));
}

#[test]
fn the_caller_is_named_when_known() {
    let line = Line { caller: Some(("gateway/engine/src/lib.rs", 7)), ..line("m", &[]) };
    assert_eq!(common(&line), "2026-11-21T14:00:00Z ERR gateway/engine/src/lib.rs:7 > m\n");
    assert!(json(&line).contains(",\"caller\":\"gateway/engine/src/lib.rs:7\""));
}

#[test]
fn colours_mark_time_level_and_field_names() {
    let fields = [("a", text("b"))];
    let mut out = String::new();
    line("m", &fields).common(Colour::Always, &mut out);
    assert_eq!(out, "\x1b[90m2026-11-21T14:00:00Z\x1b[0m \x1b[31mERR\x1b[0m m \x1b[36ma=\x1b[0mb\n");
}

#[test]
fn a_chain_names_every_cause_once() {
    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the file")]
    struct Outer(#[source] io::Error);

    let error = Outer(io::Error::other("disk is gone"));
    assert_eq!(Chain(&error).to_string(), "cannot read the file: disk is gone");
}
