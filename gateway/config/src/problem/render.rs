//! Problems for people (with the line and a caret) and for programs (JSON).

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::{Map, Value};

use super::Problem;
use crate::harmless::{harmless, harmless_lines};
use crate::origin::Source;

/// Prints one problem. `line` gives the part around a character (counted from 0) of a line (counted from 1) of a source
/// that has lines, when it is known.
///
/// ```text
/// routes.yaml:4:7: error: unknown field `servce`
///     4 |       servce: app
///       |       ^^^^^^
///       = expected one of rule, service
///       = did you mean `service`?
/// ```
#[must_use]
pub fn text(problem: &Problem, line: impl Fn(&Source, u32, usize) -> Option<Part>) -> String {
    let mut head = problem.to_string();
    if let Some(object) = &problem.object {
        let _ = write!(head, " (in {})", harmless(&object.to_string()));
    }
    let mut out = cut(&head).into_owned();
    out.push('\n');
    let shown = problem.origin.as_ref().filter(|origin| origin.source.has_lines() && origin.mark.line > 0);
    let start = problem.origin.as_ref().map_or(0, |origin| origin.mark.column.saturating_sub(1));
    let start = usize::try_from(start).unwrap_or(0);
    if let Some(origin) = shown
        && let Some(part) = line(&origin.source, origin.mark.line, start)
    {
        let (left, right) = (if part.before > 0 { "…" } else { "" }, if part.after > 0 { "…" } else { "" });
        let inside: String = part.text.iter().collect();
        let text = format!("{left}{inside}{right}");
        let text = harmless_lines(text.trim_end());
        let length = text.chars().count();
        let start = (start.saturating_sub(part.before) + left.chars().count()).min(length);
        let width =
            usize::try_from(problem.length).unwrap_or(1).clamp(1, length.saturating_sub(start).max(1));
        let _ = writeln!(out, "{:5} | {text}", origin.mark.line);
        let _ = writeln!(out, "      | {}{}", padding(&text, start), "^".repeat(width));
    }
    if let Some(expected) = &problem.expected {
        let _ = writeln!(out, "      = expected {}", harmless(expected));
    }
    if let Some(nearest) = &problem.nearest {
        let _ = writeln!(out, "      = did you mean `{}`?", harmless(nearest));
    }
    out
}

/// A text as it is shown: of a very long one, the beginning and the end.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= LONGEST {
        return Cow::Borrowed(text);
    }
    let half = LONGEST / 2;
    let head = text.chars().take(half);
    head.chain(['…']).chain(text.chars().skip(length - half)).collect::<String>().into()
}

/// The part of a line that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its characters.
    pub text: Vec<char>,
    /// How many characters of the line stand before it.
    pub before: usize,
    /// How many stand behind it.
    pub after: usize,
}

impl Part {
    /// What is shown of a line around this character, counted from 0: all of it, unless it is very long.
    #[must_use]
    pub fn around(line: &[char], start: usize) -> Self {
        let before = match line.len().checked_sub(WIDTH) {
            Some(excess) => start.saturating_sub(WIDTH / 3).min(excess),
            None => 0,
        };
        let text: Vec<char> = line.iter().skip(before).take(WIDTH).copied().collect();
        let after = line.len() - before - text.len();
        Self { text, before, after }
    }
}

/// One problem as a JSON object; absent parts are left out.
#[must_use]
pub fn json(problem: &Problem) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
    };
    put("severity", Some(problem.severity.to_string().into()));
    put("message", Some(problem.shown().into()));
    if let Some(at) = &problem.object {
        put("section", Some(at.section.path().into()));
        put("name", Some(at.name.as_ref().into()));
        put("provider", at.provider.as_deref().map(Into::into));
    }
    if let Some(origin) = &problem.origin {
        put("place", Some(origin.place().to_string().into()));
        if origin.source.has_lines() && origin.mark.line > 0 {
            put("line", Some(origin.mark.line.into()));
            put("column", Some(origin.mark.column.into()));
            put("length", (problem.length > 0).then(|| problem.length.into()));
        }
    }
    put("expected", problem.expected.as_deref().map(Into::into));
    put("nearest", problem.nearest.as_deref().map(Into::into));
    Value::Object(object)
}

/// As much white space as the first `characters` of a line take, tabs kept so that the caret stays below its word.
fn padding(line: &str, characters: usize) -> String {
    line.chars().take(characters).map(|c| if c == '\t' { '\t' } else { ' ' }).collect()
}

/// How many characters of a line are shown.
const WIDTH: usize = 160;
/// How many characters of a message are shown.
const LONGEST: usize = 1_000;
