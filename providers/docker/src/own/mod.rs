//! The labels that speak to the provider and not of routing: `traefik.enable`, `traefik.docker.network` and their like.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use windrose_config::source::labels::{self, Labels};
use windrose_config::{Problem, decode};

use crate::options::Choice;

/// What a container or service says to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Own {
    /// Whether it is looked at.
    pub(crate) is_enabled: bool,
    /// The network whose address counts; empty means the first.
    pub(crate) network: String,
    /// Whether the swarm itself balances.
    pub(crate) is_balanced_by_swarm: bool,
    /// Whether it keeps its routers while it does not run.
    pub(crate) may_be_stopped: bool,
}

/// Labels that cannot be used.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// Why.
    pub(crate) problems: Vec<Problem>,
    /// Whether all that is wrong is whether it is looked at at all.
    pub(crate) is_switch: bool,
}

impl Own {
    /// Reads them; `family` is `docker` or `swarm`, which also knows the older names of `docker`.
    pub(crate) fn read(
        owner: &str,
        all: &BTreeMap<String, String>,
        choice: &Choice,
        family: Family,
    ) -> Result<Self, Wrong> {
        let filters: &[&str] = match family {
            Family::Docker => &["traefik.docker.", "traefik.enable"],
            Family::Swarm => &["traefik.docker.", "traefik.swarm.", "traefik.enable"],
        };
        let pairs = all.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let Labels { tree, source, mut problems } = labels::parse(owner, pairs, filters);
        let written: Written = match decode(&tree, &source) {
            Ok(written) if problems.is_empty() => written,
            Ok(_) => return Err(Wrong { problems, is_switch: false }),
            Err(wrong) => {
                let switch = tree.field("enable").map(|switch| switch.mark);
                let is_switch = problems.is_empty()
                    && wrong
                        .iter()
                        .all(|problem| problem.origin.as_ref().map(|origin| origin.mark) == switch);
                problems.extend(wrong);
                return Err(Wrong { problems, is_switch });
            }
        };
        let (docker, swarm) = (written.docker, written.swarm);
        if let (Some(_), Some(_)) = (&docker, &swarm) {
            let message = "traefik.docker.* and traefik.swarm.* are both written, keep traefik.swarm.*";
            let mark = tree.field("docker").map_or_else(Default::default, |docker| docker.mark);
            let problems = vec![Problem::error(message).at(&source, mark)];
            return Err(Wrong { problems, is_switch: false });
        }
        let Specific { network, lbswarm, allownonrunning } = swarm.or(docker).unwrap_or_default();
        Ok(Self {
            is_enabled: written.enable.unwrap_or(choice.exposed_by_default),
            network: network.unwrap_or_else(|| choice.network.to_string()),
            is_balanced_by_swarm: lbswarm,
            may_be_stopped: allownonrunning && family == Family::Docker,
        })
    }
}

/// Whose labels they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Docker,
    Swarm,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    enable: Option<bool>,
    docker: Option<Specific>,
    swarm: Option<Specific>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Specific {
    network: Option<String>,
    lbswarm: bool,
    allownonrunning: bool,
}
