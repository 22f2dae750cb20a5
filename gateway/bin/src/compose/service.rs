//! One service of a Compose file, as far as routing needs it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use windrose_config::tree::{Value, nearest};
use windrose_config::{Mark, Problem, Source, Tree};

use super::config::Content;
use super::include::within;
use super::interpolate::{Filled, fill};
use super::keys;
use super::label_file;
use super::lines::Lines;

/// A service.
#[derive(Debug, Default)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) mark: Mark,
    pub(super) home: Home,
    pub(super) image: String,
    pub(super) container_name: Option<String>,
    pub(super) labels: Vec<Label>,
    /// Labels of files: those that are written count more.
    labels_of_files: Vec<Label>,
    /// The labels of the service of a swarm.
    pub(super) deploy_labels: Vec<Label>,
    pub(super) entrypoint: Vec<Word>,
    pub(super) command: Vec<Word>,
    /// Names and values.
    pub(super) environment: Vec<(String, Word)>,
    pub(super) env_files: Vec<String>,
    pub(super) volumes: Vec<(String, String)>,
    /// Configs by name, and where each is mounted.
    pub(super) configs: Vec<(String, String)>,
    /// Where files of this machine are mounted besides.
    pub(super) mounts: Vec<(String, PathBuf)>,
    /// Where texts of the Compose file are mounted.
    pub(super) contents: Vec<(String, Content)>,
    pub(super) networks: Vec<String>,
    pub(super) network_mode: String,
    pub(super) ports: Vec<u16>,
    pub(super) healthcheck: Vec<Word>,
}

/// Where a service is written.
#[derive(Debug, Clone)]
pub(super) struct Home {
    /// The file.
    pub(super) source: Arc<Source>,
    /// The folder that relative paths begin at.
    pub(super) folder: PathBuf,
}

impl Default for Home {
    fn default() -> Self {
        Self { source: Source::other("no Compose file"), folder: PathBuf::new() }
    }
}

/// A piece of text and its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) mark: Mark,
    /// Whether characters stand where they are written: nothing was filled in.
    pub(super) is_verbatim: bool,
    /// Where each character stands, when the text goes over several lines.
    pub(super) spread: Vec<Mark>,
    /// Whether it has a variable that nobody sets, so that nobody knows what it says.
    pub(super) is_open: bool,
}

impl Word {
    /// Where this character stands, counted from 0, if that is known.
    pub(super) fn at(&self, character: u32) -> Option<Mark> {
        if self.is_verbatim {
            return Some(self.mark.offset(character));
        }
        self.spread.get(usize::try_from(character).ok()?).copied()
    }
}

/// A label: the places of its name and its value.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) at: Mark,
    pub(super) value: Word,
    /// The file that it is written in, where that is not the one of its service.
    pub(super) file: Option<Arc<Source>>,
}

impl Service {
    /// Reads a service of several layers, of which the last one counts most.
    pub(super) fn read(
        name: &str,
        mark: Mark,
        layers: &[&Tree],
        variables: &BTreeMap<String, String>,
        home: Home,
        lines: &Lines,
    ) -> (Self, Vec<Problem>) {
        let source = Arc::clone(&home.source);
        let mut reader = Reader { variables, source: &source, lines, problems: Vec::new() };
        let mut service = Self { name: name.to_owned(), mark, home, ..Self::default() };
        for layer in layers {
            service.take(layer, &mut reader);
        }
        for label in std::mem::take(&mut service.labels_of_files) {
            if service.labels.iter().all(|known| known.name != label.name || known.file.is_some()) {
                put(&mut service.labels, label);
            }
        }
        (service, reader.problems)
    }

