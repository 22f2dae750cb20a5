//! Makes changes of a dict stick.
//!
//! In Go a dict is shared, so `{{ $_ := set $d "k" "v" }}` changes `$d`. Values of our engine are copies. The
//! usual forms are rewritten into assignments (`{{ $d = set $d "k" "v" }}`); a form whose change would be lost is
//! refused instead of rendered wrongly.

use thiserror::Error;

/// A call that changes a dict where the change would be lost.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "`{function}` changes a dict in place, which only works in an action of its own on a variable; \
     write `{{{{ $d = {function} $d … }}}}`"
)]
pub struct RewriteError {
    line: usize,
    function: &'static str,
}

impl RewriteError {
    /// The line of the template, from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }
}

/// Rewrites the actions of `text` so that dict changes are assignments.
pub(super) fn keep_dict_changes(text: &str) -> Result<String, RewriteError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let (before, action) = rest.split_at(start);
        out.push_str(before);
        let length = action_length(action);
        let (action, after) = action.split_at(length);
        let line = || 1 + text[..text.len() - rest.len() + start].matches('\n').count();
        match rewrite(action) {
            Ok(new) => out.push_str(&new),
            Err(function) => return Err(RewriteError { line: line(), function }),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The length of the action that `text` starts with, its braces included; all of `text` when it never ends.
pub(super) fn action_length(text: &str) -> usize {
    let inside = text.get(2..).unwrap_or_default();
    let trimmed = inside.strip_prefix('-').unwrap_or(inside).trim_start();
    if trimmed.starts_with("/*") {
        let end = text.find("*/").and_then(|end| text.get(end..)?.find("}}").map(|more| end + more + 2));
        return end.unwrap_or(text.len());
    }
    let mut quote = None;
    let mut escaped = false;
    let mut previous = ' ';
    for (at, c) in inside.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(open) if c == '\\' && open != '`' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`' | '\'') => quote = Some(c),
            None if c == '}' && previous == '}' => return 2 + at + 1,
            None => {}
        }
        previous = if quote.is_some() { ' ' } else { c };
    }
    text.len()
}

/// Rewrites one action, or names the function whose change would be lost.
fn rewrite(action: &str) -> Result<String, &'static str> {
    let words = words(action);
    if words.first().is_some_and(|word| word.text.starts_with("/*")) {
        return Ok(action.to_owned());
    }
    let (target, call) = match words.as_slice() {
        [target, sign, call @ ..] if matches!(sign.text, ":=" | "=") => {
            (Some((target.text, sign.text)), call)
        }
        call => (None, call),
    };
    let changed = match call {
        [function, dict, ..] if CHANGING.contains(&function.text) && is_variable(dict.text) => {
            Some((function, dict.text))
        }
        _ => None,
    };
    let kept = usize::from(changed.is_some_and(|(function, _)| STRICT.contains(&function.text)));
    let mut in_place = words.windows(2).filter_map(|pair| match pair {
        [function, dict] if dict.text.starts_with(['$', '.']) => {
            STRICT.iter().find(|name| **name == function.text).copied()
        }
        _ => None,
    });
    if let Some(function) = in_place.nth(kept) {
        return Err(function);
    }
    match changed {
        Some((function, dict)) if target.is_none_or(|(name, _)| name != dict) => {
            Ok(assigned(action, function.start, dict, target))
        }
        _ => Ok(action.to_owned()),
    }
}

/// The action as two: the call is assigned to the dict, then the dict takes the place of the call.
fn assigned(action: &str, call_at: usize, dict: &str, target: Option<(&str, &str)>) -> String {
    let (head, tail) = action.split_at(call_at);
    let open = if head.starts_with("{{- ") { "{{-" } else { "{{" };
    let (call, close) = match tail.strip_suffix(" -}}") {
        Some(call) => (call, "-}}"),
        None => (tail.strip_suffix("}}").unwrap_or(tail), "}}"),
    };
    let call = call.trim_end();
    let result = match target {
        Some((name, sign)) => format!("{name} {sign} {dict}"),
        None => dict.to_owned(),
    };
    format!("{open} {dict} = {call} }}}}{{{{ {result} {close}")
}

/// A word of an action.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    start: usize,
    pub(super) text: &'a str,
}

/// The words of an action, quoted text and comments as one word, without its braces.
pub(super) fn words(action: &str) -> Vec<Word<'_>> {
    let end = action.len() - action.strip_suffix("}}").map_or(0, |_| 2);
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in action.char_indices().filter(|(at, _)| (2..end).contains(at)) {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(open) if c == '\\' && open != '`' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`' | '\'') => {
                quote = Some(c);
                start.get_or_insert(at);
            }
            None if c.is_whitespace() || matches!(c, '(' | ')' | '|') => {
                words.extend(start.take().and_then(|start| word(action, start, at)));
            }
            None => {
                start.get_or_insert(at);
            }
        }
    }
    words.extend(start.and_then(|start| word(action, start, end)));
    words
}

/// Trim markers are no words.
fn word(action: &str, start: usize, end: usize) -> Option<Word<'_>> {
    action.get(start..end).filter(|text| *text != "-").map(|text| Word { start, text })
}

fn is_variable(word: &str) -> bool {
    word.strip_prefix('$')
        .is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

/// Functions whose first argument is changed in Go.
const CHANGING: &[&str] = &["set", "unset", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"];

/// Those of them that are called for the change and not for the result.
const STRICT: &[&str] = &["set", "unset"];
