//! The case files: the written form of a group and of its cases.
//!
//! Only shapes and their defaults live here. What the fields mean to a reader is told in the README beside `cases/`;
//! turning them into configuration files is the work of `proxy`, sending them that of `client`.

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

use serde::Deserialize;
use serde_json::{Map, Value};

/// A file of `cases/`: one configuration shared by its cases, served by one process of each program.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// File name without its ending; the first part of every case's full name.
    #[serde(skip)]
    pub name: String,
    /// Entry points and their options; the harness adds addresses. Empty means one called `web`.
    #[serde(default)]
    pub entry_points: Map<String, Value>,
    /// More static configuration, written at the root of the file.
    #[serde(default, rename = "static")]
    pub static_text: String,
    /// Providers beside that of files, and their options.
    #[serde(default)]
    pub providers: Map<String, Value>,
    /// Dynamic configuration shared by all cases.
    #[serde(default)]
    pub dynamic: String,
    /// More files for the directory of the file provider, by name.
    #[serde(default)]
    pub files: Map<String, Value>,
    /// Cases without `dynamic` get no router of their own, where the configuration itself is looked at.
    #[serde(default)]
    pub bare: bool,
    /// The program is expected to refuse the configuration, so that it never gets ready.
    #[serde(default)]
    pub refused: bool,
    /// Hosts and the status that each of them must answer before the cases begin.
    #[serde(default)]
    pub awaits: BTreeMap<String, u16>,
    /// The cases, in the order in which they run.
    pub cases: Vec<Case>,
}

/// One case: what to configure, what to send, what the servers answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence about the behaviour, unique in its group.
    pub name: String,
    /// The status or statuses Traefik answers, in order; 0 stands for no answer.
    pub status: Statuses,
    /// Rule of the case's own router.
    pub rule: Option<String>,
    /// Other fields of the case's own router.
    #[serde(default)]
    pub router: Map<String, Value>,
    /// Middlewares of the case's own router, in order.
    #[serde(default)]
    pub middlewares: Vec<Value>,
    /// Dynamic configuration instead of the case's own router.
    pub dynamic: Option<String>,
    /// One request as text.
    pub send: Option<String>,
    /// One request as exact bytes.
    pub raw: Option<String>,
    /// Several steps on one connection.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// A request on a connection of its own, sent before the steps and still waiting for its answer during them.
    pub beside: Option<String>,
    /// Final answers to wait for after `send` or `raw`.
    pub answers: Option<usize>,
    /// Entry point to connect to, `web` unless said otherwise.
    pub to: Option<String>,
    /// Source address to connect from.
    pub from: Option<String>,
    /// TLS on the connection, from its beginning on.
    pub tls: Option<Tls>,
    /// What the servers answer; the last one is repeated.
    #[serde(default)]
    pub answer: Answers,
    /// Runs the case so often, each time on a new connection, and compares only how often each outcome came.
    pub repeat: Option<usize>,
    /// Requests that servers get, where some of them come after the answer: the case waits for so many.
    pub reaches: Option<usize>,
    /// Fields whose value is generated and must not be compared.
    #[serde(default)]
    pub mask: Vec<String>,
    /// The answer is JSON: compare its values one by one, whatever their order and the wording of errors.
    #[serde(default)]
    pub json: bool,
    /// Compare header names letter by letter, too.
    #[serde(default)]
    pub exact_names: bool,
    /// Milliseconds to wait for an answer, 5000 unless said otherwise.
    pub patience: Option<u64>,
}

/// How a client begins TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The server name it asks for.
    pub name: String,
    /// The protocols it offers.
    #[serde(default)]
    pub alpn: Vec<String>,
    /// Exact bytes that go before.
    pub before: Option<String>,
    /// How many bytes of an answer to these are waited for.
    #[serde(default)]
    pub wait: usize,
}

/// One status or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Statuses {
    /// A single answer.
    One(u16),
    /// Several answers, interim ones left out.
    Many(Vec<u16>),
}

