//! Following a path through a tree.

use super::Allowed;
use crate::origin::Mark;
use crate::tree::{Entry, Tree, Value};

/// A value on the way, with the path that led to it.
pub(crate) struct At<'a> {
    pub(crate) path: String,
    pub(crate) mark: Mark,
    pub(crate) length: usize,
    pub(crate) value: &'a Tree,
}

/// Follows `pattern` from `at`, and shows `found` every value it leads to that is present and not allowed.
pub(crate) fn walk(at: &At<'_>, pattern: &[&str], allowed: Allowed, found: &mut dyn FnMut(&At<'_>)) {
    let Some((step, rest)) = pattern.split_first() else {
        if !at.value.is_null() && !allowed.holds(at.value) {
            found(at);
        }
        return;
    };
    match &at.value.value {
        Value::Table(entries) => {
            for entry in entries {
                let leads = entry.key.eq_ignore_ascii_case(step);
                let any = *step == "*" && !(rest.is_empty() && allowed.excepts(&entry.key));
                if leads || any {
                    walk(&at.entry(entry), rest, allowed, found);
                }
            }
        }
        Value::List(items) if *step == "*" => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{}[{index}]", at.path);
                walk(&At { path, mark: item.mark, length: 0, value: item }, rest, allowed, found);
            }
        }
        _ => {}
    }
}

impl<'a> At<'a> {
    /// A whole document.
    pub(crate) fn root(document: &'a Tree) -> Self {
        Self { path: String::new(), mark: document.mark, length: 0, value: document }
    }

    fn entry(&self, entry: &'a Entry) -> Self {
        let separator = if self.path.is_empty() { "" } else { "." };
        Self {
            path: format!("{}{separator}{}", self.path, entry.key),
            mark: entry.mark,
            length: entry.key.chars().count(),
            value: &entry.value,
        }
    }
}

impl Allowed {
    /// Whether a value may stay.
    fn holds(self, value: &Tree) -> bool {
        let text = value.as_text();
        match self {
            Self::Nothing | Self::AllBut(_) => text.is_some_and(is_false),
            Self::Values(values) => text.is_some_and(|text| values.iter().any(|allowed| same(text, allowed))),
        }
    }

    /// Whether a key reached by `*` is one of the exceptions.
    fn excepts(self, key: &str) -> bool {
        match self {
            Self::AllBut(keys) => keys.iter().any(|allowed| allowed.eq_ignore_ascii_case(key)),
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
