//! Which texts of a file must not be shown beside a problem.
//!
//! The line of a problem may hold a password too. What an option is decides, and its type is asked: a text that the API
//! would show of this option alone may be shown here, any other is written as `x`. The text that the problem is about
//! stays, and so does everything in a file that cannot be parsed.

mod composed;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value as Json;
use windrose_config::dynamic_config::Middleware;
use windrose_config::problem::render::Part;
use windrose_config::redact::FileOrContent;
use windrose_config::source::{Format, parse};
use windrose_config::tree::{Entry, Value, nearest};
use windrose_config::{DynamicConfig, Located, Mark, Problem, Source, StaticConfig, Tree, decode};
use windrose_middleware::list;

/// Texts that must not be shown, by line and first character, with the character after the last. They never overlap.
#[derive(Debug, Default)]
pub(super) struct Hidden(BTreeMap<(u32, usize), usize>);

impl Hidden {
    /// Those of a file that are near these lines and characters.
    pub(super) fn of(path: &str, text: &str, near: &BTreeSet<(u32, usize)>) -> Self {
        let source = Source::file(path);
        let format = Format::of_file(path);
        let tree = format.and_then(|format| parse(format, text, &source).ok());
        let mut search =
            Search { near, source, steps: Vec::new(), shown: HashSet::new(), hidden: Self::default() };
        if format.is_none() {
            search.lines(text);
        }
        let Some(tree) = tree else { return search.hidden };
        match tree.field("services").filter(|_| tree.field("http").is_none()) {
            Some(services) => search.services(services),
            None => search.collect(&tree),
        }
        search.hidden
    }

    /// Writes what must not be shown of a line as `x`, save for what the problem is about.
    pub(super) fn mask(&self, line: u32, part: &mut Part, about: &Range<usize>) {
        let end = part.before + part.text.len();
        let until = self.0.range((line, 0)..(line, end)).rev();
        for ((_, start), stop) in until.take_while(|(_, stop)| **stop > part.before) {
            for at in (*start).max(part.before)..(*stop).min(end) {
                if let Some(c) = part.text.get_mut(at - part.before).filter(|_| !about.contains(&at)) {
                    *c = 'x';
                }
            }
        }
    }
}

/// A walk through a document.
struct Search<'a> {
    near: &'a BTreeSet<(u32, usize)>,
    source: Arc<Source>,
    steps: Vec<Step>,
    /// Options that were found to be shown, so that a file of many equal objects takes no longer.
    shown: HashSet<String>,
    hidden: Hidden,
}

impl Search<'_> {
    fn collect(&mut self, tree: &Tree) {
        match &tree.value {
            Value::Null => {}
            Value::Text(text) => {
                let (line, place) = (tree.mark.line, place(tree, &text.text));
                let around = (line, place.start.saturating_sub(NEAR))..(line, place.end.saturating_add(NEAR));
                if self.near.range(around).next().is_some() && !self.is_shown(tree, &text.text) {
                    self.hidden.0.insert((line, place.start), place.end);
                }
            }
            Value::List(items) => {
                self.steps.push(Step::Item);
                items.iter().for_each(|item| self.collect(item));
                self.steps.pop();
            }
            Value::Table(entries) => {
                for entry in entries {
                    self.steps.push(Step::Key(Arc::clone(&entry.key)));
                    self.collect(&entry.value);
                    self.steps.pop();
                }
            }
        }
    }

    fn is_shown(&mut self, leaf: &Tree, text: &str) -> bool {
        // Only of this form the text itself decides.
        if FileOrContent::new(text).is_content() {
            return is_shown(&self.steps, leaf, text, &self.source);
        }
        let option = option(&self.steps);
        if !self.shown.contains(&option) {
            if !is_shown(&self.steps, leaf, text, &self.source) {
                return false;
            }
            self.shown.insert(option);
        }
        true
    }
}

/// The path of an option, the name of its object left out.
fn option(steps: &[Step]) -> String {
    let is_object = matches!(steps.first().and_then(Step::key), Some("http" | "tcp" | "udp" | "tls"));
    let named = steps.iter().enumerate().filter(|(at, _)| !is_object || *at != NAME);
    named.map(|(_, step)| step.key().unwrap_or("[]")).collect::<Vec<_>>().join("\n")
}

/// The way from the document to a text.
#[derive(Clone)]
enum Step {
    Key(Arc<str>),
    Item,
}

/// The characters of the line that a text takes.
fn place(tree: &Tree, text: &str) -> Range<usize> {
    let start = usize::try_from(tree.mark.column.saturating_sub(1)).unwrap_or(0);
    // What holds line ends was written with escapes, and takes more than its length.
    let is_escaped = text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'));
    start..if is_escaped { usize::MAX } else { start + text.chars().count() }
}

