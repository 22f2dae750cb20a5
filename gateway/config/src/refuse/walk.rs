//! Following a path through a tree.

use std::sync::Arc;

use super::{Allowed, Refusal};
use crate::origin::{Mark, Source};
use crate::problem::Problem;
use crate::tree::{Tree, Value};

/// A value on the way, with the path that led to it.
pub(super) struct At<'a> {
    pub(super) path: String,
    pub(super) mark: Mark,
    pub(super) length: usize,
    pub(super) value: &'a Tree,
}

/// Follows `pattern` from `at`, and reports what it leads to.
pub(super) fn walk(
    at: &At<'_>,
    pattern: &[&str],
    refusal: &Refusal,
    source: &Arc<Source>,
    problems: &mut Vec<Problem>,
) {
    let Some((step, rest)) = pattern.split_first() else {
        if is_present(at.value) && !refusal.allowed.holds(at.value) {
            let message = format!("{} is not supported yet; remove it", at.path);
            problems.push(Problem::error(message).at(source, at.mark).spanning(at.length));
        }
        return;
    };
    match &at.value.value {
        Value::Table(entries) => {
            for entry in entries {
                let leads = entry.key.eq_ignore_ascii_case(step);
                let any = *step == "*" && !refusal.allowed.excepts(&entry.key, rest.is_empty());
                if leads || any {
                    let next = At {
                        path: join(&at.path, &entry.key),
                        mark: entry.mark,
                        length: entry.key.chars().count(),
                        value: &entry.value,
                    };
                    walk(&next, rest, refusal, source, problems);
                }
            }
        }
        Value::List(items) if *step == "*" => {
            for (index, item) in items.iter().enumerate() {
                let next =
                    At { path: format!("{}[{index}]", at.path), mark: item.mark, length: 0, value: item };
                walk(&next, rest, refusal, source, problems);
            }
        }
        _ => {}
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Whether a value was written at all: neither nothing, nor a section switched off.
fn is_present(value: &Tree) -> bool {
    !value.is_null()
}

impl Allowed {
    /// Whether a value may stay.
    fn holds(self, value: &Tree) -> bool {
        let text = value.as_text();
        match self {
            Self::Nothing | Self::AllBut(_) => text.is_some_and(is_false),
            Self::Values(values) => text.is_some_and(|text| values.iter().any(|allowed| same(text, allowed))),
            Self::NotEndingWith(end) => text.is_none_or(|text| !text.to_ascii_lowercase().ends_with(end)),
        }
    }

    /// Whether a key reached by `*` is one of the exceptions.
    fn excepts(self, key: &str, last: bool) -> bool {
        match self {
            Self::AllBut(keys) => last && keys.iter().any(|allowed| allowed.eq_ignore_ascii_case(key)),
            _ => false,
        }
    }
}

fn is_false(text: &str) -> bool {
    matches!(text, "false" | "False" | "FALSE" | "0" | "f" | "F")
}

fn is_true(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "1" | "t" | "T")
}

/// Whether a value is written as the allowed one, or is the same boolean.
fn same(text: &str, allowed: &str) -> bool {
    match allowed {
        "true" => is_true(text),
        "false" => is_false(text),
        _ => text.eq_ignore_ascii_case(allowed),
    }
}