    fn take(&mut self, layer: &Tree, reader: &mut Reader<'_>) {
        let text = |reader: &mut Reader<'_>, name: &str| Some(reader.word(layer.field(name)?)?.text);
        if let Some(image) = text(reader, "image") {
            self.image = image;
        }
        if let Some(name) = text(reader, "container_name") {
            self.container_name = Some(name);
        }
        if let Some(mode) = text(reader, "network_mode") {
            self.network_mode = mode;
        }
        if let Some(command) = layer.field("command") {
            self.command = reader.line(command);
        }
        if let Some(entrypoint) = layer.field("entrypoint") {
            self.entrypoint = reader.line(entrypoint);
        }
        if let Some(test) = layer.field("healthcheck").and_then(|check| check.field("test")) {
            self.healthcheck = reader.words(test);
        }
        reader.keys(layer);
        for file in layer.field("label_file").map(|files| reader.words(files)).unwrap_or_default() {
            let path = within(&self.home.folder, &file.text);
            match label_file::read(&path) {
                Ok(labels) => self.labels_of_files.extend(labels),
                Err(message) => reader.tell(Problem::error(message), file.mark),
            }
        }
        for label in layer.field("labels").map(|labels| reader.pairs("labels", labels)).unwrap_or_default() {
            put(&mut self.labels, label);
        }
        let deployed = layer.field("deploy").and_then(|deploy| deploy.field("labels"));
        for label in deployed.map(|labels| reader.pairs("labels", labels)).unwrap_or_default() {
            put(&mut self.deploy_labels, label);
        }
        let written = layer.field("environment");
        for label in written.map(|pairs| reader.pairs("environment", pairs)).unwrap_or_default() {
            self.environment.retain(|(name, _)| *name != label.name);
            self.environment.push((label.name, label.value));
        }
        for file in layer.field("env_file").map(|files| reader.paths(files)).unwrap_or_default() {
            self.env_files.push(file);
        }
        for config in items(layer.field("configs")) {
            self.configs.extend(reader.config(config));
        }
        for volume in items(layer.field("volumes")) {
            self.volumes.extend(reader.volume(volume));
        }
        if let Some(networks) = layer.field("networks") {
            let named = networks.entries().iter().map(|entry| entry.key.to_string());
            self.networks.extend(named);
            self.networks.extend(reader.words(networks).into_iter().map(|word| word.text));
        }
        for port in items(layer.field("expose")).iter().chain(items(layer.field("ports"))) {
            self.ports.extend(reader.port(port));
        }
    }
}

/// A later label replaces an earlier one of the same name.
fn put(labels: &mut Vec<Label>, label: Label) {
    labels.retain(|known| known.name != label.name);
    labels.push(label);
}

struct Reader<'r> {
    variables: &'r BTreeMap<String, String>,
    source: &'r Arc<Source>,
    lines: &'r Lines,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// A text, with its variables filled in; nothing for what is no text.
    fn word(&mut self, tree: &Tree) -> Option<Word> {
        let written = tree.as_text()?;
        let Filled { text, unset, needed, wrong } = fill(written, self.variables);
        let mut tell = |problem: Problem| self.problems.push(problem.at(self.source, tree.mark));
        if let Some(wrong) = wrong {
            tell(Problem::error(wrong));
            return Some(Word { mark: tree.mark, is_open: true, ..Word::default() });
        }
        if let Some(name) = needed {
            let message = format!(
                "the variable {name} is not set, and Compose refuses to start without it; set a value"
            );
            tell(Problem::warning(message));
        } else if let [first, more @ ..] = unset.as_slice() {
            let names = unset.join(", ");
            let (what, place) = if more.is_empty() {
                (format!("the variable {first} is"), "its")
            } else {
                (format!("the variables {names} are"), "their")
            };
            let message = format!(
                "{what} not set, and Compose puts nothing in {place} place; set a value, or write $$ if a dollar sign is meant"
            );
            tell(Problem::warning(message));
        }
        let is_written = text == written;
        let is_verbatim = is_written && self.lines.hold(&text, tree.mark);
        let spread =
            if is_written && !is_verbatim { self.lines.spread(&text, tree.mark) } else { Vec::new() };
        Some(Word { text, mark: tree.mark, is_verbatim, spread, is_open: !unset.is_empty() })
    }

    /// A text or a list of texts.
    fn words(&mut self, tree: &Tree) -> Vec<Word> {
        match &tree.value {
            Value::List(items) => items.iter().filter_map(|item| self.word(item)).collect(),
            _ => self.word(tree).into_iter().collect(),
        }
    }

    /// A command: a list of words, or a line that is split as a shell would.
    fn line(&mut self, tree: &Tree) -> Vec<Word> {
        if tree.as_text().is_none() {
            return self.words(tree);
        }
        self.word(tree).map(|line| split(&line)).unwrap_or_default()
    }

    /// Tells of keys that Compose does not know and that are nearly one of those read here.
    fn keys(&mut self, layer: &Tree) {
        for entry in layer.entries() {
            if keys::KNOWN.contains(&&*entry.key) || entry.key.starts_with("x-") {
                continue;
            }
            if let Some(meant) = nearest(&entry.key, keys::READ) {
                let message =
                    format!("Compose knows no key `{}` of a service, so it says nothing", entry.key);
                let mut problem = Problem::warning(message).spanning(entry.key.chars().count());
                problem.nearest = Some(meant);
                self.tell(problem, entry.mark);
            }
        }
    }

    fn tell(&mut self, problem: Problem, mark: Mark) {
        self.problems.push(problem.at(self.source, mark));
    }

    /// Names and values: a table, or a list of `name=value`; anything else is told.
    fn pairs(&mut self, what: &str, tree: &Tree) -> Vec<Label> {
        if let Value::List(items) = &tree.value {
            let mut pairs = Vec::with_capacity(items.len());
            for item in items {
                match self.word(item) {
                    Some(word) => pairs.push(pair(word)),
                    None => self.no_pair(what, item),
                }
            }
            return pairs;
        }
        if tree.as_text().is_some() {
            let problem = Problem::error(format!("{what} is text here, so Compose refuses the file"));
            self.tell(problem.expecting("a table of `name: value`, or a list of `- name=value`"), tree.mark);
        }
        let mut pairs = Vec::new();
        for entry in tree.entries() {
            let value = match &entry.value.value {
                Value::Null => Some(Word { mark: entry.value.mark, ..Word::default() }),
                _ => self.word(&entry.value),
            };
            match value {
                Some(value) => {
                    pairs.push(Label { name: entry.key.to_string(), at: entry.mark, value, file: None })
                }
                None => self.problems.push(
                    Problem::error(format!(
                        "{} takes text, and here is {}",
                        entry.key,
                        entry.value.describe()
                    ))
                    .at(self.source, entry.value.mark),
                ),
            }
        }
        pairs
    }

    /// An item of a list of pairs that is no text.
    fn no_pair(&mut self, what: &str, item: &Tree) {
        let message = format!("an item of {what} is {} here, and Compose takes text alone", item.describe());
        let problem = Problem::error(message);
        let problem = match item.entries() {
            [only] => problem.expecting(format!("`{}=…`, with `=` in place of the colon", only.key)),
            _ => problem.expecting("`name=value`"),
        };
        self.tell(problem, item.entries().first().map_or(item.mark, |first| first.mark));
    }

    /// A config, and where it is mounted.
    fn config(&mut self, tree: &Tree) -> Option<(String, String)> {
        let name = self.word(tree.field("source").unwrap_or(tree))?.text;
        let target = tree.field("target").and_then(|target| self.word(target));
        let target = target.map_or_else(|| format!("/{name}"), |target| target.text);
        Some((name, target))
    }

    /// Files by path: a text, a list of texts, or of tables with a path.
    fn paths(&mut self, tree: &Tree) -> Vec<String> {
        let mut paths = Vec::new();
        let whole = std::slice::from_ref(tree);
        let list = if let Value::List(items) = &tree.value { items } else { whole };
        for item in list {
            paths.extend(self.word(item.field("path").unwrap_or(item)).map(|word| word.text));
        }
        paths
    }

    /// What is mounted, and where.
    fn volume(&mut self, tree: &Tree) -> Option<(String, String)> {
        if tree.is_table() {
            let (from, to) = (tree.field("source")?, tree.field("target")?);
            return Some((self.word(from)?.text, self.word(to)?.text));
        }
        let text = self.word(tree)?.text;
        let mut parts = text.split(':');
        Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
    }

    /// The port inside of the container: `80`, `8080:80/tcp`, `127.0.0.1:8080:80`, `{target: 80}`.
    fn port(&mut self, tree: &Tree) -> Option<u16> {
        let text = self.word(tree.field("target").unwrap_or(tree))?.text;
        let text = text.split('/').next().unwrap_or_default();
        text.rsplit(':').next()?.split('-').next()?.parse().ok()
    }
}

