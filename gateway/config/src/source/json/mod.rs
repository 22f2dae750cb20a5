//! JSON, with the place of every value.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::origin::{Mark, Source};
use crate::problem::Problem;
use crate::source::DEEPEST;
use crate::source::keys::Keys;
use crate::tree::{Entry, Style, Tree, Value};

/// Reads a JSON document.
///
/// # Errors
///
/// The first thing that makes the text no JSON document.
pub fn parse(text: &str, source: &Arc<Source>) -> Result<Tree, Problem> {
    let mut reader = Reader { rest: text, line: 1, column: 1, keys: Keys::default() };
    let result = reader.value(0).and_then(|tree| {
        reader.skip_space();
        if reader.rest.is_empty() { Ok(tree) } else { Err("something follows the document".to_owned()) }
    });
    result.map_err(|message| Problem::error(message).at(source, reader.mark()))
}

struct Reader<'a> {
    rest: &'a str,
    line: u32,
    column: u32,
    keys: Keys,
}

impl Reader<'_> {
    fn mark(&self) -> Mark {
        Mark::new(self.line, self.column)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        if c == '\n' {
            self.line = self.line.saturating_add(1);
            self.column = 1;
        } else {
            self.column = self.column.saturating_add(1);
        }
        Some(c)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    /// Takes `wanted` after white space, if it comes.
    fn takes(&mut self, wanted: char) -> bool {
        self.skip_space();
        let comes = self.peek() == Some(wanted);
        if comes {
            self.next();
        }
        comes
    }

    fn value(&mut self, depth: usize) -> Result<Tree, String> {
        if depth >= DEEPEST {
            return Err(format!("tables and lists nest deeper than {DEEPEST}"));
        }
        self.skip_space();
        let mark = self.mark();
        match self.peek() {
            Some('{') => self.table(depth),
            Some('[') => self.list(depth),
            Some('"') => {
                let text = self.string()?;
                Ok(Tree::text(text, Style::Quoted, mark.offset(1)))
            }
            Some(_) => self.word(mark),
            None => Err("the document ends too early".to_owned()),
        }
    }

    fn table(&mut self, depth: usize) -> Result<Tree, String> {
        let mark = self.mark();
        self.next();
        let mut entries = Vec::new();
        if !self.takes('}') {
            loop {
                self.skip_space();
                let place = self.mark().offset(1);
                if self.peek() != Some('"') {
                    return Err("a key in double quotes must come here".to_owned());
                }
                let key = self.string()?;
                if !self.takes(':') {
                    return Err("`:` must come here".to_owned());
                }
                let value = self.value(depth + 1)?;
                entries.push(Entry { key: self.keys.share(&key), mark: place, value });
                if self.takes('}') {
                    break;
                }
                if !self.takes(',') {
                    return Err("`,` or `}` must come here".to_owned());
                }
            }
        }
        Ok(Tree { mark, value: Value::Table(entries.into()) })
    }

    fn list(&mut self, depth: usize) -> Result<Tree, String> {
        let mark = self.mark();
        self.next();
        let mut items = Vec::new();
        if !self.takes(']') {
            loop {
                items.push(self.value(depth + 1)?);
                if self.takes(']') {
                    break;
                }
                if !self.takes(',') {
                    return Err("`,` or `]` must come here".to_owned());
                }
            }
        }
        Ok(Tree { mark, value: Value::List(items.into()) })
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self, mark: Mark) -> Result<Tree, String> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.'));
        let word = self.rest.get(..end.unwrap_or(self.rest.len())).unwrap_or_default();
        let value = match word {
            "null" => Value::Null,
            "true" | "false" => Tree::text(word, Style::Typed, mark).value,
            _ if serde_json::from_str::<serde_json::Number>(word).is_ok() => {
                Tree::text(word, Style::Typed, mark).value
            }
            _ => return Err("a value must come here".to_owned()),
        };
        for _ in 0..word.len() {
            self.next();
        }
        Ok(Tree { mark, value })
    }

    /// A string, the opening quote next.
    fn string(&mut self) -> Result<String, String> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if c >= ' ' => text.push(c),
                Some(_) => return Err("control characters in a string must be escaped".to_owned()),
                None => return Err("a string is not closed".to_owned()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        match self.next() {
            Some(c @ ('"' | '\\' | '/')) => Ok(c),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => self.unicode(),
            _ => Err("this escape does not exist".to_owned()),
        }
    }

    /// `XXXX`, and the second half when it is the first of a pair.
    fn unicode(&mut self) -> Result<char, String> {
        let bad = || "`\\u` needs four hexadecimal digits".to_owned();
        let first = self.unit().ok_or_else(bad)?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) {
            let pair = self.next() == Some('\\') && self.next() == Some('u');
            units.push(pair.then(|| self.unit()).flatten().ok_or_else(bad)?);
        }
        let decoded = char::decode_utf16(units).next();
        decoded.and_then(Result::ok).ok_or_else(|| "half of a surrogate pair stands alone".to_owned())
    }

    fn unit(&mut self) -> Option<u16> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.next()?.to_digit(16)?;
            unit = unit << 4 | u16::try_from(digit).ok()?;
        }
        Some(unit)
    }
}
