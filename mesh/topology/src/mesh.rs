//! Everything that facts come to, at once.

use std::collections::BTreeMap;

use crate::configuration::{self, Configuration, Place, Subjects};
use crate::facts::Facts;
use crate::problem::Problem;
use crate::settings::Settings;
use crate::shadow::{self, Ports, Shadow};
use crate::topology::{self, Topology};

/// What a cluster comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// Who may talk to whom. Its `errors` have those of the configuration too.
    pub topology: Topology,
    /// What the proxies are told.
    pub configuration: Configuration,
    /// What names in it stand for.
    pub subjects: Subjects,
    /// The shadow services there have to be, by name.
    pub shadows: BTreeMap<String, Shadow>,
    /// What to tell the owners of objects: in order, each once.
    pub problems: Vec<Problem>,
}

impl Mesh {
    /// The mesh of these facts. `ports` has to be settled for them.
    #[must_use]
    pub fn build(facts: &Facts, ports: &Ports, settings: &Settings) -> Self {
        let mut topology = topology::build(facts, settings);
        let mut built = configuration::build(&topology, facts, ports, settings);
        for (place, message) in std::mem::take(&mut built.errors) {
            let errors = match place {
                Place::Service(key) => topology.services.get_mut(&key).map(|service| &mut service.errors),
                Place::Target(key) => {
                    topology.service_traffic_targets.get_mut(&key).map(|target| &mut target.errors)
                }
                Place::Split(key) => topology.traffic_splits.get_mut(&key).map(|split| &mut split.errors),
            };
            errors.into_iter().for_each(|errors| errors.push(message.clone()));
        }
        let (shadows, of_shadows) = shadow::wanted(facts, ports, settings);
        let mut problems: Vec<Problem> = topology
            .problems
            .iter()
            .cloned()
            .chain(std::mem::take(&mut built.problems))
            .chain(of_shadows)
            .collect();
        problems.sort();
        problems.dedup();
        let configuration::Built { configuration, subjects, .. } = built;
        Self { topology, configuration, subjects, shadows, problems }
    }
}
