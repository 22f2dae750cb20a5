//! How the mesh is, in numbers.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use windrose_mesh_topology::facts::Protocol;

use super::Sight;
use super::problems::{Row, Severity};

/// What is to be said beside what a cluster comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State<'a> {
    /// How many nodes there are, and how many of them are ready.
    pub(crate) nodes: (usize, usize),
    /// The name of the last version of the routing.
    pub(crate) tag: &'a str,
    /// What is wrong with the mesh itself.
    pub(crate) own: &'a [Row],
    /// Whether what nodes count is kept.
    pub(crate) keeps_figures: bool,
}

impl Sight {
    /// Everything in numbers.
    pub(crate) fn overview(&self, state: &State<'_>) -> Value {
        let Self { topology, settings, shadows, .. } = self;
        let (nodes, ready) = state.nodes;
        let rows = || state.own.iter().chain(&self.problems);
        let wrong = |severity| rows().filter(|row| row.severity == severity).count();
        let count = |kind, total| json!({"total": total, "wrong": self.counts(kind).len()});
        let taken = |protocol, first| {
            let ports = shadows.values().flat_map(|shadow| &shadow.ports);
            ports.filter(|port| port.protocol == protocol && port.target >= first).count()
        };
        json!({
            "services": count("Service", topology.services.len()),
            "splits": count("TrafficSplit", topology.traffic_splits.len()),
            "targets": count("TrafficTarget", self.targets().count()),
            "served": shadows.len(),
            "pods": topology.services.values().flat_map(|service| &service.pods).collect::<BTreeSet<_>>().len(),
            "nodes": {"total": nodes, "ready": ready},
            "problems": {"errors": wrong(Severity::Error), "warnings": wrong(Severity::Warning)},
            "routing": state.tag,
            "keepsFigures": state.keeps_figures,
            "settings": {
                "namespace": &*settings.mesh_namespace,
                "acl": settings.acl,
                "defaultMode": settings.default_mode.text(),
                "watchNamespaces": settings.watch_namespaces,
                "ignoreNamespaces": settings.ignore_namespaces,
                "windroseZone": settings.windrose_zone,
            },
            "entryPoints": {
                "tcp": {"taken": taken(Protocol::Tcp, FIRST_TCP), "limit": settings.limits.tcp},
                "udp": {"taken": taken(Protocol::Udp, FIRST_TCP), "limit": settings.limits.udp},
            },
        })
    }
}

/// Entry points that a Service of HTTP shares with all others are below.
const FIRST_TCP: u16 = 10_000;
