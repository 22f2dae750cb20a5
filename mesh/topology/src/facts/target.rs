//! Traffic targets of SMI, versions `v1alpha1` to `v1alpha3`.

use std::sync::Arc;

use serde_json::Value;

use super::{Fact, Reference, read};

/// What is used of a `TrafficTarget`.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Label `app`; empty if it has none.
    pub app: Arc<str>,
    /// Who may be asked.
    pub destination: Subject,
    /// The only port of the destination's pods that is meant; none stands for all, zero for what is no port.
    pub port: Option<u16>,
    /// Who may ask.
    pub sources: Vec<Subject>,
    /// What may be asked for: any of these.
    pub rules: Vec<TargetRule>,
}

/// Pods by what they run under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `ServiceAccount`, the only one with a meaning.
    pub kind: Arc<str>,
    /// The account.
    pub name: Arc<str>,
    /// Its namespace; may be empty.
    pub namespace: Arc<str>,
}

/// One thing that may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetRule {
    /// The object that says it.
    pub object: Reference,
    /// Which of its matches are meant; empty stands for all.
    pub matches: Vec<Arc<str>>,
}

impl Fact for Target {
    fn read(object: Value) -> Option<Self> {
        let spec = read::spec(&object);
        let destination = spec.get("destination")?;
        // The first version has them at the top, and calls rules `specs`.
        let rules = if spec.get("rules").is_some() { "/rules" } else { "/specs" };
        Some(Self {
            app: read::label(&object, "app"),
            destination: Subject::read(destination),
            port: destination
                .get("port")
                .filter(|port| !port.is_null())
                .map(|port| read::port(Some(port)).unwrap_or(0)),
            sources: read::list(spec, "/sources").iter().map(Subject::read).collect(),
            rules: read::list(spec, rules).iter().map(TargetRule::read).collect(),
        })
    }
}

impl Subject {
    fn read(subject: &Value) -> Self {
        Self {
            kind: read::text(subject, "/kind"),
            name: read::text(subject, "/name"),
            namespace: read::text(subject, "/namespace"),
        }
    }

    /// Whether it names a service account.
    pub(crate) fn is_account(&self) -> bool {
        matches!(&*self.kind, "ServiceAccount" | "")
    }
}

impl TargetRule {
    fn read(rule: &Value) -> Self {
        let object = Reference { kind: read::text(rule, "/kind"), name: read::text(rule, "/name") };
        Self { object, matches: read::texts(rule, "/matches") }
    }
}
