//! Going through tables, lists and enums.

use std::collections::HashSet;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

use super::error::{Fault, Identity};
use super::node::{Node, View};
use super::{Context, one_of, repeated_field, unknown_field};
use crate::origin::Mark;
use crate::tree::{Entry, Style, Tree, Value};

/// The entries of a table: a map, or a struct with known fields.
pub(super) struct Keyed<'a> {
    context: &'a Context<'a>,
    entries: std::slice::Iter<'a, Entry>,
    keys: Keys<'a>,
    current: Option<&'a Entry>,
}

enum Keys<'a> {
    /// A map: any key, with the case as written.
    Exact(HashSet<&'a str>),
    /// A struct: its fields, compared without case; a bit for each one seen.
    Folded { fields: &'static [&'static str], seen: u128 },
}

impl<'a> Keyed<'a> {
    pub(super) fn exact(context: &'a Context<'a>, entries: &'a [Entry]) -> Self {
        Self { context, entries: entries.iter(), keys: Keys::Exact(HashSet::new()), current: None }
    }

    pub(super) fn folded(
        context: &'a Context<'a>,
        entries: &'a [Entry],
        fields: &'static [&'static str],
    ) -> Self {
        Self { context, entries: entries.iter(), keys: Keys::Folded { fields, seen: 0 }, current: None }
    }

    /// The key to hand out for an entry; `None` after reporting what is wrong with it.
    fn key(&mut self, entry: &'a Entry) -> Option<&'a str> {
        let source = self.context.source;
        let problem = match &mut self.keys {
            Keys::Exact(seen) => {
                if seen.insert(&entry.key) {
                    return Some(&entry.key);
                }
                repeated_field(entry, source)
            }
            Keys::Folded { fields, seen } => match position(fields, &entry.key) {
                Some((index, name)) => {
                    let bit = 1_u128.checked_shl(index).unwrap_or(0);
                    if *seen & bit == 0 {
                        *seen |= bit;
                        return Some(name);
                    }
                    repeated_field(entry, source)
                }
                None => unknown_field(entry, fields, source),
            },
        };
        self.context.report(problem);
        self.context.pass_over(Identity::of(&entry.value));
        None
    }
}

/// Where a key is among fields, compared without case.
fn position(fields: &[&'static str], key: &str) -> Option<(u32, &'static str)> {
    let exact = fields.iter().position(|field| *field == key);
    let index = exact.or_else(|| fields.iter().position(|field| field.eq_ignore_ascii_case(key)))?;
    Some((u32::try_from(index).ok()?, *fields.get(index)?))
}

impl<'de> MapAccess<'de> for Keyed<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        while let Some(entry) = self.entries.next() {
            if entry.value.is_null() {
                self.context.note_null();
                continue;
            }
            if self.context.is_passed_over(Identity::of(&entry.value)) {
                continue;
            }
            let Some(key) = self.key(entry) else { continue };
            self.current = Some(entry);
            let length = entry.key.chars().count();
            let key: StrDeserializer<'_, Fault> = key.into_deserializer();
            let key = seed.deserialize(key).map_err(|fault| fault.at(entry.mark, length))?;
            return Ok(Some(key));
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let entry = self.current.take().ok_or_else(|| Fault::new("a value without a key".to_owned()))?;
        let node = match self.keys {
            Keys::Exact(_) => Node::named(&entry.value, self.context),
            Keys::Folded { .. } => Node::of(&entry.value, self.context),
        };
        seed.deserialize(node).map_err(|fault| {
            let fault = fault.named(&entry.key).at(entry.mark, entry.key.chars().count());
            fault.within(Identity::of(&entry.value))
        })
    }
}

/// The elements of a list, however it was written.
pub(super) struct Elements<'a> {
    context: &'a Context<'a>,
    items: std::vec::IntoIter<(Node<'a>, Option<Identity>)>,
}

impl<'a> Elements<'a> {
    /// A list; text with commas; a table of tables; in flat sources any table. `None` for anything else.
    pub(super) fn of(node: &Node<'a>) -> Option<Self> {
        let context = node.context;
        let mut items = Vec::new();
        match node.view {
            View::Null => {}
            View::Text(text, style) => pieces(text, style, node.mark, context, None, &mut items),
            View::List(list) => {
                items.reserve_exact(list.len());
                list.iter().for_each(|item| element(item, context, &mut items));
            }
            // Keys of a table in place of a list say the order and nothing else.
            View::Table(entries)
                if context.is_flat() || entries.iter().all(|entry| entry.value.is_table()) =>
            {
                let mut sorted: Vec<&Entry> = entries.iter().collect();
                sorted.sort_by(|left, right| left.key.cmp(&right.key));
                sorted.into_iter().for_each(|entry| element(&entry.value, context, &mut items));
            }
            View::Table(_) => return None,
        }
        Some(Self { context, items: items.into_iter() })
    }
}

