//! Figures as objects.
//!
//! Fields and their order are those of the Service Mesh Interface. What policies denied has no place there: it is an
//! annotation, where there is any.

use serde_json::{Map, Value, json};
use windrose_mesh_topology::Key;

use crate::report::Figures;
use crate::window::Span;

/// Something that figures are about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    pub(crate) kind: &'static str,
    /// Without a namespace for what has none.
    pub(crate) key: Key,
}

/// The other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) direction: Direction,
    /// Nothing stands for everybody.
    pub(crate) resource: Option<Resource>,
}

/// Which way requests go, as the resource sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// It is asked.
    From,
    /// It asks.
    To,
}

/// One object to be.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) resource: Resource,
    pub(crate) edge: Edge,
    /// Of a split: root, backend, weight.
    pub(crate) backend: Option<(Key, Key, u64)>,
    pub(crate) figures: Figures,
}

/// When and where objects are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'a> {
    /// Group and version.
    pub(crate) api: &'a str,
    pub(crate) span: Span,
}

impl Resource {
    pub(crate) fn reference(&self) -> Value {
        let mut reference = Map::new();
        reference.insert("kind".to_owned(), self.kind.into());
        if !self.key.namespace.is_empty() {
            reference.insert("namespace".to_owned(), (*self.key.namespace).into());
        }
        reference.insert("name".to_owned(), (*self.key.name).into());
        Value::Object(reference)
    }
}

impl Frame<'_> {
    /// The end of the stretch, as Kubernetes writes times.
    pub(crate) fn timestamp(&self) -> String {
        let seconds = i64::try_from(self.span.until).unwrap_or_default();
        jiff::Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
    }

    /// One object. `link` is where it is found.
    pub(crate) fn object(&self, item: &Item, link: &str) -> Value {
        let timestamp = self.timestamp();
        let mut metadata = json!({"name": &*item.resource.key.name});
        if !item.resource.key.namespace.is_empty() {
            metadata["namespace"] = (*item.resource.key.namespace).into();
        }
        metadata["selfLink"] = link.into();
        metadata["creationTimestamp"] = timestamp.clone().into();
        if item.figures.denied > 0 {
            metadata["annotations"] = json!({DENIED: item.figures.denied.to_string()});
        }
        let (direction, side) = match item.edge.direction {
            Direction::From if item.backend.is_some() => ("from", "client"),
            Direction::From => ("from", "server"),
            Direction::To => ("to", "client"),
        };
        let backend = item.backend.as_ref().map(
            |(root, backend, weight)| json!({"apex": &*root.name, "name": &*backend.name, "weight": weight}),
        );
        json!({
            "apiVersion": self.api,
            "kind": "TrafficMetrics",
            "metadata": metadata,
            "timestamp": timestamp,
            "window": window(self.span.seconds),
            "resource": item.resource.reference(),
            "edge": {
                "direction": direction,
                "side": side,
                "resource": item.edge.resource.as_ref().map(Resource::reference),
            },
            "backend": backend,
            "metrics": metrics(&item.figures),
        })
    }
}

fn metrics(figures: &Figures) -> Value {
    let latency = |name: &str, of_thousand| json!({"name": name, "unit": "ms", "value": millis(figures.latency.quantile(of_thousand))});
    json!([
        latency("p99_response_latency", 990),
        latency("p90_response_latency", 900),
        latency("p50_response_latency", 500),
        {"name": "success_count", "value": figures.success.to_string()},
        {"name": "failure_count", "value": figures.failure.to_string()},
    ])
}

/// Microseconds as a quantity of milliseconds.
pub(crate) fn millis(micros: u64) -> String {
    if micros.is_multiple_of(1000) { (micros / 1000).to_string() } else { format!("{micros}m") }
}

/// A stretch as Go writes it.
fn window(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

/// How many requests policies denied.
const DENIED: &str = "mesh.traefik.io/denied-count";
