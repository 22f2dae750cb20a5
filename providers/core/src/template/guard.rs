//! What is asked of a template before the engine sees it, since the engine has no bound there.
//!
//! The engine parses and evaluates by recursion, so nesting is counted first: bodies, `else if` chains and parentheses
//! together. It copies a value for each reference, so references in one action are counted. And the end of every
//! pipeline whose value is kept is given a function that charges it (see `budget`). Pure.

use gtmpl_ng::Value;
use thiserror::Error;

use super::rewrite::{Word, action_length, words};

/// A template that could take more than there is.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum GuardError {
    /// Too much within each other.
    #[error(
        "{MAX_DEPTH} levels of parentheses, bodies and `else if` are the most that may be nested; divide it"
    )]
    Depth {
        /// The line, from 1.
        line: usize,
    },
    /// Too many variables and fields in one action.
    #[error("{MAX_REFERENCES} variables and fields are the most that one action may name; divide it")]
    References {
        /// The line, from 1.
        line: usize,
    },
}

impl GuardError {
    /// The line of the template, from 1.
    pub(super) fn line(&self) -> usize {
        match self {
            Self::Depth { line } | Self::References { line } => *line,
        }
    }
}

/// The template with every kept value charged.
pub(super) fn guarded(text: &str) -> Result<String, GuardError> {
    // One number for each open body: how many levels it takes.
    let mut open: Vec<usize> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (start, action) in actions(text) {
        let line = || 1 + text.get(..start).unwrap_or_default().matches('\n').count();
        let words = words(action);
        let parentheses = parentheses(action);
        match words.as_slice() {
            [Word { text: "if" | "range" | "with" | "block" | "define", .. }, ..] => open.push(1),
            [Word { text: "else", .. }, Word { text: "if", .. }, ..] => {
                open.last_mut().into_iter().for_each(|levels| *levels += 1);
            }
            [Word { text: "end", .. }] => drop(open.pop()),
            _ => {}
        }
        if open.iter().sum::<usize>() + parentheses > MAX_DEPTH {
            return Err(GuardError::Depth { line: line() });
        }
        if words.iter().filter(|word| word.text.starts_with(['$', '.'])).count() > MAX_REFERENCES {
            return Err(GuardError::References { line: line() });
        }
        let cut = start + keeps(action, &words).unwrap_or(action.len());
        out.push_str(text.get(end..cut).unwrap_or_default());
        if cut < start + action.len() {
            out.push_str(CALL);
        }
        end = cut;
    }
    out.push_str(text.get(end..).unwrap_or_default());
    Ok(out)
}

/// Where a byte of the guarded form of a line is in the line as it was written.
pub(super) fn as_written(line: &str, at: usize) -> usize {
    let mut inserted = 0;
    for (start, action) in actions(line) {
        let Some(cut) = keeps(action, &words(action)).map(|cut| start + cut) else { continue };
        if at < cut + inserted {
            break;
        }
        if at < cut + inserted + CALL.len() {
            return cut;
        }
        inserted += CALL.len();
    }
    at - inserted.min(at)
}

/// The actions of a text with their places, comments left out.
fn actions(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find("{{")?;
            let action = text.get(start..)?;
            let action = action.get(..action_length(action))?;
            at = start + action.len();
            if !words(action).first().is_some_and(|word| word.text.starts_with("/*")) {
                return Some((start, action));
            }
        }
    })
}

/// How deep the parentheses of an action are, those in quotes left out.
fn parentheses(action: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for (_, c) in unquoted(action) {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Where the pipeline of an action ends, if its value is kept: by a variable, a body or a template.
fn keeps(action: &str, words: &[Word<'_>]) -> Option<usize> {
    let has_value = match words {
        [Word { text: "template" | "block", .. }, _, _, ..] => true,
        [Word { text: "if" | "with" | "range", .. }, _, ..] => true,
        [Word { text: "else", .. }, Word { text: "if", .. }, _, ..] => true,
        [.., last] => !last.text.ends_with('=') && unquoted(action).any(|(_, c)| c == '='),
        [] => false,
    };
    let inside = action.strip_suffix("}}").filter(|_| has_value)?;
    let inside = inside.strip_suffix(" -").unwrap_or(inside);
    Some(inside.trim_end().len())
}

/// The characters that stand in no quotes.
fn unquoted(action: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quote, mut escaped) = (None, false);
    action.char_indices().filter(move |(_, c)| {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(open) if *c == '\\' && open != '`' => escaped = true,
            Some(open) if *c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`' | '\'') => quote = Some(*c),
            None => return true,
        }
        false
    })
}

/// The function that charges, under a name that nobody gives one of theirs.
pub(super) const FUNCTION: (&str, gtmpl_ng::Func) = ("_kept", super::budget::kept as fn(&[Value]) -> _);
/// The end of a pipeline that charges.
const CALL: &str = " | _kept";
/// Levels of nesting: a third of what fits into the smallest stack a render has.
pub(super) const MAX_DEPTH: usize = 64;
/// References in one action: a copy of a value each.
const MAX_REFERENCES: usize = 64;
