//! The shadow services as they are, and as they should be.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use windrose_mesh_topology::facts::Facts;
use windrose_mesh_topology::settings::Settings;
use windrose_mesh_topology::shadow::Shadow;
use windrose_provider_kubernetes::client::{Api, ApiError, escaped};

/// What is to be written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    create: Vec<Value>,
    /// Names, and fields that change.
    change: Vec<(Arc<str>, Value)>,
    delete: Vec<Arc<str>>,
}

/// What makes the shadow services of a cluster those that are wanted. Nothing is deleted that is no shadow service.
pub(super) fn plan(facts: &Facts, wanted: BTreeMap<Arc<str>, Shadow>, settings: &Settings) -> Plan {
    let mut plan = Plan::default();
    let there = facts.services.iter().filter(|((namespace, _), _)| *namespace == settings.namespace);
    for ((_, name), service) in there.filter(|(_, service)| service.is_shadow()) {
        match wanted.get(name) {
            None => plan.delete.push(Arc::clone(name)),
            Some(shadow) if !shadow.is(service) => {
                plan.change.push((Arc::clone(name), shadow.change()));
            }
            Some(_) => {}
        }
    }
    for (name, shadow) in wanted {
        let key = (Arc::clone(&settings.namespace), name);
        if !facts.services.contains_key(&key) {
            plan.create.push(shadow.object(&key.1, settings));
        }
    }
    plan
}

/// Writes a plan. One write that fails costs no other one; the first error is told.
pub(super) async fn apply(api: &Api, namespace: &str, plan: Plan) -> Result<(), ApiError> {
    let services = format!("/api/v1/namespaces/{}/services", escaped(namespace));
    let mut outcome = Ok(());
    let mut note = |written: Result<Value, ApiError>, is_well: u16| match written {
        Err(error) if error.code() != is_well && outcome.is_ok() => outcome = Err(error),
        _ => {}
    };
    // First what goes, as what comes may take its port.
    for name in &plan.delete {
        note(api.delete(&format!("{services}/{}", escaped(name))).await, 404);
    }
    for (name, fields) in &plan.change {
        note(api.patch(&format!("{services}/{}", escaped(name)), fields).await, 404);
    }
    for object in &plan.create {
        // Where another controller was faster, the watch says so.
        note(api.create(&services, object).await, 409);
    }
    outcome
}
