//! Environment variables: `WINDROSE_ENTRYPOINTS_WEB_ADDRESS`, and the same with `TRAEFIK_`.
//!
//! `_` separates levels, so names with `_` cannot be written; map keys become lower case. Positions in lists are
//! levels too (`…_DOMAINS_0_MAIN`). Variables whose first level is no known section are left alone, and so are those by which
//! Kubernetes tells each pod of a Service whose name begins with one, as `traefik-metrics` does.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use super::DEEPEST;
use super::flat::{Branch, Step};
use crate::origin::{Mark, Source};
use crate::shape::Shape;
use crate::tree::Tree;

/// What the environment says.
#[derive(Debug)]
pub struct Environment {
    /// The options.
    pub tree: Tree,
    /// The variables, for places.
    pub source: Arc<Source>,
}

/// Reads the variables that belong to us; `None` when there are none.
///
/// When a variable is set under both prefixes, the one with `WINDROSE_` counts.
pub fn parse<N, V>(variables: impl IntoIterator<Item = (N, V)>, shape: &Shape) -> Option<Environment>
where
    N: AsRef<str>,
    V: AsRef<str>,
{
    let variables: Vec<(N, V)> = variables.into_iter().collect();
    let mut ours: Vec<(&str, &str, &str)> = variables
        .iter()
        .filter_map(|(name, value)| {
            let (name, value) = (name.as_ref(), value.as_ref());
            let option = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix))?;
            is_known(option, shape).then_some((option, name, value))
        })
        .collect();
    let services = services(&ours);
    ours.retain(|(_, name, _)| !services.iter().any(|service| tells_of(service, name)));
    // By option, our own prefix last, so that the last of equals counts.
    ours.sort_unstable();
    let mut names: Vec<Box<str>> = Vec::new();
    let mut root = Branch::default();
    for (index, (option, name, value)) in ours.iter().enumerate() {
        if ours.get(index + 1).is_some_and(|(next, ..)| next == option) {
            continue;
        }
        names.push((*name).into());
        let mark = Mark::new(u32::try_from(names.len()).unwrap_or(0), 0);
        let option = option.to_ascii_lowercase();
        let path: Vec<Step<'_>> = option.splitn(DEEPEST, '_').map(Step::Key).collect();
        root.put(&path, value, mark);
    }
    if names.is_empty() {
        return None;
    }
    Some(Environment { tree: root.into_tree(shape), source: Arc::new(Source::Environment(names.into())) })
}

/// What the variables of Services begin with: each has at least a host and a port.
fn services(variables: &[(&str, &str, &str)]) -> Vec<String> {
    let names: HashSet<&str> = variables.iter().map(|(_, name, _)| *name).collect();
    let services = names.iter().filter_map(|name| name.strip_suffix("_SERVICE_HOST"));
    let has_port = |service: &&str| names.contains(format!("{service}_SERVICE_PORT").as_str());
    services.filter(has_port).map(str::to_owned).collect()
}

/// Whether a variable tells of a Service: `…_SERVICE_HOST`, `…_SERVICE_PORT_WEB`, `…_PORT_80_TCP_ADDR`.
fn tells_of(service: &str, name: &str) -> bool {
    let Some(rest) = name.strip_prefix(service) else { return false };
    ["_SERVICE_HOST", "_PORT"].contains(&rest)
        || ["_SERVICE_PORT", "_PORT_"].iter().any(|start| rest.starts_with(start))
}

/// Whether the first level is one of our sections, in upper case.
fn is_known(option: &str, shape: &Shape) -> bool {
    let root = option.split('_').next().unwrap_or_default();
    let upper = !root.is_empty() && root.bytes().all(|byte| byte.is_ascii_uppercase());
    upper && shape.child(root).is_some()
}

const PREFIXES: [&str; 2] = ["TRAEFIK_", "WINDROSE_"];
