//! TOML. Dates are kept as text.

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use crate::origin::{Mark, Source};
use crate::problem::Problem;
use crate::source::DEEPEST;
use crate::source::keys::Keys;
use crate::tree::{Entry, Style, Tree, Value};

/// Reads a TOML document.
///
/// # Errors
///
/// The first thing that makes the text no TOML document.
pub fn parse(text: &str, source: &Arc<Source>) -> Result<Tree, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = Lines::new(text);
    let document = DeTable::parse(text).map_err(|error| {
        let place = error.span().unwrap_or(0..0);
        let length = text.get(place.clone()).map_or(0, |part| part.chars().count());
        Problem::error(error.message().to_owned()).at(source, lines.mark(place.start)).spanning(length)
    })?;
    let mut reader = Reader { text, lines, keys: Keys::default() };
    let place = document.span();
    reader
        .table(document.into_inner(), &place, 0)
        .map_err(|(message, at)| Problem::error(message).at(source, reader.lines.mark(at)))
}

struct Reader<'a> {
    text: &'a str,
    lines: Lines<'a>,
    keys: Keys,
}

type Refused = (String, usize);

impl Reader<'_> {
    fn table(&mut self, table: DeTable<'_>, place: &Range<usize>, depth: usize) -> Result<Tree, Refused> {
        if depth >= DEEPEST {
            return Err((format!("tables and lists nest deeper than {DEEPEST}"), place.start));
        }
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let mark = self.inside(key.span().start);
            let key = self.keys.share(key.get_ref());
            entries.push(Entry { key, mark, value: self.value(value, depth + 1)? });
        }
        // The parser sorts keys; the order in which they were written counts.
        entries.sort_by_key(|entry| entry.mark);
        Ok(Tree { mark: self.lines.mark(place.start), value: Value::Table(entries.into()) })
    }

    fn value(&mut self, value: Spanned<DeValue<'_>>, depth: usize) -> Result<Tree, Refused> {
        let place = value.span();
        let mark = self.lines.mark(place.start);
        let tree = match value.into_inner() {
            DeValue::String(text) => Tree::text(text, Style::Quoted, self.inside(place.start)),
            DeValue::Integer(number) => {
                let digits = number.as_str();
                let number = i128::from_str_radix(digits, number.radix());
                Tree::text(number.map_or_else(|_| digits.to_owned(), |n| n.to_string()), Style::Typed, mark)
            }
            DeValue::Float(number) => Tree::text(number.as_str(), Style::Typed, mark),
            DeValue::Boolean(truth) => Tree::text(truth.to_string(), Style::Typed, mark),
            DeValue::Datetime(date) => Tree::text(date.to_string(), Style::Quoted, mark),
            DeValue::Array(items) => {
                if depth >= DEEPEST {
                    return Err((format!("tables and lists nest deeper than {DEEPEST}"), place.start));
                }
                let items: Result<Vec<Tree>, Refused> =
                    items.into_iter().map(|item| self.value(item, depth + 1)).collect();
                Tree { mark, value: Value::List(items?.into()) }
            }
            DeValue::Table(table) => self.table(table, &place, depth)?,
        };
        Ok(tree)
    }

    /// The first character inside the quotes, whichever they are.
    fn inside(&self, start: usize) -> Mark {
        let rest = self.text.get(start..).unwrap_or_default();
        let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| rest.starts_with(quotes));
        self.lines.mark(start).offset(quotes.map_or(0, |quotes| u32::try_from(quotes.len()).unwrap_or(0)))
    }
}

/// From byte positions to lines and columns.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    fn mark(&self, position: usize) -> Mark {
        let line = self.starts.partition_point(|start| *start <= position);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let column = self.text.get(start..position).map_or(0, |part| part.chars().count());
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Mark::new(number(line), number(column).saturating_add(1))
    }
}
