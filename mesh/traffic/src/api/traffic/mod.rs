//! Who talks to whom, and what was denied to whom by which policy: for people who look at the controller itself.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_mesh_topology::Key;

use crate::directory::Pod;
use crate::report::{Figures, Protocol};
use crate::window::{Flow, Window};

/// What of it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// How long a stretch is meant; as long as any at the most.
    pub seconds: u64,
    /// Only what pods of this Service asked.
    pub from: Option<Key>,
    /// Only what this Service was asked.
    pub to: Option<Key>,
    /// Only what was denied.
    pub only_denied: bool,
    /// Only what has this in a name, whatever its case; empty for everything.
    pub search: String,
    /// How many rows are passed over, and how many are shown then.
    pub rows: (usize, usize),
}

impl Default for Look {
    fn default() -> Self {
        let (from, to, search) = (None, None, String::new());
        Self { seconds: SECONDS, from, to, only_denied: false, search, rows: (0, usize::MAX) }
    }
}

/// What passed lately, by who asked, the Service that was asked, and what refused it; the most first. Beside it all of
/// it together, what each backend of a split was given, and what each policy denied.
#[must_use]
pub fn traffic(window: &Window, now: u64, look: &Look) -> Value {
    let span = Window::span(look.seconds, now);
    let (mut all, mut shares) = (BTreeMap::<Ends, Figures>::new(), BTreeMap::<Share<'_>, Figures>::new());
    for flow in window.flows(span).filter(|flow| look.wants(flow)) {
        let ends = Ends::of(flow);
        if !ends.has(&look.search) {
            continue;
        }
        all.entry(ends).or_default().merge(&flow.figures);
        if let (Some(split), Some(backend)) = (&flow.split, &flow.backend) {
            shares.entry((split, backend)).or_default().merge(&flow.figures);
        }
    }
    let (mut sum, mut refused) = (Figures::default(), BTreeMap::<&str, u64>::new());
    for (ends, figures) in &all {
        sum.merge(figures);
        if figures.denied > 0 {
            let denied = refused.entry(&ends.policy).or_default();
            *denied = denied.saturating_add(figures.denied);
        }
    }
    let mut rows: Vec<(&Ends, &Figures)> = all.iter().collect();
    // Stable: what is as much stays in the order of its ends.
    rows.sort_by_key(|(_, figures)| Reverse(count(figures)));
    let (passed, most) = look.rows;
    let share = |((split, backend), figures): (&Share<'_>, &Figures)| {
        with(json!({"split": text(split), "backend": text(backend)}), figures)
    };
    json!({
        "until": span.until,
        "seconds": span.seconds,
        "total": rows.len(),
        "sum": with(json!({}), &sum),
        "traffic": rows.iter().skip(passed).take(most).map(|(ends, figures)| ends.row(figures)).collect::<Vec<Value>>(),
        "splits": shares.iter().map(share).collect::<Vec<Value>>(),
        "policies": refused.iter().map(|(policy, denied)| json!({"policy": policy, "denied": denied})).collect::<Vec<Value>>(),
    })
}

/// What is told apart.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ends {
    client: Option<Workload>,
    /// The Services that the client answers for.
    services: Vec<String>,
    service: Option<String>,
    port: u16,
    protocol: Protocol,
    policy: Arc<str>,
}

/// A split and a backend of it.
type Share<'a> = (&'a Key, &'a Key);

/// Kind, name and account; what they are named by stands before a slash.
type Workload = (Arc<str>, String, String);

impl Look {
    fn wants(&self, flow: &Flow) -> bool {
        let asks = |key: &Key| flow.client.as_ref().is_some_and(|client| client.services.contains(key));
        self.from.as_ref().is_none_or(asks)
            && self.to.as_ref().is_none_or(|key| flow.service.as_ref() == Some(key))
            && (!self.only_denied || flow.figures.denied > 0)
    }
}

impl Ends {
    fn of(flow: &Flow) -> Self {
        let services = flow.client.iter().flat_map(|client| &client.services).map(text);
        Self {
            client: flow.client.as_deref().map(workload),
            services: services.collect(),
            service: flow.service.as_ref().map(text),
            port: flow.port,
            protocol: flow.protocol,
            policy: Arc::clone(&flow.policy),
        }
    }

    /// Whether it is found by a text.
    fn has(&self, search: &str) -> bool {
        let search = search.to_lowercase();
        let client = self.client.iter().flat_map(|(_, name, account)| [&**name, &**account]);
        let service = self.service.as_deref().into_iter().chain([&*self.policy]);
        search.is_empty() || client.chain(service).any(|name| name.to_lowercase().contains(&search))
    }

    fn row(&self, figures: &Figures) -> Value {
        let client = self
            .client
            .as_ref()
            .map(|(kind, name, account)| json!({"kind": &**kind, "name": name, "serviceAccount": account}));
        let row = json!({
            "client": client,
            "clientServices": self.services,
            "service": self.service,
            "port": self.port,
            "protocol": self.protocol,
            "policy": &*self.policy,
        });
        with(row, figures)
    }
}

/// Figures beside what they are of.
fn with(mut of: Value, figures: &Figures) -> Value {
    of["success"] = figures.success.into();
    of["failure"] = figures.failure.into();
    of["denied"] = figures.denied.into();
    for (name, of_thousand) in [("p50Micros", 500), ("p90Micros", 900), ("p99Micros", 990)] {
        of[name] = figures.latency.quantile(of_thousand).into();
    }
    of
}

const fn count(figures: &Figures) -> u64 {
    figures.success.saturating_add(figures.failure).saturating_add(figures.denied)
}

/// As Kubernetes writes it.
fn text(key: &Key) -> String {
    format!("{}/{}", key.namespace, key.name)
}

/// What a pod is one of; itself where nothing made it.
fn workload(pod: &Pod) -> Workload {
    let namespace = &pod.key.namespace;
    let (kind, name) =
        pod.owners.last().cloned().unwrap_or_else(|| ("Pod".into(), Arc::clone(&pod.key.name)));
    let account = if pod.account.is_empty() { "default" } else { &*pod.account };
    (kind, format!("{namespace}/{name}"), format!("{namespace}/{account}"))
}

/// How much is shown unless it is said.
const SECONDS: u64 = 60;
