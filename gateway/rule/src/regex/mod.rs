//! Regular expressions and replacement templates, as Go understands them.
//!
//! Rules and middlewares were written for Go's `regexp`. A pattern is accepted here exactly when it is there, up to
//! limits of size, and matches the same text: classes such as `\d` are ASCII, `$` is the end of the text, `{id}` is
//! literal. Matching takes time linear in the text.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use regex_automata::meta;
use regex_automata::{Anchored, Input};

mod expand;
mod syntax;

/// A compiled regular expression; clones share it.
#[derive(Clone)]
pub struct Regex(Arc<Compiled>);

struct Compiled {
    engine: meta::Regex,
    pattern: Box<str>,
    /// The names of the groups. Several may be called alike, which the engine would not allow.
    names: Box<[Option<Box<str>>]>,
}

/// Why a pattern is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RegexError {
    message: String,
}

/// Where a pattern and its groups matched.
#[derive(Debug, Clone)]
pub struct Captures<'t> {
    text: &'t str,
    regex: Regex,
    found: regex_automata::util::captures::Captures,
}

impl Regex {
    /// Compiles `pattern`.
    ///
    /// # Errors
    ///
    /// When Go would refuse the pattern, or it is too large.
    pub fn new(pattern: &str) -> Result<Self, RegexError> {
        if pattern.len() > MAX_LENGTH {
            return Err(RegexError { message: format!("pattern is longer than {MAX_LENGTH} bytes") });
        }
        let (hir, names) = syntax::translate(pattern)?;
        let config = meta::Config::new().nfa_size_limit(Some(MAX_PROGRAM)).hybrid_cache_capacity(CACHE);
        let engine = meta::Builder::new().configure(config).build_from_hir(&hir).map_err(|_| RegexError {
            message: format!("compiles to more than {} MiB, use smaller counts", MAX_PROGRAM >> 20),
        })?;
        Ok(Self(Arc::new(Compiled { engine, pattern: pattern.into(), names })))
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.pattern
    }

    /// Whether the pattern matches somewhere in `text`.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.engine.is_match(text)
    }

    /// Whether the pattern matches somewhere in `text`; a byte that is not part of UTF-8 counts as U+FFFD.
    #[must_use]
    pub fn is_match_bytes(&self, text: &[u8]) -> bool {
        match std::str::from_utf8(text) {
            Ok(text) => self.is_match(text),
            Err(_) => self.is_match(&lossy(text)),
        }
    }

    /// The first match.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        self.0.engine.find(text).map(|found| found.range())
    }

    /// The match that begins where `text` begins.
    #[must_use]
    pub fn find_at_start(&self, text: &str) -> Option<Range<usize>> {
        let input = Input::new(text).anchored(Anchored::Yes);
        self.0.engine.search(&input).map(|found| found.range())
    }

    /// The first match and its groups.
    #[must_use]
    pub fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.captures_from(text, 0)
    }

    /// `text` with every match replaced by `template`, in which `$1`, `${1}`, `$name` and `${name}` stand for groups
    /// and `$$` for a dollar sign.
    #[must_use]
    pub fn replace_all<'t>(&self, text: &'t str, template: &str) -> Cow<'t, str> {
        let mut replaced = String::new();
        let mut copied = 0;
        let mut from = 0;
        while let Some(captures) = self.captures_from(text, from) {
            let found = captures.range();
            replaced.push_str(text.get(copied..found.start).unwrap_or_default());
            // An empty match right after another match is not replaced.
            if found.end > copied || found.start == 0 {
                captures.expand(template, &mut replaced);
            }
            copied = found.end;
            let step = text.get(from..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            from = found.end.max(from + step);
            if from > text.len() {
                break;
            }
        }
        if copied == 0 && replaced.is_empty() {
            return Cow::Borrowed(text);
        }
        replaced.push_str(text.get(copied..).unwrap_or_default());
        Cow::Owned(replaced)
    }

    fn captures_from<'t>(&self, text: &'t str, from: usize) -> Option<Captures<'t>> {
        let mut found = self.0.engine.create_captures();
        self.0.engine.search_captures(&Input::new(text).span(from..text.len()), &mut found);
        found.is_match().then(|| Captures { text, regex: self.clone(), found })
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regex").field(&self.as_str()).finish()
    }
}

impl<'t> Captures<'t> {
    /// Where the whole pattern matched.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.found.get_match().map_or(0..0, |found| found.range())
    }

    /// How many groups the pattern has, the whole match among them.
    #[expect(clippy::len_without_is_empty, reason = "the whole match is always there")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.group_len()
    }

    /// Where group `index` matched.
    #[must_use]
    pub fn place(&self, index: usize) -> Option<Range<usize>> {
        self.found.get_group(index).map(|span| span.range())
    }

    /// The text of group `index`; 0 is the whole match.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&'t str> {
        self.found.get_group(index).and_then(|span| self.text.get(span.range()))
    }

    /// The text of the first group called `name` that took part in the match.
    #[must_use]
    pub fn name(&self, name: &str) -> Option<&'t str> {
        let names = self.regex.0.names.iter().enumerate();
        names.filter(|(_, known)| known.as_deref() == Some(name)).find_map(|(index, _)| self.get(index))
    }

    /// Appends `template` to `into`, with the groups it names filled in; see [`Regex::replace_all`].
    pub fn expand(&self, template: &str, into: &mut String) {
        expand::expand(self, template, into);
    }
}

/// `text` with everything that means something in a pattern escaped.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if r"\.+*?()|[]{}^$".contains(letter) {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted
}

/// `text` with every byte that is not part of UTF-8 replaced by U+FFFD.
fn lossy(text: &[u8]) -> String {
    let mut valid = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        valid.push_str(chunk.valid());
        valid.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    valid
}

/// Longer patterns are refused; a folded Unicode class per letter is the worst they can ask for.
const MAX_LENGTH: usize = 64 << 10;

/// The largest compiled form.
const MAX_PROGRAM: usize = 32 << 20;

/// What one thread may remember of the states of one expression.
const CACHE: usize = 512 << 10;

#[cfg(test)]
mod tests;
