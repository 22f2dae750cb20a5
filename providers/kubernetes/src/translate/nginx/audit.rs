//! What becomes of objects that were written for ingress-nginx, from files or from a cluster: for `windrose migrate`. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use windrose_config::source::{Format, parse};
use windrose_config::tree::{Style, Value as Form};
use windrose_config::{Problem, Severity, Source, Tree};

use super::{ours, translate};
use crate::objects::{Change, Kind, World};
use crate::options::NginxOptions;

/// Manifests, as far as they are understood.
#[derive(Debug)]
pub struct Manifests {
    world: World,
    /// The kinds of which there may be more elsewhere.
    elsewhere: Vec<&'static str>,
    /// What cannot be read.
    pub problems: Vec<Problem>,
}

/// What becomes of each Ingress.
#[derive(Debug, Default)]
pub struct Audit {
    /// Each Ingress by namespace and name, and what there is to say of it.
    pub ingresses: BTreeMap<(Arc<str>, Arc<str>), Vec<Note>>,
    /// What there is to say of anything else.
    pub others: Vec<Note>,
}

/// Something to say of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// How far the object comes.
    pub outcome: Outcome,
    /// What is said.
    pub text: String,
}

/// How an Ingress is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// As it is.
    Clean,
    /// Nearly as it is.
    Approximated,
    /// Something of it is refused.
    Refused,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Clean => "clean",
            Self::Approximated => "approximated",
            Self::Refused => "refused",
        })
    }
}

impl Default for Manifests {
    fn default() -> Self {
        Self {
            world: World::default(),
            elsewhere: vec!["Service", "Secret", "ConfigMap"],
            problems: Vec::new(),
        }
    }
}

impl Manifests {
    /// Those of a whole cluster: what is not among them is not there.
    #[must_use]
    pub fn whole() -> Self {
        Self { elsewhere: Vec::new(), ..Self::default() }
    }

    /// Nobody knows which objects of this kind there are.
    pub fn miss(&mut self, kind: &'static str) {
        self.elsewhere.push(kind);
        // Without its endpoints a Service has no servers.
        if kind == "EndpointSlice" {
            self.elsewhere.push("Service");
        }
    }

    /// Takes in an object of a kind.
    pub fn take(&mut self, kind: &Kind, object: Value) {
        (kind.take)(&mut self.world, Change::Put(object));
    }

    /// Takes in a file of one or several documents, also of lists of objects.
    pub fn add(&mut self, name: &str, text: &str) {
        let source = Source::file(name);
        for document in documents(text) {
            match parse(Format::Yaml, &document, &source) {
                Ok(tree) => self.put(value(&tree)),
                Err(problem) => self.problems.push(problem),
            }
        }
    }

    fn put(&mut self, mut object: Value) {
        let text = |object: &Value, field: &str| object[field].as_str().unwrap_or_default().to_owned();
        let (version, kind) = (text(&object, "apiVersion"), text(&object, "kind"));
        if let (true, Some(items)) = (kind.ends_with("List"), object["items"].as_array_mut()) {
            let items: Vec<Value> = items.iter_mut().map(Value::take).collect();
            items.into_iter().for_each(|item| self.put(item));
            return;
        }
        let Some(kind) = Kind::find(&version, &kind) else { return };
        if !object["metadata"].is_object() {
            return;
        }
        if kind.namespaced && object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = json!("default");
        }
        if let Some(texts) = object["stringData"].as_object().cloned() {
            for (key, text) in texts {
                let text = text.as_str().unwrap_or_default();
                object["data"][key] = json!(data_encoding::BASE64.encode(text.as_bytes()));
            }
        }
        (kind.take)(&mut self.world, Change::Put(object));
    }

    /// What becomes of them. What may be elsewhere is not missed.
    #[must_use]
    pub fn audit(&self, options: &NginxOptions) -> Audit {
        let mut audit = Audit::default();
        for object in ours(&self.world, options) {
            let meta = &object.meta;
            audit.ingresses.insert((Arc::clone(&meta.namespace), Arc::clone(&meta.name)), Vec::new());
        }
        for verdict in translate(&self.world, options).verdicts {
            let subject = &verdict.subject;
            if self.may_be_elsewhere(&verdict.message) {
                continue;
            }
            let outcome = match verdict.severity {
                Severity::Error => Outcome::Refused,
                _ => Outcome::Approximated,
            };
            let note = Note { outcome, text: format!("{}: {}", short(&verdict.field), verdict.message) };
            let key = (Arc::clone(&subject.namespace), Arc::clone(&subject.name));
            match audit.ingresses.get_mut(&key).filter(|_| subject.kind == "Ingress") {
                Some(notes) if notes.contains(&note) => {}
                Some(notes) => notes.push(note),
                None => {
                    let text =
                        format!("{} {}/{}: {}", subject.kind, subject.namespace, subject.name, note.text);
                    audit.others.push(Note { text, ..note });
                }
            }
        }
        audit
    }
}

impl Manifests {
    /// Whether a message is about an object that there may be elsewhere.
    fn may_be_elsewhere(&self, message: &str) -> bool {
        let Some(what) = message.strip_prefix("there is no ") else { return false };
        let is_of = |kind: &&'static str| what.strip_prefix(*kind).is_some_and(|rest| rest.starts_with(' '));
        self.elsewhere.iter().any(is_of)
    }
}

impl Audit {
    /// How many Ingresses come so far.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.ingresses.values().filter(|notes| outcome_of(notes) == outcome).count()
    }
}

/// How far an Ingress comes of which this is said.
#[must_use]
pub fn outcome_of(notes: &[Note]) -> Outcome {
    notes.iter().map(|note| note.outcome).max().unwrap_or(Outcome::Clean)
}

/// The name of an annotation without what all of them have.
fn short(field: &str) -> &str {
    let inner = field.strip_prefix("metadata.annotations[").and_then(|rest| rest.strip_suffix(']'));
    inner.and_then(|name| name.strip_prefix(super::table::PREFIX)).unwrap_or(field)
}

/// The documents of a file.
fn documents(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.lines() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    all.retain(|document| document.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')));
    all
}

/// A document as the API server would have it.
fn value(tree: &Tree) -> Value {
    match &tree.value {
        Form::Null => Value::Null,
        Form::List(items) => items.iter().map(value).collect(),
        Form::Table(entries) => {
            let fields: Map<String, Value> =
                entries.iter().map(|entry| (entry.key.to_string(), value(&entry.value))).collect();
            fields.into()
        }
        Form::Text(text) if text.style == Style::Quoted => Value::from(&*text.text),
        Form::Text(text) => match &*text.text {
            "true" => true.into(),
            "false" => false.into(),
            written => written.parse::<i64>().map_or_else(|_| Value::from(written), Value::from),
        },
    }
}