fn element<'a>(tree: &'a Tree, context: &'a Context<'a>, items: &mut Vec<(Node<'a>, Option<Identity>)>) {
    let identity = Identity::of(tree);
    match &tree.value {
        // A list flag given several times: each value may hold commas of its own.
        Value::Text(text) if text.style == Style::Bare => {
            pieces(&text.text, text.style, tree.mark, context, Some(identity), items);
        }
        // Nothing, and a list in a list, are no objects.
        Value::Null | Value::List(_) => items.push((Node::of(tree, context), Some(identity))),
        _ => items.push((Node::named(tree, context), Some(identity))),
    }
}

fn pieces<'a>(
    text: &'a str,
    style: Style,
    mark: Mark,
    context: &'a Context<'a>,
    identity: Option<Identity>,
    items: &mut Vec<(Node<'a>, Option<Identity>)>,
) {
    if text.trim().is_empty() {
        return;
    }
    let mut offset = 0;
    for piece in text.split(',') {
        let indent = piece.chars().take_while(|c| c.is_whitespace()).count();
        let place = mark.offset(u32::try_from(offset + indent).unwrap_or(0));
        items.push((Node::piece(piece.trim(), style, place, context), identity));
        offset += piece.chars().count() + 1;
    }
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        for (node, identity) in self.items.by_ref() {
            if identity.is_some_and(|identity| self.context.is_passed_over(identity)) {
                continue;
            }
            return seed.deserialize(node).map(Some).map_err(|fault| match identity {
                Some(identity) => fault.at(node.mark, 1).within(identity),
                None => fault.at(node.mark, 1),
            });
        }
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The three parts of a located value: the value, its line, its column.
pub(super) struct LocatedParts<'a> {
    value: Option<Node<'a>>,
    place: std::array::IntoIter<u32, 2>,
}

impl<'a> LocatedParts<'a> {
    pub(super) fn new(node: Node<'a>) -> Self {
        let Mark { line, column } = node.mark;
        Self { value: Some(node), place: [line, column].into_iter() }
    }
}

impl<'de> SeqAccess<'de> for LocatedParts<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        if let Some(value) = self.value.take() {
            return seed.deserialize(value).map(Some);
        }
        match self.place.next() {
            Some(number) => seed.deserialize(number.into_deserializer()).map(Some),
            None => Ok(None),
        }
    }
}

/// The one variant that was written.
pub(super) struct OneOf<'a> {
    name: &'static str,
    content: Option<Node<'a>>,
    identity: Option<Identity>,
}

impl<'a> OneOf<'a> {
    /// A word alone, or a table with one key.
    pub(super) fn of(node: &Node<'a>, variants: &'static [&'static str]) -> Result<Self, Fault> {
        let choose = |written: &str| {
            let found = position(variants, written).map(|(_, name)| name);
            found.ok_or_else(|| Fault::unknown_variant(written, variants))
        };
        let entries = match node.view {
            View::Text(text, _) => return Ok(Self { name: choose(text)?, content: None, identity: None }),
            View::Table(entries) => entries,
            View::Null => return Err(Fault::invalid_type(Unexpected::Unit, &one_of(variants).as_str())),
            View::List(_) => return Err(Fault::invalid_type(Unexpected::Seq, &one_of(variants).as_str())),
        };
        let mut written = entries.iter().filter(|entry| {
            !entry.value.is_null() && !node.context.is_passed_over(Identity::of(&entry.value))
        });
        let Some(first) = written.next() else {
            return Err(Fault::new(format!("nothing chosen, write {}", one_of(variants))));
        };
        if let Some(second) = written.next() {
            let message = format!("two kinds, {} and {}, keep one of them", first.key, second.key);
            return Err(Fault::new(message).at(second.mark, second.key.chars().count()));
        }
        let name = choose(&first.key).map_err(|fault| fault.at(first.mark, first.key.chars().count()))?;
        let content = Node::root(&first.value, node.context);
        Ok(Self { name, content: Some(content), identity: Some(Identity::of(&first.value)) })
    }

    fn content(self) -> Result<(Node<'a>, Option<Identity>), Fault> {
        let message = || Fault::new(format!("`{}` needs a value", self.name));
        Ok((self.content.ok_or_else(message)?, self.identity))
    }
}

impl<'de> EnumAccess<'de> for OneOf<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for OneOf<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        let (node, identity) = self.content()?;
        seed.deserialize(node).map_err(|fault| match identity {
            Some(identity) => fault.within(identity),
            None => fault,
        })
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        let (node, _) = self.content()?;
        serde::Deserializer::deserialize_seq(node, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (node, _) = self.content()?;
        serde::Deserializer::deserialize_struct(node, "", fields, visitor)
    }
}
