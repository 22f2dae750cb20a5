//! Who talks to whom, and what was denied to whom by which policy: for people who look at the controller itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::directory::Pod;
use crate::report::{Figures, Protocol};
use crate::window::Window;

/// All that passed lately, by who asked, the Service that was asked, and what refused it.
#[must_use]
pub fn traffic(window: &Window, now: u64) -> Value {
    let span = Window::span(SECONDS, now);
    let mut all: BTreeMap<Ends, Figures> = BTreeMap::new();
    for flow in window.flows(span) {
        let ends = Ends {
            client: flow.client.as_deref().map(workload),
            service: flow.service.as_ref().map(|key| format!("{}/{}", key.namespace, key.name)),
            port: flow.port,
            protocol: flow.protocol,
            policy: Arc::clone(&flow.policy),
        };
        all.entry(ends).or_default().merge(&flow.figures);
    }
    json!({
        "until": span.until,
        "seconds": span.seconds,
        "traffic": all.iter().map(|(ends, figures)| one(ends, figures)).collect::<Vec<Value>>(),
    })
}

/// What is told apart.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ends {
    client: Option<Workload>,
    service: Option<String>,
    port: u16,
    protocol: Protocol,
    policy: Arc<str>,
}

fn one(ends: &Ends, figures: &Figures) -> Value {
    let client = ends.client.as_ref();
    let client =
        client.map(|(kind, name, account)| json!({"kind": &**kind, "name": name, "serviceAccount": account}));
    json!({
        "client": client,
        "service": ends.service,
        "port": ends.port,
        "protocol": ends.protocol,
        "policy": &*ends.policy,
        "success": figures.success,
        "failure": figures.failure,
        "denied": figures.denied,
        "p50Micros": figures.latency.quantile(500),
        "p99Micros": figures.latency.quantile(990),
    })
}

/// Kind, name and account; what they are named by stands before a slash.
type Workload = (Arc<str>, String, String);

/// What a pod is one of; itself where nothing made it.
fn workload(pod: &Pod) -> Workload {
    let namespace = &pod.key.namespace;
    let (kind, name) =
        pod.owners.last().cloned().unwrap_or_else(|| ("Pod".into(), Arc::clone(&pod.key.name)));
    let account = if pod.account.is_empty() { "default" } else { &*pod.account };
    (kind, format!("{namespace}/{name}"), format!("{namespace}/{account}"))
}

/// How much is shown.
const SECONDS: u64 = 60;
