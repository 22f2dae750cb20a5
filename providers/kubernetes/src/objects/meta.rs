//! What every object has.

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
}

impl Meta {
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
        }
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
