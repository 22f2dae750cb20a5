//! The shadow services as they are, and as they should be.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_mesh_topology::{Settings, Shadow};
use windrose_provider_kubernetes::client::{Api, ApiError, escaped};

use crate::cluster::Cluster;

/// What is to be written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    create: Vec<Value>,
    /// Names, and fields that change.
    change: Vec<(Arc<str>, Value)>,
    delete: Vec<Arc<str>>,
}

/// What makes the shadow services of a cluster those that are wanted. Nothing is touched that is no shadow service.
pub(super) fn plan(cluster: &Cluster, wanted: &BTreeMap<String, Shadow>, settings: &Settings) -> Plan {
    let mut plan = Plan::default();
    let there = cluster.shadows(&settings.mesh_namespace);
    let there: BTreeMap<&str, &Value> = there.map(|(meta, written)| (&*meta.name, written)).collect();
    plan.delete =
        there.keys().filter(|name| !wanted.contains_key(**name)).map(|name| Arc::from(*name)).collect();
    for (name, shadow) in wanted {
        let object = shadow.object(settings);
        match there.get(&**name) {
            None => plan.create.push(object),
            Some(written) if !is_same(written, &object) => {
                plan.change.push((name.as_str().into(), change(&object)));
            }
            Some(_) => {}
        }
    }
    plan
}

fn is_same(written: &Value, wanted: &Value) -> bool {
    FIELDS.iter().all(|path| {
        let of = |object: &Value| object.pointer(path).cloned().unwrap_or_default();
        of(written) == of(wanted)
    })
}

/// The fields that lead to nodes, as a change.
fn change(wanted: &Value) -> Value {
    let of = |path: &str| wanted.pointer(path).cloned().unwrap_or_default();
    json!({"spec": {"ports": of(FIELDS[0]), "trafficDistribution": of(FIELDS[1])}})
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

/// What of a shadow service leads to nodes.
const FIELDS: [&str; 2] = ["/spec/ports", "/spec/trafficDistribution"];
