//! Ways of breaking a document at one place.

use std::fmt;

use windrose_config::tree::{Entry, Style, Value};

use super::*;

/// Keys and positions, from the outside in.
#[derive(Clone, Default)]
pub(super) struct Path(Vec<String>);

impl Path {
    pub(super) fn of_object(section: Section, object: &str) -> Self {
        Self::from(section.path()).step(object)
    }

    pub(super) fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    fn step(&self, key: &str) -> Self {
        Self(self.0.iter().cloned().chain([key.to_owned()]).collect())
    }

    fn join(&self, rest: &Self) -> Self {
        Self(self.0.iter().chain(&rest.0).cloned().collect())
    }
}

impl From<&str> for Path {
    fn from(text: &str) -> Self {
        Self(text.split('.').map(str::to_owned).collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// One way of breaking what is written.
#[derive(Clone, Debug)]
pub(super) enum Break {
    /// A text that means nothing there, or something that does not exist.
    Value(&'static str),
    /// A table where none is expected, or with nothing known in it.
    Table,
    /// A list of something that means nothing.
    List,
    /// The right value, with its key misspelt.
    Misspelt,
    /// Any value of the right type, for what is refused altogether.
    Present,
    /// Nothing is written.
    Gone,
}

/// Every place in a shape, with what is expected there.
pub(super) fn paths(shape: &Shape) -> Vec<(Path, Shape)> {
    fn walk(path: &Path, shape: &Shape, found: &mut Vec<(Path, Shape)>) {
        let mut step = |key: &str, inner: &Shape| {
            let path = path.step(key);
            found.push((path.clone(), inner.clone()));
            walk(&path, inner, found);
        };
        match shape {
            Shape::Open | Shape::Boolean | Shape::Scalar => {}
            Shape::List(item) => step("0", item),
            Shape::Map(value) => step("some", value),
            Shape::Section(fields) => fields.iter().for_each(|(key, inner)| step(key, inner)),
        }
    }
    let mut found = Vec::new();
    walk(&Path::default(), shape, &mut found);
    found
}

/// The ways of breaking an option.
pub(super) fn breaks(path: &Path, shape: &Shape) -> Vec<Break> {
    let mut breaks = vec![Break::Table, Break::List, Break::Present];
    breaks.extend(VALUES.map(Break::Value));
    let is_in_list = path.0.last().is_some_and(|key| key == "0");
    if !is_in_list && !matches!(shape, Shape::Open) {
        breaks.push(Break::Misspelt);
    }
    breaks
}

/// The ways of breaking an object as a whole.
pub(super) fn whole(section: Section) -> Vec<Break> {
    let breaks = vec![Break::Table, Break::List, Break::Value("text"), Break::Value("5")];
    // Options of another name, or none, are another configuration: nobody has to write default ones.
    let unnamed = [Break::Misspelt, Break::Gone].into_iter().filter(|_| section != Section::TlsOptions);
    breaks.into_iter().chain(unnamed).collect()
}

/// The ways of breaking a section.
pub(super) fn section_breaks() -> [Break; 4] {
    [Break::List, Break::Value("text"), Break::Value("5"), Break::Misspelt]
}

/// The document with `object` broken at `path`.
pub(super) fn broken(document: &Tree, object: &Path, path: &Path, shape: &Shape, how: &Break) -> Tree {
    let mut document = document.clone();
    edit(&mut document, &object.join(path).0, shape, how);
    document
}

fn edit(tree: &mut Tree, path: &[String], shape: &Shape, how: &Break) {
    let Some((key, rest)) = path.split_first() else { return };
    if let Value::List(items) = &mut tree.value
        && let Some(item) = key.parse::<usize>().ok().and_then(|index| items.get_mut(index))
    {
        match rest.is_empty() {
            true => set(item, shape, how),
            false => edit(item, rest, shape, how),
        }
        return;
    }
    if key == "0" {
        let mut item = Tree::null();
        match rest.is_empty() {
            true => set(&mut item, shape, how),
            false => edit(&mut item, rest, shape, how),
        }
        tree.value = Value::List(Box::new([item]));
        return;
    }
    let mut entries = tree.entries().to_vec();
    if !entries.iter().any(|entry| entry.key.eq_ignore_ascii_case(key)) {
        entries.push(Entry { key: key.as_str().into(), mark: tree.mark, value: Tree::null() });
    }
    for entry in entries.iter_mut().filter(|entry| entry.key.eq_ignore_ascii_case(key)) {
        match (rest.is_empty(), how) {
            (false, _) => edit(&mut entry.value, rest, shape, how),
            (true, Break::Misspelt) => {
                if entry.value.is_null() {
                    entry.value = example(shape);
                }
                entry.key = format!("{key}x").into();
            }
            (true, _) => set(&mut entry.value, shape, how),
        }
    }
    tree.value = Value::Table(entries.into());
}

fn set(tree: &mut Tree, shape: &Shape, how: &Break) {
    let mark = tree.mark;
    let table = |value: Tree| Value::Table(Box::new([Entry { key: "what".into(), mark, value }]));
    tree.value = match how {
        Break::Value(text) => Tree::text(*text, Style::Plain, mark).value,
        Break::List => {
            Value::List(Box::new([Tree { mark, value: table(Tree::text("ever", Style::Plain, mark)) }]))
        }
        Break::Table => table(Tree { mark, value: table(Tree::text("ever", Style::Plain, mark)) }),
        Break::Present | Break::Misspelt => example(shape).value,
        Break::Gone => Value::Null,
    };
}

/// Any value of a shape.
fn example(shape: &Shape) -> Tree {
    let text = |text: &str| Tree::text(text, Style::Plain, Mark::default());
    let of = |value: Value| Tree { mark: Mark::default(), value };
    match shape {
        Shape::Boolean => text("true"),
        Shape::Open | Shape::Scalar => text("1"),
        Shape::List(item) => of(Value::List(Box::new([example(item)]))),
        Shape::Map(value) => {
            let entry = Entry { key: "some".into(), mark: Mark::default(), value: example(value) };
            of(Value::Table(Box::new([entry])))
        }
        Shape::Section(fields) => {
            let entry = |(key, shape): &(&'static str, Shape)| Entry {
                key: (*key).into(),
                mark: Mark::default(),
                value: example(shape),
            };
            of(Value::Table(fields.iter().map(entry).collect()))
        }
    }
}

const VALUES: [&str; 6] = ["gone@nowhere", "no such thing", "-7", "99999999999999999999", "/gone", "["];
