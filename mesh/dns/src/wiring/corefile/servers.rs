//! The server blocks of a Corefile: what each answers for, and where its braces are.
//!
//! Words are split as CoreDNS does it. What is inside of a block is counted and not read. Must not know the mesh.

use std::ops::Range;

use super::CorefileError;

/// A server block, or a snippet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server<'a> {
    /// What stands before the brace: `.:53`, `dns://example.org`.
    pub(super) zones: Vec<&'a str>,
    /// From one brace to the other, both included.
    pub(super) body: Range<usize>,
}

/// All of them.
pub(super) fn read(text: &str) -> Result<Vec<Server<'_>>, CorefileError> {
    let mut servers = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut zones: Vec<&str> = Vec::new();
    // The line that goes on: of zones, or of an import.
    let mut zone_line = None;
    let mut import_line = None;
    let mut last_line = None;
    for word in Words::new(text) {
        let is_first = last_line.replace(word.line) != Some(word.line);
        match (word.text, open.len()) {
            // A brace where a plugin is named is a name.
            ("{", 1) if is_first => return Err(CorefileError::Braces),
            ("{", 0) if zones.is_empty() => return Err(CorefileError::Braces),
            ("{", 0) => {
                open.push(word.start);
                last_line = None;
            }
            ("{", _) => open.push(word.start),
            ("}", 0) => return Err(CorefileError::Braces),
            ("}", 1) => {
                let start = open.pop().unwrap_or_default();
                servers.push(Server { zones: std::mem::take(&mut zones), body: start..word.start + 1 });
                zone_line = None;
            }
            ("}", _) => drop(open.pop()),
            (_, 1..) => {}
            _ if import_line == Some(word.line) => {}
            ("import", 0) if zones.is_empty() => import_line = Some(word.line),
            (text, 0) => {
                let goes_on = zones.last().is_none_or(|last| last.ends_with(','));
                if zone_line.is_some_and(|line| line != word.line) && !goes_on {
                    return Err(CorefileError::NoBraces);
                }
                zone_line = Some(word.line);
                zones.push(text);
            }
        }
    }
    match (open.is_empty(), zones.is_empty()) {
        (false, _) => Err(CorefileError::Braces),
        (true, false) => Err(CorefileError::NoBraces),
        (true, true) => Ok(servers),
    }
}

/// Whether what stands before a brace names this zone, in plain DNS at its usual port.
pub(super) fn is_zone(written: &str, zone: &str) -> bool {
    written.split(',').any(|key| {
        let key = key.strip_prefix("dns://").unwrap_or(key);
        let key = key.strip_suffix(":53").unwrap_or(key);
        key.strip_suffix('.').unwrap_or(key).eq_ignore_ascii_case(zone)
    })
}

struct Word<'a> {
    text: &'a str,
    start: usize,
    line: usize,
}

/// The words of a text, without comments.
struct Words<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Words<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes on by so many bytes, counting lines.
    fn pass(&mut self, length: usize) {
        let passed = self.rest().get(..length).unwrap_or_default();
        self.line += passed.matches('\n').count();
        self.at += length;
    }

    fn skip_blanks_and_comments(&mut self) {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start().len();
            self.pass(blanks);
            if !self.rest().starts_with('#') {
                return;
            }
            let rest = self.rest();
            self.pass(rest.find('\n').unwrap_or(rest.len()));
        }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        self.skip_blanks_and_comments();
        let (rest, start, line) = (self.rest(), self.at, self.line);
        if rest.is_empty() {
            return None;
        }
        let length = match rest.strip_prefix('"') {
            Some(quoted) => quoted_length(quoted) + 1,
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        self.pass(length);
        let whole = rest.get(..length).unwrap_or_default();
        let text = match whole.strip_prefix('"') {
            // A brace in quotes is a brace.
            Some(quoted) => quoted.strip_suffix('"').unwrap_or(quoted),
            // A comment inside of a word is as long as the word.
            None => whole.split('#').next().unwrap_or_default(),
        };
        Some(Word { text, start, line })
    }
}

/// The length of a quoted text with its closing quote.
fn quoted_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
