//! What changes on OpenShift: an entry of `spec.servers` of the DNS operator, which forwards the zones to the mesh's own
//! server. What else is written there stays, and so does what others wrote into our entry.

#[cfg(test)]
mod tests;

use serde_json::{Value, json};
use thiserror::Error;

use super::object::{items, text, version};
use super::step::{Operator, Step};
use super::wanted::{Wanted, upstream};
use crate::Zone;

/// Why the operator's servers stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OperatorError {
    /// Nobody knows where to send questions.
    #[error("the address of the mesh's DNS server is not known yet")]
    NoServer,
    /// Another entry forwards a zone of the mesh.
    #[error("the zone {0} is forwarded by the entry {1:?} of spec.servers; remove it there")]
    Taken(Zone, String),
}

/// The steps; none when all is as wanted.
pub(super) fn plan(operator: &Value, wanted: &Wanted) -> Result<Vec<Step>, OperatorError> {
    if wanted.zones().is_empty() {
        return Ok(undo(operator));
    }
    let server = upstream(wanted.server().ok_or(OperatorError::NoServer)?);
    let zones: Vec<&str> = wanted.zones().iter().map(|zone| zone.name()).collect();
    let before = items(operator, SERVERS);
    for entry in before.iter().filter(|entry| !is_ours(entry)) {
        refuse_taken(entry, wanted.zones())?;
    }
    let mut servers = before.to_vec();
    match servers.iter_mut().find(|entry| is_ours(entry)) {
        Some(entry) => {
            entry["zones"] = json!(zones);
            if !entry["forwardPlugin"].is_object() {
                entry["forwardPlugin"] = json!({});
            }
            entry["forwardPlugin"]["upstreams"] = json!([server]);
        }
        None => servers.push(json!({
            "name": NAME,
            "zones": zones,
            "forwardPlugin": {"upstreams": [server]},
        })),
    }
    if servers == before { Ok(Vec::new()) } else { Ok(vec![step(operator, Some(servers))]) }
}

/// The steps that take it back; none when there is nothing of ours.
pub(super) fn undo(operator: &Value) -> Vec<Step> {
    let before = items(operator, SERVERS);
    let rest: Vec<Value> = before.iter().filter(|entry| !is_ours(entry)).cloned().collect();
    if rest.len() == before.len() {
        return Vec::new();
    }
    vec![step(operator, Some(rest).filter(|rest| !rest.is_empty()))]
}

fn refuse_taken(entry: &Value, zones: &[Zone]) -> Result<(), OperatorError> {
    let written = items(entry, "/zones").iter().filter_map(Value::as_str);
    for name in written.map(|name| name.strip_suffix('.').unwrap_or(name)) {
        if let Some(zone) = zones.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)) {
            return Err(OperatorError::Taken(*zone, text(entry, "/name").to_owned()));
        }
    }
    Ok(())
}

fn is_ours(entry: &Value) -> bool {
    text(entry, "/name") == NAME
}

fn step(operator: &Value, servers: Option<Vec<Value>>) -> Step {
    Step::Operator(Operator { servers, resource_version: version(operator) })
}

/// The name of our entry: a service name of at most 15 letters, as the operator asks.
const NAME: &str = "windrose-mesh";
const SERVERS: &str = "/spec/servers";
