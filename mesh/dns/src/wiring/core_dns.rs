//! What changes where CoreDNS is the cluster's DNS.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Seen;
use super::corefile::{self, CorefileError};
use super::detect::{COREFILE, CoreDns, Form};
use super::object::{base, data, mounts, name, namespace};
use super::problem::Problem;
use super::step::{ConfigMap, Step};
use super::wanted::Wanted;
use crate::Zone;

/// The steps; none when all is as wanted.
pub(super) fn plan(seen: &Seen, found: &CoreDns, wanted: &Wanted) -> Result<Vec<Step>, Problem> {
    let namespace = &found.workload.namespace;
    let missing = || Problem::NoConfigMap(namespace.clone());
    let object = seen.config_map(namespace, &found.config_map).ok_or_else(missing)?;
    let mut steps = Vec::new();
    let changed = match found.form {
        Form::Corefile => {
            // Whoever wrote a text of nothing but blocks of the mesh would take the rest of DNS away.
            let text = data(object, COREFILE).ok_or_else(missing)?;
            let patched = corefile::patch(text, wanted, found.version)?;
            patched.map(|text| (COREFILE.to_owned(), Some(text))).into_iter().collect()
        }
        Form::Custom => {
            // CoreDNS refuses a zone that is there twice, so the other text is rid of it first.
            for other in others(seen, found) {
                match restored(other) {
                    changed if changed.is_empty() => {}
                    changed => steps.push(write(other, changed)),
                }
            }
            custom(seen, found, object, wanted)?
        }
    };
    if !changed.is_empty() {
        steps.push(write(object, changed));
    }
    if !steps.is_empty() {
        steps.push(Step::Restart(found.workload.clone()));
    }
    Ok(steps)
}

/// What changes in `coredns-custom`: each zone has a key of its own.
fn custom(
    seen: &Seen,
    found: &CoreDns,
    object: &Value,
    wanted: &Wanted,
) -> Result<BTreeMap<String, Option<String>>, Problem> {
    let mut changed = BTreeMap::new();
    for zone in Zone::ALL {
        let key = key(zone);
        let text = data(object, &key);
        let block = if wanted.zones().contains(&zone) {
            refuse_taken(seen, found, object, zone)?;
            Some(corefile::block(zone, wanted, found.version)?)
        } else {
            None
        };
        let now = corefile::with(text.unwrap_or_default().to_owned(), zone, block.as_deref())?;
        if now != text.unwrap_or_default() {
            changed.insert(key, Some(now).filter(|text| !text.trim().is_empty()));
        }
    }
    Ok(changed)
}

/// A zone that another text serves cannot be served again.
fn refuse_taken(seen: &Seen, found: &CoreDns, object: &Value, zone: Zone) -> Result<(), CorefileError> {
    let keys = object.get("data").and_then(Value::as_object).into_iter().flatten();
    let beside = keys.filter(|(name, _)| name.ends_with(".server") && **name != key(zone));
    let beside = beside.filter_map(|(_, text)| text.as_str());
    let others = others(seen, found).into_iter().filter_map(|other| data(other, COREFILE));
    for text in beside.chain(others) {
        let text = corefile::restore(text).unwrap_or_else(|| text.to_owned());
        // A text that we do not write and cannot read is not ours to judge.
        if corefile::serves(&text, zone).unwrap_or(false) {
            return Err(corefile::taken(zone));
        }
    }
    Ok(())
}

/// The other `ConfigMap`s that this CoreDNS reads.
fn others<'a>(seen: &'a Seen, found: &CoreDns) -> Vec<&'a Value> {
    let namespace = &found.workload.namespace;
    let Some(workload) = seen.workload(&found.workload) else { return Vec::new() };
    let names = mounts(workload).into_iter().map(|mount| mount.config_map);
    names
        .filter(|name| *name != found.config_map)
        .filter_map(|name| seen.config_map(namespace, name))
        .collect()
}

/// What changes in a `ConfigMap` when all that is of the mesh goes.
pub(super) fn restored(object: &Value) -> BTreeMap<String, Option<String>> {
    let mut changed = BTreeMap::new();
    if let Some(text) = data(object, COREFILE).and_then(corefile::restore) {
        changed.insert(COREFILE.to_owned(), Some(text));
    }
    for key in Zone::ALL.map(key) {
        if let Some(text) = data(object, &key).and_then(corefile::restore) {
            // Whoever wrote more into the key than a block keeps that.
            changed.insert(key, Some(text).filter(|text| !text.trim().is_empty()));
        }
    }
    changed
}

/// The step that writes a change of an object.
pub(super) fn write(object: &Value, data: BTreeMap<String, Option<String>>) -> Step {
    Step::Write(ConfigMap {
        namespace: namespace(object).to_owned(),
        name: name(object).to_owned(),
        data,
        base: base(object),
    })
}

fn key(zone: Zone) -> String {
    format!("{zone}.server")
}
