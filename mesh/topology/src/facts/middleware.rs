//! Middlewares, as they are written for the edge.
//!
//! What its Secrets hold has to be in its options already: whoever reads the cluster puts it there. Invariant: options
//! are never printed, and what may be shown of them stands beside them.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{Fact, read};

/// What is used of a `Middleware`.
#[derive(Clone, Debug, PartialEq)]
pub enum Middleware {
    /// A node can do it alone.
    Step(Step),
    /// Others, one after the other.
    Chain(Vec<Named>),
    /// It cannot be used, and why.
    Refused(Arc<str>),
}

/// A kind with its options.
#[derive(Clone, PartialEq)]
pub struct Step {
    /// As it is written, such as `basicAuth`.
    pub kind: Arc<str>,
    /// As nodes are told.
    pub options: Value,
    /// As everybody may see them.
    pub shown: Value,
}

/// An object that another one names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// What it is called.
    pub name: Arc<str>,
    /// Where it is; empty for where the other one is.
    pub namespace: Arc<str>,
}

impl Middleware {
    /// One of a kind. `shown` is what everybody may see of its options.
    #[must_use]
    pub fn new(kind: &str, options: Value, shown: Value) -> Self {
        if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| kind.eq_ignore_ascii_case(refused)) {
            return Self::Refused((*why).into());
        }
        if kind.eq_ignore_ascii_case("chain") {
            let members: Vec<Named> = read::list(&options, "/middlewares").iter().map(Named::read).collect();
            // Nodes refuse it, too.
            let is_empty = members.is_empty();
            return if is_empty {
                Self::Refused("the chain has no members".into())
            } else {
                Self::Chain(members)
            };
        }
        Self::Step(Step { kind: kind.into(), options, shown })
    }

    /// The one kind that a `spec` names, with its options.
    ///
    /// # Errors
    ///
    /// It names none or several.
    pub fn only_kind(spec: &Value) -> Result<(&str, &Value), Arc<str>> {
        let mut kinds = spec.as_object().into_iter().flatten();
        match (kinds.next(), kinds.next()) {
            (Some((kind, options)), None) => Ok((kind, options)),
            (None, _) => Err("it names no kind of middleware, write one".into()),
            (Some(_), Some(_)) => Err("it names several kinds of middlewares, write one of them".into()),
        }
    }
}

impl Fact for Middleware {
    /// Nobody says which texts are harmless, so none is shown.
    fn read(object: Value) -> Option<Self> {
        let spec = object.get("spec").unwrap_or(&Value::Null);
        Some(match Self::only_kind(spec) {
            Ok((kind, options)) => Self::new(kind, options.clone(), without_texts(options)),
            Err(why) => Self::Refused(why),
        })
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Step").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Named {
    pub(super) fn read(value: &Value) -> Self {
        Self { name: read::text(value, "/name"), namespace: read::text(value, "/namespace") }
    }
}

/// Options in which every text is hidden.
#[must_use]
pub fn without_texts(options: &Value) -> Value {
    match options {
        Value::String(text) if !text.is_empty() => HIDDEN.into(),
        Value::Array(items) => items.iter().map(without_texts).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), without_texts(value))).collect()
        }
        other => other.clone(),
    }
}

/// What is shown in place of a text, as Traefik does in its own dumps.
const HIDDEN: &str = "xxxx";
/// What a mesh cannot give.
const REFUSED: [(&str, &str); 2] = [
    (
        "errors",
        "the kind errors asks a service for its pages, and nodes have none for it; it is not for a mesh",
    ),
    ("plugin", "the kind plugin is not supported"),
];
