//! Everything that is wrong, with the object that has to be changed.

use std::sync::Arc;

use serde::Serialize;
use windrose_mesh_topology::{Key, Problem, Settings};
use windrose_provider_kubernetes::watch::{Unseen, Why};

use super::{Listed, Query, Sight};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Row {
    pub(crate) severity: Severity,
    /// What it is wrong with; nothing where it is with the mesh itself.
    pub(crate) object: Option<Object>,
    pub(crate) message: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Something that is asked for is not done.
    Error,
    /// Nothing that is asked for is left out, but it may be missed.
    Warning,
}

/// An object of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Object {
    pub(crate) kind: Arc<str>,
    /// Empty for what is in none.
    pub(crate) namespace: Arc<str>,
    pub(crate) name: Arc<str>,
}

impl Row {
    /// Something that is wrong with no object.
    pub(crate) fn of_mesh(message: String) -> Self {
        Self { severity: Severity::Error, object: None, message }
    }

    pub(super) fn is_of(&self, kind: &str, key: &Key) -> bool {
        self.object.as_ref().is_some_and(|object| {
            *object.kind == *kind && object.namespace == key.namespace && object.name == key.name
        })
    }
}

impl From<&Problem> for Row {
    fn from(problem: &Problem) -> Self {
        let object = Object {
            kind: problem.object.kind.text().into(),
            namespace: Arc::clone(&problem.object.key.namespace),
            name: Arc::clone(&problem.object.key.name),
        };
        Self { severity: Severity::Error, object: Some(object), message: problem.message.clone() }
    }
}

/// What there is to say of kinds that nothing is seen of. `wanted` are names and groups of those that a mesh should have: a
/// kind is there when the cluster has it in any version.
pub(crate) fn unseen(wanted: &[(&str, &str)], unseen: &[Unseen], settings: &Settings) -> Vec<Row> {
    let hidden = unseen.iter().filter(|one| one.why == Why::Forbidden).map(|one| {
        let group = one.api.trim_start_matches("/apis/").trim_start_matches("/api/");
        let message = format!(
            "{} of {group} may not be looked at, until then there are none: give list and watch of them to the \
             ServiceAccount of the controller",
            one.plural
        );
        Row::of_mesh(message)
    });
    let is_absent = |name: &str, api: &str| {
        unseen.iter().any(|one| one.name == name && one.api == api && one.why == Why::Absent)
    };
    // Kinds that are not wanted may be absent: whoever names an object of them is told so.
    let is_gone = |name: &str| {
        let mut apis = wanted.iter().filter(|(kind, _)| *kind == name).peekable();
        apis.peek().is_some() && apis.all(|(_, api)| is_absent(name, api))
    };
    let gone = unseen.iter().filter(|one| is_gone(one.name)).map(|one| absent(one, settings));
    let mut rows: Vec<Row> = hidden.chain(gone).collect();
    rows.sort();
    rows.dedup();
    rows
}

/// The cluster has no such kind.
fn absent(kind: &Unseen, settings: &Settings) -> Row {
    let group = kind.api.trim_start_matches("/apis/").split('/').next().unwrap_or_default();
    let is_needed = settings.acl && kind.name == "TrafficTarget";
    let (severity, but) = match is_needed {
        true => (Severity::Error, ", so access control lets nobody in"),
        false => (Severity::Warning, ""),
    };
    let name = format!("{}.{group}", kind.plural).into();
    let object = Object { kind: "CustomResourceDefinition".into(), namespace: Arc::default(), name };
    let message = format!(
        "the cluster has no kind {}{but}: apply the folder crds of the mesh's chart, it is found within a minute",
        kind.name
    );
    Row { severity, object: Some(object), message }
}

impl Sight {
    /// What is wrong; `own` is what is wrong with the mesh itself.
    pub(crate) fn list_problems(&self, own: &[Row], query: &Query) -> Listed {
        let severity = query.find("status");
        let is_meant = |row: &&Row| {
            let word = if row.severity == Severity::Error { "error" } else { "warning" };
            let object = row.object.as_ref();
            let names = object.map_or(["", "", ""], |object| [&object.kind, &object.namespace, &object.name]);
            severity.is_none_or(|wanted| wanted == word)
                && (query.is_in(&[&row.message]) || query.is_in(&names))
        };
        let mut rows: Vec<&Row> = own.iter().chain(&self.problems).filter(is_meant).collect();
        rows.sort_unstable();
        query.cut(rows.into_iter(), |row| serde_json::to_value(row).unwrap_or_default())
    }
}
