//! The deserializer of one value.

use serde::de::{Deserializer, Error as _, Expected, Unexpected, Visitor};

use super::access::{Elements, Keyed, LocatedParts, OneOf};
use super::empty::{Empty, FILLED, MAY_BE_EMPTY};
use super::error::Fault;
use super::{Context, scalar};
use crate::duration::DURATION;
use crate::origin::{LOCATED, Mark};
use crate::tree::{Entry, Style, Tree, Value};

/// One value of a tree, or one piece of a comma list.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) mark: Mark,
    pub(super) view: View<'a>,
    /// Whether `false` may stand for nothing.
    switch: bool,
    empty: Empty,
}

/// What a value looks like.
#[derive(Clone, Copy)]
pub(super) enum View<'a> {
    Null,
    Text(&'a str, Style),
    List(&'a [Tree]),
    Table(&'a [Entry]),
}

impl<'a> Node<'a> {
    pub(super) fn root(tree: &'a Tree, context: &'a Context<'a>) -> Self {
        Self { switch: true, ..Self::named(tree, context) }
    }

    /// A value that somebody gave a name or a place in a list: it may be a table with nothing in it.
    pub(super) fn named(tree: &'a Tree, context: &'a Context<'a>) -> Self {
        Self { empty: Empty::Allowed, ..Self::of(tree, context) }
    }

    pub(super) fn of(tree: &'a Tree, context: &'a Context<'a>) -> Self {
        let view = match &tree.value {
            Value::Null => View::Null,
            Value::Text(text) => View::Text(&text.text, text.style),
            Value::List(items) => View::List(items),
            Value::Table(entries) => View::Table(entries),
        };
        Self { context, mark: tree.mark, view, switch: false, empty: Empty::Unsaid }
    }

    pub(super) fn piece(text: &'a str, style: Style, mark: Mark, context: &'a Context<'a>) -> Self {
        Self { context, mark, view: View::Text(text, style), switch: false, empty: Empty::Unsaid }
    }

    /// The text that a scalar target wants. A flag given several times counts as its last value.
    fn scalar(&self) -> Option<(&'a str, Style)> {
        match self.view {
            View::Text(text, style) => Some((text, style)),
            View::List(items) => match items.last().map(|item| &item.value) {
                Some(Value::Text(text)) if text.style == Style::Bare => Some((&text.text, text.style)),
                _ => None,
            },
            View::Null | View::Table(_) => None,
        }
    }

    fn unexpected(&self) -> Unexpected<'a> {
        match self.view {
            View::Null => Unexpected::Unit,
            View::Text(text, _) => Unexpected::Str(text),
            View::List(_) => Unexpected::Seq,
            View::Table(_) => Unexpected::Map,
        }
    }

    fn refuse(&self, expected: &dyn Expected) -> Fault {
        Fault::invalid_type(self.unexpected(), expected).at(self.mark, self.length())
    }

    fn length(&self) -> usize {
        match self.view {
            View::Text(text, _) => text.chars().count(),
            _ => 1,
        }
    }

    fn place(&self, fault: Fault) -> Fault {
        fault.at(self.mark, self.length())
    }

    fn integer(&self, expected: &dyn Expected) -> Result<i128, Fault> {
        let (text, style) = self.scalar().ok_or_else(|| self.refuse(expected))?;
        scalar::integer(text, style).ok_or_else(|| self.refuse(&"a whole number"))
    }

    fn visit_integer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number = self.integer(&visitor)?;
        let result = if let Ok(number) = i64::try_from(number) {
            visitor.visit_i64(number)
        } else if let Ok(number) = u64::try_from(number) {
            visitor.visit_u64(number)
        } else {
            return Err(self.refuse(&"a smaller number"));
        };
        result.map_err(|fault| self.place(fault))
    }

    /// Whether `true`, or `false` where that is possible, was written in place of a table.
    fn switched(&self) -> Option<bool> {
        let (text, style) = self.scalar()?;
        match scalar::boolean(text) {
            Some(true) => (self.empty == Empty::Allowed).then_some(true),
            Some(false) => self.switch.then_some(false),
            // traefik: the same, for any word that is not `true`.
            None if style == Style::Bare && self.switch && self.empty == Empty::Allowed => {
                self.context.note_off(text, self.mark);
                Some(false)
            }
            None => None,
        }
    }

    /// The entries of what must be a table: also of a list and of text with nothing in them.
    fn entries(&self) -> Option<&'a [Entry]> {
        match self.view {
            View::Table(entries) => Some(entries),
            View::Null | View::List([]) | View::Text("", _) => Some(&[]),
            _ => None,
        }
    }

    /// Refuses a table with nothing in it where that means nothing.
    fn filled(&self, entries: &[Entry]) -> Result<(), Fault> {
        let is_empty = entries.iter().all(|entry| entry.value.is_null());
        if is_empty && self.empty != Empty::Allowed {
            return Err(Fault::empty());
        }
        Ok(())
    }
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.view {
            View::Null => visitor.visit_unit(),
            View::Text(text, style) => visit_guess(text, style, visitor).map_err(|fault| self.place(fault)),
            View::List(_) => self.deserialize_seq(visitor),
            View::Table(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.scalar().map(|(text, _)| text);
        match text.and_then(scalar::boolean) {
            Some(truth) => visitor.visit_bool(truth),
            None => Err(self.refuse(&"true or false")),
        }
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_integer(visitor)
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_integer(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_integer(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_integer(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_integer(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_integer(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_integer(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_integer(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.scalar().and_then(|(text, style)| scalar::float(text, style)) {
            Some(number) => visitor.visit_f64(number),
            None => Err(self.refuse(&"a number")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.scalar() {
            Some((text, _)) => visitor.visit_str(text).map_err(|fault| self.place(fault)),
            None => Err(self.refuse(&"text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.view {
            View::Null => visitor.visit_none(),
            _ => visitor.visit_some(Self { switch: true, empty: self.empty.or_allowed(), ..self }),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.view {
            View::Null => visitor.visit_unit(),
            _ => Err(self.refuse(&"nothing")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match name {
            LOCATED => visitor.visit_seq(LocatedParts::new(self)),
            FILLED => visitor.visit_newtype_struct(Self { empty: Empty::Refused, ..self }),
            MAY_BE_EMPTY => {
                visitor.visit_newtype_struct(Self { empty: Empty::Allowed, switch: true, ..self })
            }
            DURATION => match self.scalar() {
                Some((text, _)) => visitor.visit_str(text).map_err(|fault| self.place(fault)),
                None => Err(self.refuse(&visitor)),
            },
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match Elements::of(&self) {
            Some(elements) => visitor.visit_seq(elements).map_err(|fault| self.place(fault)),
            None => Err(self.refuse(&"a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Some(entries) = self.entries() else { return Err(self.refuse(&"a table")) };
        self.filled(entries)?;
        visitor.visit_map(Keyed::exact(self.context, entries))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let entries = match self.entries() {
            Some(entries) => entries,
            None => match self.switched() {
                Some(true) => &[],
                Some(false) => return Err(Fault::off()),
                None => return Err(self.refuse(&"a table")),
            },
        };
        self.filled(entries)?;
        visitor.visit_map(Keyed::folded(self.context, entries, fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let chosen = OneOf::of(&self, variants).map_err(|fault| self.place(fault))?;
        visitor.visit_enum(chosen).map_err(|fault| self.place(fault))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

/// For targets that take anything: a bare word becomes what YAML says it is.
fn visit_guess<'de, V: Visitor<'de>>(text: &str, style: Style, visitor: V) -> Result<V::Value, Fault> {
    if matches!(style, Style::Quoted | Style::Bare) {
        return visitor.visit_str(text);
    }
    if let Ok(truth) = text.to_ascii_lowercase().parse::<bool>() {
        return visitor.visit_bool(truth);
    }
    let looks_whole = !text.contains(['.', 'e', 'E']) || text.starts_with("0x");
    let number = if looks_whole { scalar::integer(text, style) } else { None };
    match number.map(i64::try_from) {
        Some(Ok(number)) => visitor.visit_i64(number),
        _ => match scalar::float(text, style).filter(|number| number.is_finite()) {
            Some(number) => visitor.visit_f64(number),
            None => visitor.visit_str(text),
        },
    }
}
