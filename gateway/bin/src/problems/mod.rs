//! Prints problems: for people with the line and a caret, for programs as JSON.
//!
//! Owns the texts of the files that are shown. Invariant: each file is read once, and one that cannot be read costs
//! the shown line, not the problem.

mod hidden;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_config::problem::render::{self, Part};
use windrose_config::redact::urls;
use windrose_config::{Origin, Problem, Severity, Source};

use hidden::Hidden;

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
    let files = Files::new(problems);
    let mut out = String::new();
    for problem in problems {
        let start = problem.origin.as_ref().map_or(0, start);
        let about = start..start + usize::try_from(problem.length).unwrap_or(0);
        out.push_str(&render::text(problem, |source, line, _| match source {
            Source::File(path) => files.part(path, line, &about),
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

/// Which character of its line a problem begins at, from 0.
fn start(origin: &Origin) -> usize {
    usize::try_from(origin.mark.column.saturating_sub(1)).unwrap_or(0)
}

/// The texts of files, as lines.
struct Files {
    /// The lines of each file that will be shown, and around which character.
    wanted: HashMap<Arc<str>, BTreeSet<(u32, usize)>>,
    texts: RefCell<HashMap<Arc<str>, Text>>,
}

/// The lines of a file that will be shown, without the passwords of URLs.
#[derive(Default)]
struct Text {
    lines: HashMap<u32, Vec<char>>,
    hidden: Hidden,
}

impl Files {
    fn new(problems: &[Problem]) -> Self {
        let mut wanted: HashMap<_, BTreeSet<_>> = HashMap::new();
        for origin in problems.iter().filter_map(|problem| problem.origin.as_ref()) {
            if let Source::File(path) = &*origin.source {
                wanted.entry(path.clone()).or_default().insert((origin.mark.line, start(origin)));
            }
        }
        Self { wanted, texts: RefCell::default() }
    }

    /// What is shown of a line, counted from 1, of which these characters are what the problem is about.
    fn part(&self, path: &Arc<str>, line: u32, about: &Range<usize>) -> Option<Part> {
        let mut texts = self.texts.borrow_mut();
        let text = texts.entry(path.clone()).or_insert_with(|| self.read(path));
        let mut part = Part::around(text.lines.get(&line)?, about.start);
        text.hidden.mask(line, &mut part, about);
        Some(part)
    }

    fn read(&self, path: &Arc<str>) -> Text {
        let Some(near) = self.wanted.get(path) else { return Text::default() };
        let bytes = windrose_provider_file::bytes(Path::new(&**path)).unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap_or_default();
        let text = text.trim_start_matches('\u{feff}');
        let is_wanted = |line: &u32| near.range((*line, 0)..=(*line, usize::MAX)).next().is_some();
        let lines = (1..).zip(text.lines()).filter(|(number, _)| is_wanted(number));
        let lines = lines.map(|(number, line)| (number, urls(line).chars().collect()));
        Text { lines: lines.collect(), hidden: Hidden::of(path, text, near) }
    }
}
