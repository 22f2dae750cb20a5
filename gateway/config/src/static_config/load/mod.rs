//! From a document to [`StaticConfig`].

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Deserialize;

use super::validate::{dangling_redirections, negative};
use super::{Provider, Providers, StaticConfig, removed, validate};
use crate::duration::GoDuration;
use crate::origin::{Located, Source};
use crate::problem::{Problem, Severity};
use crate::refuse::{Refusal, check};
use crate::shape::Shape;
use crate::tree::{Tree, Value, decode, unknown_field};

/// An install configuration, and what should be said about it.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: StaticConfig,
    /// Where it was written, for the marks inside.
    pub source: Arc<Source>,
    /// What works but should be changed.
    pub warnings: Vec<Problem>,
    /// What does not work and is left out: worth an error, but no reason not to start.
    pub left_out: Vec<Problem>,
}

impl StaticConfig {
    /// What the options ask for; providers stay open until their owners say more.
    #[must_use]
    pub fn shape() -> Shape {
        let providers = Shape::of::<OwnFields>();
        let open = match providers {
            Shape::Section(fields) => OPEN_PROVIDERS
                .iter()
                .fold(Shape::Section(fields), |shape, name| shape.with(name, Shape::Open)),
            other => other,
        };
        Shape::of::<Self>().with("providers", open)
    }

    /// Decodes and checks a document from whichever source.
    ///
    /// # Errors
    ///
    /// Everything that stops the start, and the warnings with it.
    pub fn load(
        mut document: Tree,
        source: &Arc<Source>,
        refused: &[Refusal],
    ) -> Result<Loaded, Vec<Problem>> {
        if !matches!(document.value, Value::Table(_) | Value::Null) {
            let problem = Problem::error(format!("cannot use {} as a configuration", document.describe()));
            return Err(vec![problem.at(source, document.mark).expecting("a table")]);
        }
        let mut problems = removed::check(&document, source);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        problems.extend(check(&document, source, refused));
        problems.extend(negative(&document, source));
        problems.extend(take_unknown_roots(&mut document, source));
        let providers = take(&mut document, "providers");
        let (providers, wrong) = read_providers(providers.unwrap_or_default(), source);
        problems.extend(wrong);
        match decode::<Self>(&document, source) {
            Ok(config) => {
                let config = Self { providers, ..config };
                problems.extend(validate(&config, source));
                if problems.iter().any(|problem| problem.severity == Severity::Error) {
                    return Err(problems);
                }
                let left_out = dangling_redirections(&config, source);
                Ok(Loaded { config, source: source.clone(), warnings: problems, left_out })
            }
            Err(wrong) => {
                problems.extend(wrong);
                Err(problems)
            }
        }
    }
}

/// Removes a root key and gives its value.
fn take(document: &mut Tree, name: &str) -> Option<Tree> {
    let Value::Table(entries) = &mut document.value else { return None };
    let mut rest = Vec::with_capacity(entries.len());
    let mut found = None;
    for entry in std::mem::take(entries) {
        if found.is_none() && entry.key.eq_ignore_ascii_case(name) {
            found = Some(entry.value);
        } else {
            rest.push(entry);
        }
    }
    *entries = rest.into();
    found
}

/// Removes root keys that nobody knows. In a document they do no harm (people keep anchors there); a flag is a mistake.
fn take_unknown_roots(document: &mut Tree, source: &Arc<Source>) -> Vec<Problem> {
    let Value::Table(entries) = &mut document.value else { return Vec::new() };
    let Shape::Section(fields) = StaticConfig::shape() else { return Vec::new() };
    let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let is_known = |key: &str| known.iter().any(|name| name.eq_ignore_ascii_case(key));
    let (kept, unknown): (Vec<_>, Vec<_>) =
        std::mem::take(entries).into_iter().partition(|entry| is_known(&entry.key));
    *entries = kept.into();
    let severity = if source.has_lines() { Severity::Warning } else { Severity::Error };
    let report = |entry| Problem { severity, ..unknown_field(entry, &known, source) };
    unknown.iter().map(report).collect()
}

/// The options beside the providers themselves.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OwnFields {
    providers_throttle_duration: GoDuration,
    precedence: Box<[Located<Arc<str>>]>,
}

impl Default for OwnFields {
    fn default() -> Self {
        let Providers { throttle, precedence, .. } = Providers::default();
        Self { providers_throttle_duration: throttle, precedence }
    }
}

fn read_providers(mut tree: Tree, source: &Arc<Source>) -> (Providers, Vec<Problem>) {
    let mut enabled = Vec::new();
    if let Value::Table(entries) = &mut tree.value {
        let mut own = Vec::new();
        for entry in std::mem::take(entries) {
            if OWN_FIELDS.iter().any(|name| name.eq_ignore_ascii_case(&entry.key)) {
                own.push(entry);
            } else if !is_off(&entry.value) {
                enabled.push(Provider { name: entry.key, mark: entry.mark, options: entry.value });
            }
        }
        *entries = own.into();
    }
    let mut problems = Vec::new();
    let own = decode::<OwnFields>(&tree, source).unwrap_or_else(|wrong| {
        problems = wrong;
        OwnFields::default()
    });
    let lower = |name: &Located<Arc<str>>| Located::new(Arc::from(name.to_ascii_lowercase()), name.mark);
    let precedence = own.precedence.iter().map(lower).collect();
    (Providers { throttle: own.providers_throttle_duration, precedence, enabled }, problems)
}

/// Whether a section is absent or switched off.
fn is_off(tree: &Tree) -> bool {
    tree.is_null() || tree.as_text().is_some_and(|text| text.eq_ignore_ascii_case("false"))
}

const OWN_FIELDS: [&str; 2] = ["providersThrottleDuration", "precedence"];

/// Names of providers that exist, so that a flag such as `--providers.docker` is known to be a section.
const OPEN_PROVIDERS: &[&str] = &[
    "docker",
    "swarm",
    "file",
    "kubernetesIngress",
    "kubernetesIngressNGINX",
    "kubernetesCRD",
    "kubernetesGateway",
    "knative",
    "rest",
    "consulCatalog",
    "nomad",
    "ecs",
    "consul",
    "etcd",
    "zooKeeper",
    "redis",
    "http",
    "plugin",
];
