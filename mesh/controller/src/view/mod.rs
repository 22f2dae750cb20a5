//! What people see of the mesh: services, splits, targets, and what is wrong.
//!
//! Owns a [`Sight`], which is what the last mesh was made of and came to; answers are written when somebody asks. Pure:
//! no clock, no input or output. Of annotations only the mesh's own are shown, and of credentials in matches only that
//! they are there. Must not know who asks, or how.

mod list;
mod overview;
mod policies;
mod problems;
mod services;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use windrose_mesh_topology::{Facts, Key, Settings, Shadow, Subjects, Topology, shadow};

pub(crate) use list::{Bad, Listed, Query};
pub(crate) use overview::State;
pub(crate) use problems::{Row, unseen};

/// What the mesh was made of, and what it came to.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    pub(crate) facts: Facts,
    pub(crate) settings: Settings,
    pub(crate) topology: Topology,
    /// The shadow services there have to be, by name.
    pub(crate) shadows: BTreeMap<String, Shadow>,
    /// The splits by which anything is routed, as `namespace/name`.
    pub(crate) splits: BTreeSet<Arc<str>>,
    /// What is wrong, in order.
    pub(crate) problems: Vec<Row>,
}

impl Sight {
    /// The splits by which routers share anything out.
    pub(crate) fn splits(subjects: &Subjects) -> BTreeSet<Arc<str>> {
        let splits = subjects.routers.values().map(|subject| Arc::clone(&subject.split));
        splits.filter(|split| !split.is_empty()).collect()
    }

    /// The shadow of a service, by which clients reach it; none where it is not served.
    fn shadow(&self, key: &Key) -> Option<&Shadow> {
        self.shadows.get(&shadow::name(&self.settings.mesh_namespace, key))
    }

    /// What is wrong with an object.
    fn problems_of<'a>(&'a self, kind: &'a str, key: &'a Key) -> impl Iterator<Item = &'a Row> {
        self.problems.iter().filter(move |row| row.is_of(kind, key))
    }
}

/// Of each object how much is wrong with it.
type Counts<'a> = BTreeMap<(&'a str, &'a str), usize>;

impl Sight {
    fn counts<'a>(&'a self, kind: &str) -> Counts<'a> {
        let mut counts = Counts::new();
        for object in
            self.problems.iter().filter_map(|row| row.object.as_ref()).filter(|of| *of.kind == *kind)
        {
            *counts.entry((&object.namespace, &object.name)).or_default() += 1;
        }
        counts
    }
}

/// As Kubernetes writes it.
fn text(key: &Key) -> Value {
    format!("{}/{}", key.namespace, key.name).into()
}

fn of<'a>(counts: &Counts<'a>, key: &'a Key) -> usize {
    counts.get(&(&*key.namespace, &*key.name)).copied().unwrap_or_default()
}

/// A name in a table of facts.
fn pair(key: &Key) -> (Arc<str>, Arc<str>) {
    (Arc::clone(&key.namespace), Arc::clone(&key.name))
}
