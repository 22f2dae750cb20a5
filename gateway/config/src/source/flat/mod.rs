//! Flat names and values, put together into a tree.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use crate::origin::Mark;
use crate::shape::Shape;
use crate::tree::{Entry, Style, Tree, Value};

/// A value that grows with every flag or variable.
#[derive(Default)]
pub(super) struct Branch {
    mark: Mark,
    values: Vec<(Box<str>, Mark)>,
    fields: Vec<(Arc<str>, Self)>,
    /// Where fields are, by their keys in small letters; filled when they are too many to look at each.
    places: HashMap<String, usize>,
}

/// One step of a name: a key, or a position in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Index(&'a str),
}

impl Branch {
    /// Adds a value. Keys are compared without case and keep that of their first appearance.
    pub(super) fn put(&mut self, path: &[Step<'_>], text: &str, mark: Mark) {
        if self.mark == Mark::default() {
            self.mark = mark;
        }
        let Some((step, rest)) = path.split_first() else {
            self.values.push((text.into(), mark));
            return;
        };
        let key = match step {
            Step::Key(key) => Arc::from(*key),
            Step::Index(index) => Arc::from(format!("[{index}]")),
        };
        let index = self.place(key);
        if let Some((_, branch)) = self.fields.get_mut(index) {
            branch.put(rest, text, mark);
        }
    }

    /// Where a field is, which may be new.
    fn place(&mut self, key: Arc<str>) -> usize {
        let next = self.fields.len();
        let known = if next < MANY {
            self.fields.iter().position(|(field, _)| field.eq_ignore_ascii_case(&key)).unwrap_or(next)
        } else {
            if self.places.is_empty() {
                let places = self.fields.iter().enumerate();
                self.places = places.map(|(index, (field, _))| (field.to_ascii_lowercase(), index)).collect();
            }
            *self.places.entry(key.to_ascii_lowercase()).or_insert(next)
        };
        if known == next {
            self.fields.push((key, Self::default()));
        }
        known
    }

    /// The tree. A section may be both switched on and filled; one switched off stays off.
    pub(super) fn into_tree(mut self, shape: &Shape) -> Tree {
        let mark = self.mark;
        let switched_on =
            self.values.last().is_none_or(|(text, _)| text.is_empty() || text.eq_ignore_ascii_case("true"));
        if !self.fields.is_empty() && switched_on {
            return Tree { mark, value: self.into_table_or_list(shape) };
        }
        let last = self.values.pop();
        match last {
            Some(last) if !self.values.is_empty() && matches!(shape, Shape::List(_) | Shape::Open) => {
                let all = self.values.into_iter().chain([last]);
                let items = all.map(|(text, mark)| Tree::text(text, Style::Bare, mark));
                Tree { mark, value: Value::List(items.collect()) }
            }
            Some((text, mark)) => Tree::text(text, Style::Bare, mark),
            None => Tree { mark, value: Value::Table(Box::default()) },
        }
    }

    fn into_table_or_list(mut self, shape: &Shape) -> Value {
        let open = Shape::Open;
        let positions = self.fields.iter().all(|(key, _)| key.starts_with('['));
        if positions {
            self.fields
                .sort_by_key(|(key, _)| key.trim_matches(['[', ']']).parse::<u64>().unwrap_or(u64::MAX));
            let item = shape.child("").unwrap_or(&open);
            return Value::List(self.fields.into_iter().map(|(_, branch)| branch.into_tree(item)).collect());
        }
        let entries = self.fields.into_iter().map(|(key, branch)| {
            let shape = shape.child(&key).unwrap_or(&open);
            Entry { mark: branch.mark, value: branch.into_tree(shape), key }
        });
        Value::Table(entries.collect())
    }
}

/// So many fields are found faster by their keys.
const MANY: usize = 16;
