//! From problems with labels to the lines of the Compose file that the labels stand in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use windrose_config::{Mark, Origin, Problem, Source};

use super::service::{Label, Word};

/// Where things are written, by what problems call them.
#[derive(Debug, Default)]
pub(super) struct Places {
    owners: HashMap<String, Owner>,
}

#[derive(Debug)]
struct Owner {
    source: Arc<Source>,
    mark: Mark,
    labels: BTreeMap<String, Label>,
}

impl Places {
    /// The labels of an owner, who is written at a place of a file.
    pub(super) fn add(&mut self, owner: String, source: &Arc<Source>, mark: Mark, labels: &[Label]) {
        let labels = labels.iter().map(|label| (label.name.clone(), label.clone())).collect();
        self.owners.insert(owner, Owner { source: Arc::clone(source), mark, labels });
    }

    /// A problem at its line of the file; nothing when it is about a value that nobody knows.
    pub(super) fn placed(&self, mut problem: Problem) -> Option<Problem> {
        let Some(origin) = &problem.origin else { return Some(problem) };
        let (owner, name) = match &*origin.source {
            Source::Labels { owner, names } => {
                let index = usize::try_from(origin.mark.line).ok().and_then(|line| line.checked_sub(1));
                (&**owner, index.and_then(|index| names.get(index)))
            }
            Source::Other(owner) => (&**owner, None),
            _ => return Some(problem),
        };
        let Some(owner) = self.owners.get(owner) else { return Some(problem) };
        let label = name.and_then(|name| owner.labels.get(&**name));
        let source = label.and_then(|label| label.file.as_ref()).unwrap_or(&owner.source);
        let (mark, length) = match label {
            None => (owner.mark, 0),
            Some(label) if label.value.is_open => return None,
            Some(label) => label.place(&problem, origin.mark.column),
        };
        problem.length = length;
        problem.origin = Some(Origin::new(Arc::clone(source), mark));
        Some(problem)
    }
}

impl Label {
    /// Where a problem with it is, and how wide.
    fn place(&self, problem: &Problem, column: u32) -> (Mark, u32) {
        let value = &self.value;
        // What is told of a place inside of the text is told of the value.
        if column > 0 {
            let mark = value.at(column);
            return (mark.unwrap_or(value.mark), if mark.is_some() { problem.length } else { 0 });
        }
        if let Some(word) = unknown(&problem.message)
            && let Some(at) = self.name.to_ascii_lowercase().find(&format!(".{}", word.to_ascii_lowercase()))
        {
            let before = self.name.get(..=at).map_or(0, |before| before.chars().count());
            let length = u32::try_from(word.chars().count()).unwrap_or(0);
            return (self.at.offset(u32::try_from(before).unwrap_or(0)), length);
        }
        if let Some((offset, length)) = named(&value.text, &problem.message)
            && let Some(mark) = value.at(offset)
        {
            return (mark, length);
        }
        let is_of_value = problem.expected.is_some() || problem.nearest.is_some();
        (if is_of_value && !value.text.is_empty() { value.mark } else { self.at }, 0)
    }
}

/// The item of a list that a problem names: where it begins, and how long it is.
fn named(list: &str, message: &str) -> Option<(u32, u32)> {
    let mut at = 0;
    for part in list.split(',') {
        let item = part.trim();
        let bare = item.split('@').next().unwrap_or(item);
        let is_named = [format!(" {bare}@"), format!(" {bare} does not exist")];
        if !bare.is_empty() && is_named.iter().any(|words| message.contains(words)) {
            let before = at + part.chars().take_while(|c| c.is_whitespace()).count();
            return Some((u32::try_from(before).ok()?, u32::try_from(item.chars().count()).ok()?));
        }
        at += part.chars().count() + 1;
    }
    None
}

/// The field that a problem says nobody knows.
fn unknown(message: &str) -> Option<&str> {
    let begins = ["unknown field `", "labels know no section `", "unknown middleware kind `"];
    begins.iter().find_map(|begin| message.strip_prefix(begin))?.split('`').next()
}

/// A problem with flags or variables, at the words that they are.
pub(super) fn at_words(
    mut problem: Problem,
    words: &[(&str, &Word)],
    source: &Arc<Source>,
) -> Option<Problem> {
    let Some(origin) = &problem.origin else { return Some(problem) };
    let (Source::Flags(names) | Source::Environment(names)) = &*origin.source else { return Some(problem) };
    let index = usize::try_from(origin.mark.line).ok().and_then(|line| line.checked_sub(1));
    let word = index.and_then(|index| nth(names, index, words));
    let Some(word) = word else {
        let mark = words.first().map_or_else(Mark::default, |(_, word)| word.mark);
        problem.origin = Some(Origin::new(Arc::clone(source), mark));
        return Some(problem);
    };
    if word.is_open {
        return None;
    }
    problem.length = 0;
    problem.origin = Some(Origin::new(Arc::clone(source), word.mark));
    Some(problem)
}

/// The word of the name at this position. Names are in the order of the words, but some words are values.
fn nth<'w>(names: &[Box<str>], index: usize, words: &[(&str, &'w Word)]) -> Option<&'w Word> {
    let mut rest = words.iter();
    let mut found = None;
    for name in names.get(..=index)? {
        found = rest.by_ref().find(|(word, _)| **word == **name).map(|(_, word)| *word);
        // Variables are sorted, so that each is looked for from the beginning.
        if found.is_none() {
            rest = words.iter();
            found = rest.by_ref().find(|(word, _)| **word == **name).map(|(_, word)| *word);
        }
    }
    found
}
