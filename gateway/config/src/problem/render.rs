//! Problems for people (with the line and a caret) and for programs (JSON).

use std::fmt::Write;

use serde_json::{Map, Value};

use super::Problem;
use crate::origin::Source;

/// Prints one problem. `line` gives the text of a line (counted from 1) of a source that has lines, when it is known.
///
/// ```text
/// routes.yaml:4:7: error: unknown field `servce`
///     4 |       servce: app
///       |       ^^^^^^
///       = expected one of rule, service
///       = did you mean `service`?
/// ```
#[must_use]
pub fn text(problem: &Problem, line: impl Fn(&Source, u32) -> Option<String>) -> String {
    let mut out = problem.to_string();
    if let Some(object) = &problem.object {
        let _ = write!(out, " (in {object})");
    }
    out.push('\n');
    let shown = problem.origin.as_ref().filter(|origin| origin.source.has_lines() && origin.mark.line > 0);
    if let Some(origin) = shown
        && let Some(text) = line(&origin.source, origin.mark.line)
    {
        let text = text.trim_end();
        let start =
            usize::try_from(origin.mark.column.saturating_sub(1)).unwrap_or(0).min(text.chars().count());
        let room = text.chars().count().saturating_sub(start).max(1);
        let width = usize::try_from(problem.length).unwrap_or(1).clamp(1, room);
        let _ = writeln!(out, "{:5} | {text}", origin.mark.line);
        let _ = writeln!(out, "      | {}{}", padding(text, start), "^".repeat(width));
    }
    if let Some(expected) = &problem.expected {
        let _ = writeln!(out, "      = expected {expected}");
    }
    if let Some(nearest) = &problem.nearest {
        let _ = writeln!(out, "      = did you mean `{nearest}`?");
    }
    out
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
    put("message", Some(problem.message.as_str().into()));
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
