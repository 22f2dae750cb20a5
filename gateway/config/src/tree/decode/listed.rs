//! A table in place of a list of tables: how the list is written.

use crate::origin::Source;
use crate::problem::Problem;
use crate::shape::Shape;
use crate::source::Format;
use crate::tree::{Entry, Tree, Value};

/// Says how to write a list, where a problem is that a table stands in its place.
pub(super) fn explain(tree: &Tree, shape: &Shape, source: &Source, problems: &mut [Problem]) {
    each(tree, shape, &mut Vec::new(), &mut |path, table, first| {
        let is_it = |problem: &&mut Problem| {
            problem.expected.as_deref() == Some("a list")
                && problem.origin.as_ref().is_some_and(|origin| origin.mark == table.mark)
        };
        let Some(problem) = problems.iter_mut().find(is_it) else { return };
        let format = match source {
            Source::File(name) => Format::of_file(name),
            _ => None,
        };
        match format {
            Some(Format::Toml) => {
                problem.expected = Some(format!("a list, so write two brackets: [[{}]]", path.join(".")));
            }
            Some(Format::Yaml) => {
                problem.expected = Some(format!("a list, so write a dash: `- {}: …`", first.key));
            }
            Some(Format::Json) | None => {}
        }
    });
}

fn each<'a>(
    tree: &'a Tree,
    shape: &Shape,
    path: &mut Vec<&'a str>,
    found: &mut dyn FnMut(&[&str], &Tree, &Entry),
) {
    match (&tree.value, shape) {
        (Value::Table(entries), Shape::List(item)) if matches!(**item, Shape::Section(_)) => {
            if let Some(first) = entries.first() {
                found(path, tree, first);
            }
        }
        (Value::Table(entries), _) => {
            for Entry { key, value, .. } in entries {
                let Some(inner) = shape.child(key) else { continue };
                path.push(key);
                each(value, inner, path, found);
                path.pop();
            }
        }
        (Value::List(items), _) => {
            if let Some(inner) = shape.child("") {
                items.iter().for_each(|item| each(item, inner, path, found));
            }
        }
        (Value::Null | Value::Text(_), _) => {}
    }
}
