//! Traffic splits of SMI, versions `v1alpha1` to `v1alpha4`.

use std::sync::Arc;

use serde_json::Value;

use super::{Fact, quantity, read};

/// What is used of a `TrafficSplit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Label `app`; empty if it has none.
    pub app: Arc<str>,
    /// The root: the Service that clients ask for.
    pub service: Arc<str>,
    /// Who answers instead.
    pub backends: Vec<Backend>,
    /// Which requests are split; empty stands for all.
    pub matches: Vec<Reference>,
}

/// One of those who answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// A Service of the same namespace.
    pub service: Arc<str>,
    /// Its part, beside those of the others. Zero is no part.
    pub weight: u64,
}

/// An object of the same namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it is.
    pub kind: Arc<str>,
    /// What it is called.
    pub name: Arc<str>,
}

impl Fact for Split {
    fn read(object: Value) -> Option<Self> {
        let spec = object.get("spec")?;
        let backends = read::list(spec, "/backends");
        let weights: Vec<&Value> = backends.iter().map(|backend| &backend["weight"]).collect();
        let backends = backends.iter().zip(quantity::weights(&weights));
        let matches = read::list(spec, "/matches").iter();
        Some(Self {
            app: read::label(&object, "app"),
            service: read::text(spec, "/service"),
            backends: backends
                .map(|(backend, weight)| Backend { service: read::text(backend, "/service"), weight })
                .collect(),
            matches: matches
                .map(|entry| Reference { kind: read::text(entry, "/kind"), name: read::text(entry, "/name") })
                .collect(),
        })
    }
}
