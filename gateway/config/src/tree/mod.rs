//! The one form in which any source arrives: nothing, text, a list, or a table, each with its mark.
//!
//! Owns [`Tree`]. Must not know any option. Invariant: a table keeps the written order, and its keys the written case.

mod decode;

use std::sync::Arc;

use crate::origin::Mark;

pub(crate) use decode::{
    Decoded, decode_all, decode_noting, is_slip, join_cases, join_same, may_be_empty, repeated_field,
    unknown_field,
};
pub use decode::{decode, filled, nearest};

/// A value as written, with its place.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Where the value begins; for quoted text, the first character inside the quotes.
    pub mark: Mark,
    /// The value.
    pub value: Value,
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, or nothing at all: as if the key were absent.
    Null,
    /// Text, whatever type it will turn out to be.
    Text(Text),
    /// A list.
    List(Box<[Tree]>),
    /// A table, in the written order.
    Table(Box<[Entry]>),
}

/// A piece of text and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The characters.
    pub text: Box<str>,
    /// How they were written, which says how to read a number.
    pub style: Style,
}

/// How a piece of text was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A bare YAML word: may be a number in any of Go's bases, or a boolean.
    Plain,
    /// Text in quotes, or a block of text.
    Quoted,
    /// A number or boolean of a typed form (JSON, TOML).
    Typed,
    /// Text of a form that knows nothing else: a flag, a variable, a label, a key of a store.
    Bare,
}

/// One entry of a table.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key as written.
    pub key: Arc<str>,
    /// Where the key was written.
    pub mark: Mark,
    /// The value.
    pub value: Tree,
}

impl PartialEq for Entry {
    /// Equality of key and value; where they stand does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.value == other.value
    }
}

impl PartialEq for Tree {
    /// Compares what was written, not where.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Tree {
    /// Nothing, nowhere.
    #[must_use]
    pub fn null() -> Self {
        Self { mark: Mark::default(), value: Value::Null }
    }

    /// Text at this place.
    #[must_use]
    pub fn text(text: impl Into<Box<str>>, style: Style, mark: Mark) -> Self {
        Self { mark, value: Value::Text(Text { text: text.into(), style }) }
    }

    /// The value of a key of this table, compared without case; `None` when this is no table.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key.eq_ignore_ascii_case(name)).map(|entry| &entry.value)
    }

    /// The entries of this table; none when this is no table.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The text, when this is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    /// Whether this is there and says nothing: a table or list with nothing in it, or empty text.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        match &self.value {
            Value::Null => false,
            Value::Text(text) => text.text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Table(entries) => entries.iter().all(|entry| entry.value.is_null()),
        }
    }

    /// Whether this is a table.
    #[must_use]
    pub fn is_table(&self) -> bool {
        matches!(self.value, Value::Table(_))
    }

    /// Whether this is nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// A word for people: what kind of value this is.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::null()
    }
}

impl serde::Serialize for Tree {
    /// Prints what was written: bare and typed words that read as a boolean or number become one.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Text(text) => text.serialize(serializer),
            Value::List(items) => serializer.collect_seq(items.iter()),
            Value::Table(entries) => {
                serializer.collect_map(entries.iter().map(|entry| (&entry.key, &entry.value)))
            }
        }
    }
}

impl Text {
    /// Whether it reads as a boolean or number.
    pub(crate) fn is_plain(&self) -> bool {
        let is_word =
            self.text.parse::<f64>().is_ok() || self.text.to_ascii_lowercase().parse::<bool>().is_ok();
        matches!(self.style, Style::Plain | Style::Typed) && is_word
    }
}

impl serde::Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if matches!(self.style, Style::Plain | Style::Typed) {
            if let Ok(number) = self.text.parse::<i64>() {
                return serializer.serialize_i64(number);
            }
            let looks_numeric =
                self.text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
            if looks_numeric && let Ok(number) = self.text.parse::<f64>() {
                return serializer.serialize_f64(number);
            }
            if let Ok(truth) = self.text.to_ascii_lowercase().parse::<bool>() {
                return serializer.serialize_bool(truth);
            }
        }
        serializer.serialize_str(&self.text)
    }
}