/// Something done on the connection of a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A request as text.
    pub send: Option<String>,
    /// A request as exact bytes.
    pub raw: Option<String>,
    /// Final answers to wait for, 1 unless said otherwise.
    pub answers: Option<usize>,
    /// Bytes to read as they are, instead of answers.
    pub read: Option<usize>,
}

/// The script of the servers.
#[derive(Debug, Clone, Default)]
pub struct Answers(pub Vec<Answer>);

/// What a server does with one request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The answer as text.
    pub send: Option<String>,
    /// The answer as exact bytes.
    pub raw: Option<String>,
    /// Answer as soon as the head is read.
    #[serde(default)]
    pub early: bool,
    /// What follows the answer.
    #[serde(default)]
    pub then: Then,
}

/// What a server does after its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// Wait for the next request.
    #[default]
    Next,
    /// Close the connection.
    Close,
    /// Do nothing until the case is over.
    Hang,
    /// Send every byte back.
    Echo,
}

/// A case file that cannot be used.
#[derive(Debug)]
pub struct Unusable {
    file: String,
    cause: String,
}

impl Group {
    /// Reads all groups of a folder, in the order of their names.
    ///
    /// # Errors
    /// When the folder or one of its files cannot be read or does not have the written form.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>, Unusable> {
        let mut paths: Vec<_> = fs::read_dir(folder)
            .and_then(|entries| {
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()
            })
            .map_err(|error| Unusable::new(folder, error))?;
        paths.sort();
        paths
            .iter()
            .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
            .map(|path| Self::read(path))
            .collect()
    }

    fn read(path: &Path) -> Result<Self, Unusable> {
        let text = fs::read_to_string(path).map_err(|error| Unusable::new(path, error))?;
        let mut group: Self = serde_saphyr::from_str(&text).map_err(|error| Unusable::new(path, error))?;
        group.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if group.entry_points.is_empty() {
            group.entry_points.insert("web".to_owned(), Value::Object(Map::new()));
        }
        let mut names: Vec<_> = group.cases.iter().map(|case| &case.name).collect();
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair.first() == pair.last()) {
            return Err(Unusable::new(path, format!("case name used twice: {twice:?}")));
        }
        Ok(group)
    }

    /// The host name that belongs to the case at `index`.
    #[must_use]
    pub fn host(&self, index: usize) -> String {
        format!("case-{}.{}.test", index + 1, self.name.replace('_', "-"))
    }
}

impl Case {
    /// The steps of the case, whichever way they were written.
    #[must_use]
    pub fn all_steps(&self) -> Vec<Step> {
        let mut steps = self.steps.clone();
        if self.send.is_some() || self.raw.is_some() {
            let first =
                Step { send: self.send.clone(), raw: self.raw.clone(), answers: self.answers, read: None };
            steps.insert(0, first);
        }
        steps
    }
}

impl Statuses {
    /// The statuses as a list.
    #[must_use]
    pub fn list(&self) -> Vec<u16> {
        match self {
            Self::One(status) => vec![*status],
            Self::Many(statuses) => statuses.clone(),
        }
    }
}

impl Unusable {
    fn new(file: &Path, cause: impl fmt::Display) -> Self {
        Self { file: file.display().to_string(), cause: cause.to_string() }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cannot use {}: {}", self.file, self.cause)
    }
}

impl std::error::Error for Unusable {}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A text, one answer, or several of either.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            // Before the single answer: a struct can be read from a sequence, too.
            Many(Vec<Self>),
            One(Answer),
        }

        fn flatten(written: Written) -> Vec<Answer> {
            match written {
                Written::Text(word) if word == "hang" => {
                    vec![Answer { then: Then::Hang, ..Answer::silent() }]
                }
                Written::Text(word) if word == "close" => {
                    vec![Answer { then: Then::Close, ..Answer::silent() }]
                }
                Written::Text(text) => vec![Answer { send: Some(text), ..Answer::default() }],
                Written::One(answer) => vec![answer],
                Written::Many(many) => many.into_iter().flat_map(flatten).collect(),
            }
        }

        Written::deserialize(deserializer).map(|written| Self(flatten(written)))
    }
}

impl Answer {
    fn silent() -> Self {
        Self { raw: Some(String::new()), ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
