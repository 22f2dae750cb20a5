//! Prints problems: for people with the line and a caret, for programs as JSON.
//!
//! Owns the texts of the files that are shown. Invariant: each file is read once, and one that cannot be read costs
//! the shown line, not the problem.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_config::problem::render;
use windrose_config::{Problem, Severity, Source};

/// How many problems there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Those that leave something out.
    pub(crate) errors: usize,
    /// Those that should be mended.
    pub(crate) warnings: usize,
}

impl Count {
    /// Counts.
    pub(crate) fn of(problems: &[Problem]) -> Self {
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        Self { errors, warnings: problems.len() - errors }
    }
}

/// All problems as text, in the order given.
pub(crate) fn text(problems: &[Problem]) -> String {
    let files = Files::default();
    let mut out = String::new();
    for problem in problems {
        out.push_str(&render::text(problem, |source, line| match source {
            Source::File(path) => files.line(path, line),
            _ => None,
        }));
    }
    out
}

/// A line that says how many problems there are.
pub(crate) fn summary(problems: &[Problem]) -> String {
    let Count { errors, warnings } = Count::of(problems);
    if problems.is_empty() {
        return "no problems".to_owned();
    }
    let mut out = String::new();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    if errors > 0 {
        let _ = write!(out, "{errors} error{}", plural(errors));
    }
    if warnings > 0 {
        let separator = if errors > 0 { ", " } else { "" };
        let _ = write!(out, "{separator}{warnings} warning{}", plural(warnings));
    }
    out
}

/// All problems as one JSON document.
pub(crate) fn document(problems: &[Problem]) -> Value {
    let Count { errors, warnings } = Count::of(problems);
    let problems: Vec<Value> = problems.iter().map(render::json).collect();
    json!({"errors": errors, "warnings": warnings, "problems": problems})
}

/// Sorts by source and place, sources in the order in which they first occur; problems without a place stay first.
pub(crate) fn sort(problems: &mut [Problem]) {
    let mut sources: Vec<Arc<Source>> = Vec::new();
    for origin in problems.iter().filter_map(|problem| problem.origin.as_ref()) {
        if !sources.contains(&origin.source) {
            sources.push(origin.source.clone());
        }
    }
    problems.sort_by_key(|problem| {
        problem.origin.as_ref().map(|origin| {
            let source = sources.iter().position(|source| *source == origin.source);
            (source, origin.mark.line, origin.mark.column)
        })
    });
}

/// The texts of files, as lines.
#[derive(Default)]
struct Files(RefCell<HashMap<Arc<str>, Vec<String>>>);

impl Files {
    /// A line, counted from 1.
    fn line(&self, path: &Arc<str>, line: u32) -> Option<String> {
        let mut files = self.0.borrow_mut();
        let lines = files.entry(path.clone()).or_insert_with(|| {
            let bytes = windrose_provider_file::bytes(Path::new(&**path)).unwrap_or_default();
            let text = String::from_utf8(bytes).unwrap_or_default();
            text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect()
        });
        lines.get(usize::try_from(line).ok()?.checked_sub(1)?).cloned()
    }
}
