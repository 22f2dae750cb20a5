//! What a shape says about a tree that the types alone cannot: two spellings of one section, names written as tables,
//! and sections with nothing behind them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::origin::Source;
use crate::problem::Problem;
use crate::shape::Shape;
use crate::tree::{Entry, Tree, Value};

/// The tree with one table for each section whose name is written in several cases, and with one key for each name of a
/// map of plain values that was written as tables (`a.b` in TOML). `None` when there is no such thing in it.
pub(super) fn fold(tree: &Tree, shape: &Shape) -> Option<Tree> {
    let mut folded = tree.clone();
    fold_in(&mut folded, shape).then_some(folded)
}

fn fold_in(tree: &mut Tree, shape: &Shape) -> bool {
    let mut changed = false;
    match &mut tree.value {
        Value::Table(entries) => {
            changed |= match shape {
                Shape::Section(_) => join_cases(entries),
                Shape::Map(item) if matches!(**item, Shape::Scalar | Shape::Boolean) => join_names(entries),
                _ => false,
            };
            for Entry { key, value, .. } in entries {
                if let Some(shape) = shape.child(key) {
                    changed |= fold_in(value, shape);
                }
            }
        }
        Value::List(items) => {
            if let Some(shape) = shape.child("") {
                for item in items {
                    changed |= fold_in(item, shape);
                }
            }
        }
        Value::Null | Value::Text(_) => {}
    }
    changed
}

/// Tables whose keys differ only in case become one.
pub(crate) fn join_cases(entries: &mut Box<[Entry]>) -> bool {
    join(entries, |key| key.to_ascii_lowercase().into(), |first, second| first != second)
}

/// Tables with the same key become one.
pub(crate) fn join_same(tree: &mut Tree) {
    if let Value::Table(entries) = &mut tree.value {
        join(entries, |key| key.into(), |_, _| true);
    }
}

/// Tables join the first table of the same name that is their twin.
fn join(entries: &mut Box<[Entry]>, name: fn(&str) -> Cow<'_, str>, is_twin: fn(&str, &str) -> bool) -> bool {
    let before = entries.len();
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut joined: Vec<Entry> = Vec::with_capacity(before);
    let mut more: BTreeMap<usize, Vec<Entry>> = BTreeMap::new();
    for mut entry in std::mem::take(entries) {
        let Value::Table(inner) = &mut entry.value.value else {
            joined.push(entry);
            continue;
        };
        let index = *first.entry(name(&entry.key).into_owned()).or_insert(joined.len());
        // Whatever else has the name of the first table is no twin of it, nor of one another.
        match joined.get(index) {
            Some(first) if is_twin(&first.key, &entry.key) => {
                more.entry(index).or_default().extend(std::mem::take(inner));
            }
            _ => joined.push(entry),
        }
    }
    for (index, more) in more {
        if let Some(Value::Table(inner)) = joined.get_mut(index).map(|entry| &mut entry.value.value) {
            *inner = std::mem::take(inner).into_iter().chain(more).collect();
        }
    }
    *entries = joined.into();
    entries.len() < before
}

/// `{a: {b: value}}` becomes `{a.b: value}`.
fn join_names(entries: &mut Box<[Entry]>) -> bool {
    if !entries.iter().any(|entry| entry.value.is_table()) {
        return false;
    }
    let mut joined = Vec::new();
    for entry in std::mem::take(entries) {
        spread(entry, &mut joined);
    }
    *entries = joined.into();
    true
}

fn spread(entry: Entry, joined: &mut Vec<Entry>) {
    match entry.value.value {
        Value::Table(inner) if !inner.is_empty() => {
            for inside in inner {
                let key = format!("{}.{}", entry.key, inside.key).into();
                spread(Entry { key, ..inside }, joined);
            }
        }
        value => joined.push(Entry { value: Tree { value, ..entry.value }, ..entry }),
    }
}

/// Tells of sections that were written with nothing behind them: they count as not written, which nobody would guess of
/// one that is switched on by being there.
pub(super) fn unwritten(tree: &Tree, shape: &Shape, source: &Arc<Source>, notes: &mut Vec<Problem>) {
    match &tree.value {
        Value::Table(entries) => {
            for Entry { key, mark, value } in entries {
                let Some(inner) = shape.child(key) else { continue };
                if value.is_null() && matches!(inner, Shape::Section(_)) && matches!(shape, Shape::Section(_))
                {
                    let message = format!(
                        "`{key}` has nothing behind it and counts as not written; write its options or remove it"
                    );
                    let note = Problem::warning(message).at(source, *mark);
                    notes.push(note.spanning(key.chars().count()));
                }
                unwritten(value, inner, source, notes);
            }
        }
        Value::List(items) => {
            if let Some(inner) = shape.child("") {
                items.iter().for_each(|item| unwritten(item, inner, source, notes));
            }
        }
        Value::Null | Value::Text(_) => {}
    }
}