fn items(tree: Option<&Tree>) -> &[Tree] {
    match tree.map(|tree| &tree.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

/// `name=value`, or a name alone.
fn pair(word: Word) -> Label {
    let Some((name, value)) = word.text.split_once('=') else {
        let value = Word { mark: word.mark, is_verbatim: false, ..Word::default() };
        return Label { name: word.text, at: word.mark, value, file: None };
    };
    let skipped = u32::try_from(name.chars().count() + 1).unwrap_or(0);
    let mark = word.at(skipped).unwrap_or(word.mark);
    let skipped = usize::try_from(skipped).unwrap_or(0);
    let value = Word {
        text: value.to_owned(),
        mark,
        is_verbatim: word.is_verbatim,
        spread: word.spread.iter().skip(skipped).copied().collect(),
        is_open: word.is_open,
    };
    Label { name: name.to_owned(), at: word.mark, value, file: None }
}

/// Splits a line into words: blanks separate, quotes and backslashes keep.
fn split(line: &Word) -> Vec<Word> {
    let mut words = Vec::new();
    let mut current: Option<String> = None;
    let mut quote = None;
    let mut rest = line.text.chars();
    while let Some(next) = rest.next() {
        match (next, quote) {
            (c, Some(q)) if c == q => quote = None,
            ('\\', None | Some('"')) => current.get_or_insert_default().extend(rest.next()),
            ('"' | '\'', None) => {
                quote = Some(next);
                current.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(current.take()),
            (c, _) => current.get_or_insert_default().push(c),
        }
    }
    words.extend(current);
    let word = |text| Word { text, mark: line.mark, is_open: line.is_open, ..Word::default() };
    words.into_iter().map(word).collect()
}
