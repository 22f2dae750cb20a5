//! What changes where kube-dns is the cluster's DNS: its stub domains, each with the servers that know it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::json;
use thiserror::Error;

use super::Seen;
use super::core_dns::write;
use super::detect::{KUBE_DNS, KubeDns};
use super::object::data;
use super::problem::Problem;
use super::step::{Base, ConfigMap, Step};
use super::wanted::{Wanted, upstream};
use crate::Zone;

/// Why stub domains stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StubError {
    /// The text is not what kube-dns reads.
    #[error("stubDomains of the configmap \"kube-dns\" is no object of lists of texts: {0}")]
    Unreadable(String),
    /// kube-dns needs a `ConfigMap` that is not there.
    #[error("there is no configmap \"kube-dns\" in namespace {0:?}")]
    Missing(String),
    /// Nobody knows where to send questions.
    #[error("the address of the mesh's DNS server is not known yet")]
    NoServer,
}

/// Domains in the order of their names, as Go writes a map.
type Stubs = BTreeMap<String, Vec<String>>;

/// The steps; none when all is as wanted.
pub(super) fn plan(seen: &Seen, found: &KubeDns, wanted: &Wanted) -> Result<Vec<Step>, Problem> {
    let namespace = &found.workload.namespace;
    let server = upstream(wanted.server().ok_or(StubError::NoServer)?);
    let object = seen.config_map(namespace, KUBE_DNS);
    if object.is_none() && !found.is_optional {
        return Err(StubError::Missing(namespace.clone()).into());
    }
    let written = object.and_then(|object| data(object, KEY)).unwrap_or_default();
    let Some(text) = patch(written, wanted.zones(), &server)? else { return Ok(Vec::new()) };
    let change = BTreeMap::from([(KEY.to_owned(), Some(text))]);
    let step = match object {
        Some(object) => write(object, change),
        None => Step::Write(ConfigMap {
            namespace: namespace.clone(),
            name: KUBE_DNS.to_owned(),
            data: change,
            base: Base::Missing,
        }),
    };
    Ok(vec![step, Step::Restart(found.workload.clone())])
}

/// The text with these zones of ours and no others; nothing when it says that already.
pub(super) fn patch(text: &str, zones: &[Zone], server: &str) -> Result<Option<String>, StubError> {
    let before = read(text)?;
    let mut now = without(&before);
    for zone in zones {
        now.insert(zone.name().to_owned(), vec![server.to_owned()]);
    }
    Ok((now != before).then(|| json!(now).to_string()))
}

/// The text without zones of ours; nothing when there is none in it.
#[must_use]
pub(super) fn restore(text: &str) -> Option<String> {
    let before = read(text).ok()?;
    let now = without(&before);
    (now != before).then(|| json!(now).to_string())
}

fn without(stubs: &Stubs) -> Stubs {
    let is_ours = |name: &str| Zone::ALL.iter().any(|zone| zone.name() == name);
    stubs.iter().filter(|(name, _)| !is_ours(name)).map(|(name, of)| (name.clone(), of.clone())).collect()
}

fn read(text: &str) -> Result<Stubs, StubError> {
    if text.trim().is_empty() {
        return Ok(Stubs::new());
    }
    serde_json::from_str(text).map_err(|error| StubError::Unreadable(error.to_string()))
}

/// The key of the text.
pub(super) const KEY: &str = "stubDomains";
