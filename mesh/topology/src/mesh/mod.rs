//! All of it at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::facts::Facts;
use crate::settings::Settings;
use crate::shadow::{self, Ports, Shadow};
use crate::{Problem, configuration, topology};

/// What becomes of a cluster.
#[derive(Debug, Clone)]
pub struct Mesh {
    /// Who is behind what, as the API shows it.
    pub topology: Value,
    /// What nodes route.
    pub routing: Value,
    /// The shadow services, by name.
    pub shadows: BTreeMap<Arc<str>, Shadow>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Makes a mesh of what is known. The same facts make the same mesh.
#[must_use]
pub fn build(facts: &Facts, settings: &Settings) -> Mesh {
    let (mut topology, mut problems) = topology::build(facts, settings);
    let ports = Ports::of(facts, settings, &mut problems);
    let routing = configuration::build(&mut topology, facts, &ports, settings, &mut problems);
    let shadows = shadow::wanted(facts, &ports, settings);
    for problem in &mut problems {
        let key = (Arc::clone(&problem.namespace), Arc::clone(&problem.name));
        let uid = match problem.kind {
            "TrafficSplit" => facts.splits.get(&key).map(|split| &split.uid),
            "TrafficTarget" => facts.targets.get(&key).map(|target| &target.uid),
            _ => facts.services.get(&key).map(|service| &service.uid),
        };
        problem.uid = uid.cloned().unwrap_or_default();
    }
    problems.sort();
    problems.dedup();
    let topology = serde_json::to_value(&topology).unwrap_or_default();
    Mesh { topology, routing, shadows, problems }
}