/// Whether the API would show this text. Of a misspelt option the one that may have been meant is asked.
fn is_shown(steps: &[Step], leaf: &Tree, text: &str, source: &Arc<Source>) -> bool {
    let is_plain = serde_json::to_value(leaf).is_ok_and(|value| !value.is_string());
    if text.is_empty() || is_plain {
        return true;
    }
    let mut steps = steps.to_vec();
    // As many words as can be wrong.
    for _ in 0..=steps.len() {
        let problems = match shown(&steps, leaf, source) {
            Ok(shown) => return holds(&shown, text),
            Err(problems) => problems,
        };
        // What is read as a number or one of several words is no text that anybody keeps.
        let is_unfit = |problem: &Problem| problem.message.starts_with("cannot use `");
        if !problems.is_empty() && problems.iter().all(is_unfit) {
            return true;
        }
        let meant =
            problems.into_iter().find_map(|problem| Some((problem.origin?.mark.line, problem.nearest?)));
        let Some((depth, key)) = meant else { return false };
        let step = usize::try_from(depth).ok().and_then(|depth| steps.get_mut(depth.checked_sub(1)?));
        match step {
            Some(step @ Step::Key(_)) => *step = Step::Key(key.into()),
            _ => return false,
        }
    }
    false
}

/// What the API would show of a document with nothing but this text, or why it can show nothing.
fn shown(steps: &[Step], leaf: &Tree, source: &Arc<Source>) -> Result<Json, Vec<Problem>> {
    let keys: Vec<&str> = steps.iter().filter_map(Step::key).collect();
    let document = alone(steps, leaf);
    let json = |value: serde_json::Result<Json>| value.map_err(|_| Vec::new());
    match keys.as_slice() {
        // Where to read is no secret, and told in every message.
        ["providers", "file", ..] => json(serde_json::to_value(leaf)),
        ["providers", _, option] if OPEN.iter().any(|open| open.eq_ignore_ascii_case(option)) => {
            json(serde_json::to_value(leaf))
        }
        ["providers", _, option] => {
            let meant = nearest(option, &OPEN).map(|meant| {
                let mut problem = Problem::error("unknown").at(source, Mark::new(OPTION, 1));
                problem.nearest = Some(meant);
                problem
            });
            Err(meant.into_iter().collect())
        }
        ["providers", ..] | ["tcp", "middlewares", ..] => Err(Vec::new()),
        ["http", "middlewares", name, kind, ..] => {
            let unknown = || vec![list::unknown(kind).at(source, Mark::new(KIND, 1))];
            let entry = list::find(kind).ok_or_else(unknown)?;
            let all = document.field("http").and_then(|http| http.field("middlewares"));
            let options = all.and_then(|all| all.field(name)?.field(kind)).cloned().unwrap_or_default();
            (entry.check)(&Middleware { kind: Located::from(Arc::<str>::from(*kind)), options }, source)
        }
        ["http" | "tcp" | "udp" | "tls", ..] => {
            let config = DynamicConfig::decode(document, source, &[]);
            if config.problems.is_empty() { json(serde_json::to_value(config)) } else { Err(config.problems) }
        }
        _ => json(serde_json::to_value(decode::<StaticConfig>(&document, source)?)),
    }
}

impl Step {
    fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Item => None,
        }
    }
}

/// A document with nothing but this text. The line of each entry is its number among the steps, from 1.
fn alone(steps: &[Step], leaf: &Tree) -> Tree {
    let leaf = Tree { mark: Mark::default(), value: leaf.value.clone() };
    steps.iter().enumerate().rev().fold(leaf, |value, (depth, step)| {
        let mark = Mark::new(u32::try_from(depth + 1).unwrap_or(u32::MAX), 1);
        let value = match step {
            Step::Key(key) => Value::Table(Box::new([Entry { key: Arc::clone(key), mark, value }])),
            Step::Item => Value::List(Box::new([value])),
        };
        Tree { mark: Mark::default(), value }
    })
}

fn holds(shown: &Json, text: &str) -> bool {
    match shown {
        Json::String(shown) => shown.contains(text),
        // A list may be written with commas.
        Json::Array(items) => text.split(',').all(|part| items.iter().any(|item| holds(item, part.trim()))),
        Json::Object(fields) => fields.values().any(|value| holds(value, text)),
        _ => false,
    }
}

/// Options of providers that hold nothing to keep. URLs among them lose their passwords as everywhere.
const OPEN: [&str; 18] = [
    "allowCrossNamespace",
    "allowEmptyServices",
    "allowExternalNameServices",
    "constraints",
    "debugLogGeneratedTemplate",
    "defaultRule",
    "endpoint",
    "exposedByDefault",
    "httpClientTimeout",
    "ingressClass",
    "namespaces",
    "network",
    "pollInterval",
    "refreshSeconds",
    "swarmMode",
    "throttleDuration",
    "useBindPortIP",
    "watch",
];
/// The number of the option among the steps to one of a provider.
const OPTION: u32 = 3;
/// The place of an object's name among the steps, from 0.
const NAME: usize = 2;
/// The number of the kind among the steps to an option of a middleware.
const KIND: u32 = 4;
/// More characters to either side than are shown of a line.
const NEAR: usize = 200;
