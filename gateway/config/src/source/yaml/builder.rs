//! From the events of a YAML parser to a tree.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, ScalarStyle, Tag};

use crate::origin::Mark;
use crate::source::DEEPEST;
use crate::source::keys::Keys;
use crate::tree::{Entry, Style, Tree, Value};

/// A tree that grows with every event.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Frame>,
    document: Option<Tree>,
    anchors: HashMap<usize, Anchored>,
    keys: Keys,
    /// Values written so far, and values that aliases have copied: what a bomb makes large.
    written: usize,
    copied: usize,
}

/// A table or list that is not closed yet.
struct Frame {
    mark: Mark,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Tree>),
    Table { entries: Vec<Entry>, merged: Vec<Tree>, key: Option<Key> },
}

/// A key that waits for its value.
enum Key {
    Named(Arc<str>, Mark),
    /// `<<`
    Merge,
}

/// A value that aliases may refer to.
struct Anchored {
    tree: Tree,
    size: usize,
    depth: usize,
}

impl Builder {
    /// Takes the next event; an error says what is wrong with it.
    pub(super) fn take(&mut self, event: Event<'_>, mark: Mark) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.written += 1;
                if self.expects_key() {
                    return self.key(&text, style, mark, anchor);
                }
                let tree = scalar(text, style, tag.as_deref(), mark);
                self.value(tree, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(mark, anchor, Content::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let table = Content::Table { entries: Vec::new(), merged: Vec::new(), key: None };
                self.begin(mark, anchor, table)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, mark),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    /// The document; nothing when it was empty.
    pub(super) fn finish(self) -> Tree {
        self.document.unwrap_or_default()
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { content: Content::Table { key: None, .. }, .. }))
    }

    fn key(&mut self, text: &str, style: ScalarStyle, mark: Mark, anchor: usize) -> Result<(), String> {
        if anchor > 0 {
            self.anchor(anchor, &Tree::text(text, Style::Quoted, mark));
        }
        let new = if style == ScalarStyle::Plain && text == "<<" {
            Key::Merge
        } else {
            Key::Named(self.keys.share(text), inside(mark, style))
        };
        self.wait_for_value(new)
    }

    fn wait_for_value(&mut self, new: Key) -> Result<(), String> {
        match self.open.last_mut() {
            Some(Frame { content: Content::Table { key, .. }, .. }) => {
                *key = Some(new);
                Ok(())
            }
            _ => Err("a key outside a table".to_owned()),
        }
    }

    fn begin(&mut self, mark: Mark, anchor: usize, content: Content) -> Result<(), String> {
        self.written += 1;
        if self.expects_key() {
            return Err("a table or list cannot be a key, write text".to_owned());
        }
        if self.open.len() >= DEEPEST {
            return Err(format!("tables and lists nest deeper than {DEEPEST}"));
        }
        self.open.push(Frame { mark, anchor, content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Frame { mark, anchor, content }) = self.open.pop() else {
            return Err("an end without a beginning".to_owned());
        };
        let value = match content {
            Content::List(items) => Value::List(items.into()),
            Content::Table { entries, merged, .. } => Value::Table(merge(entries, merged)?.into()),
        };
        self.value(Tree { mark, value }, anchor)
    }

    /// Puts a finished value where it belongs.
    fn value(&mut self, tree: Tree, anchor: usize) -> Result<(), String> {
        if anchor > 0 {
            self.anchor(anchor, &tree);
        }
        match self.open.last_mut().map(|frame| &mut frame.content) {
            None => self.document = Some(tree),
            Some(Content::List(items)) => items.push(tree),
            Some(Content::Table { entries, merged, key }) => match key.take() {
                Some(Key::Named(key, mark)) => entries.push(Entry { key, mark, value: tree }),
                Some(Key::Merge) => merged.push(tree),
                None => return Err("a table or list cannot be a key, write text".to_owned()),
            },
        }
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, tree: &Tree) {
        let (size, depth) = measure(tree);
        self.anchors.insert(anchor, Anchored { tree: tree.clone(), size, depth });
    }

    fn alias(&mut self, anchor: usize, mark: Mark) -> Result<(), String> {
        let Some(Anchored { tree, size, depth }) = self.anchors.get(&anchor) else {
            return Err("an alias cannot stand inside the value that it repeats".to_owned());
        };
        self.copied += size;
        if self.copied > COPIES_PER_VALUE * self.written + COPIES {
            return Err("aliases repeat too much".to_owned());
        }
        if self.open.len() + depth > DEEPEST {
            return Err(format!("tables and lists nest deeper than {DEEPEST}"));
        }
        let tree = tree.clone();
        if !self.expects_key() {
            return self.value(tree, 0);
        }
        match tree.as_text() {
            Some(text) => {
                let key = Key::Named(self.keys.share(text), mark);
                self.wait_for_value(key)
            }
            None => Err("a table or list cannot be a key, write text".to_owned()),
        }
    }
}

/// Adds to a table what its `<<` keys bring: what is written in the table itself wins, then what is named first.
fn merge(mut entries: Vec<Entry>, merged: Vec<Tree>) -> Result<Vec<Entry>, String> {
    if merged.is_empty() {
        return Ok(entries);
    }
    let mut present: HashSet<Arc<str>> = entries.iter().map(|entry| entry.key.clone()).collect();
    let mut tables = Vec::new();
    for tree in merged {
        match tree.value {
            Value::Table(table) => tables.push(table),
            Value::List(items) => {
                for item in items {
                    match item.value {
                        Value::Table(table) => tables.push(table),
                        _ => return Err(MERGE.to_owned()),
                    }
                }
            }
            Value::Null | Value::Text(_) => return Err(MERGE.to_owned()),
        }
    }
    for entry in tables.into_iter().flatten() {
        if present.insert(entry.key.clone()) {
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, mark: Mark) -> Tree {
    let mark = inside(mark, style);
    let read_as = match tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str()) {
        Some("str") => Style::Quoted,
        Some("int" | "float" | "bool") => Style::Plain,
        Some("null") => return Tree { mark, value: Value::Null },
        _ if style == ScalarStyle::Plain => Style::Plain,
        _ => Style::Quoted,
    };
    if read_as == Style::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") {
        return Tree { mark, value: Value::Null };
    }
    Tree::text(text, read_as, mark)
}

/// The first character inside the quotes.
fn inside(mark: Mark, style: ScalarStyle) -> Mark {
    match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => mark.offset(1),
        ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => mark,
    }
}

/// How much copying a value costs, and how deep it is.
fn measure(tree: &Tree) -> (usize, usize) {
    let sum = |trees: &mut dyn Iterator<Item = &Tree>| {
        trees.map(measure).fold((1, 1), |(size, depth), (s, d)| (size + s, depth.max(d + 1)))
    };
    match &tree.value {
        Value::Null => (1, 0),
        Value::Text(text) => (1 + text.text.len() / BYTES_PER_VALUE, 0),
        Value::List(items) => sum(&mut items.iter()),
        Value::Table(entries) => sum(&mut entries.iter().map(|entry| &entry.value)),
    }
}

const MERGE: &str = "`<<` needs a table, or a list of tables";

/// Values that aliases may copy in any document, and on top of that for each value written.
const COPIES: usize = 100_000;
const COPIES_PER_VALUE: usize = 10;
/// Long text counts as several values.
const BYTES_PER_VALUE: usize = 64;
