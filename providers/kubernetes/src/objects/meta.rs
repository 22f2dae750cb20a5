//! What every object has, and what we said of it last.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::take;

/// Who an object is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meta {
    /// Its namespace; empty for objects of the whole cluster.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its identity.
    pub uid: Arc<str>,
    /// When it was made, as text that sorts by time.
    pub created: Arc<str>,
    /// Its annotations, those that concern us.
    pub annotations: BTreeMap<Arc<str>, Arc<str>>,
    /// How often what is asked for was changed.
    pub generation: i64,
    /// Whether it is written with the group that our kinds had first.
    pub is_old_group: bool,
    /// What its status says of it.
    pub accepted: Accepted,
}

/// The condition that says whether an object is served. It is no part of what an object asks for, so two objects are the
/// same whatever it says.
#[derive(Debug, Clone, Default)]
pub struct Accepted(pub Option<Arc<Condition>>);

/// A condition.
#[derive(Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// `True` or `False`.
    pub status: Box<str>,
    /// Why, in a word.
    #[serde(default)]
    pub reason: Box<str>,
    /// Why, for people.
    #[serde(default)]
    pub message: Box<str>,
    /// The generation that this is said of.
    #[serde(default)]
    pub observed_generation: i64,
    /// Since when the status is what it is.
    #[serde(default)]
    pub last_transition_time: Box<str>,
}

impl PartialEq for Accepted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Accepted {}

impl Accepted {
    /// Reads it in the status of an object.
    fn read(object: &Value) -> Self {
        let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
        let is_it = |condition: &&Value| condition.get("type").is_some_and(|kind| kind == ACCEPTED);
        let condition = conditions.and_then(|all| all.iter().find(is_it));
        Self(condition.and_then(|condition| Condition::deserialize(condition).ok()).map(Arc::new))
    }
}

/// The type of the condition.
pub(crate) const ACCEPTED: &str = "Accepted";
/// The group that our kinds had first.
const OLD_GROUP: &str = "traefik.containo.us/";

impl Meta {
    /// What it is sorted by where the older one comes first; no two objects of a kind are alike.
    pub(super) fn age(&self) -> (&str, &str, &str) {
        (&self.created, &self.namespace, &self.name)
    }

    /// Takes it out of an object; nothing when there is no name.
    pub(super) fn read(object: &mut Value) -> Option<Self> {
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "camelCase", default)]
        struct Written {
            namespace: Arc<str>,
            name: Arc<str>,
            uid: Arc<str>,
            creation_timestamp: Option<Arc<str>>,
            annotations: Option<BTreeMap<Arc<str>, Arc<str>>>,
            generation: i64,
        }
        let accepted = Accepted::read(object);
        let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        let is_old_group = version.starts_with(OLD_GROUP);
        let written = object.get_mut("metadata")?;
        // What others keep there is long.
        if let Some(fields) = written.as_object_mut() {
            fields.remove("managedFields");
        }
        let written = Written::deserialize(&*written).ok()?;
        if written.name.is_empty() {
            return None;
        }
        let mut annotations = written.annotations.unwrap_or_default();
        annotations.retain(|name, _| PREFIXES.iter().any(|prefix| name.starts_with(prefix)));
        Some(Self {
            namespace: written.namespace,
            name: written.name,
            uid: written.uid,
            created: written.creation_timestamp.unwrap_or_default(),
            annotations,
            generation: written.generation,
            is_old_group,
            accepted,
        })
    }

    /// An annotation; empty when there is none.
    #[must_use]
    pub fn annotation(&self, name: &str) -> &str {
        self.annotations.get(name).map_or("", |value| value)
    }
}

/// A label of an object, before it is read.
pub(super) fn label(object: &mut Value, name: &str) -> Arc<str> {
    let labels = object.get_mut("metadata").map(|meta| take(meta, "labels")).unwrap_or_default();
    labels.get(name).and_then(Value::as_str).unwrap_or_default().into()
}

/// The annotations that are remembered.
const PREFIXES: [&str; 5] = [
    "kubernetes.io/ingress.class",
    "traefik.ingress.kubernetes.io/",
    "traefik.io/",
    "ingressclass.kubernetes.io/",
    "nginx.ingress.kubernetes.io/",
];
