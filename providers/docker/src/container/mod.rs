//! A container as routing sees it: what it is called, where it listens, whether it serves.
//!
//! Made from what the engine says of it; [`Container::declare`] makes its configuration. Pure: whoever needs the address
//! of the host or of another container hands it in.

mod address;
mod stop;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use windrose_config::refuse::DYNAMIC;
use windrose_config::{DynamicConfig, Problem};
use windrose_providers_core::labels::{self, DefaultRule, Servers, Workload, normalize};
use windrose_providers_core::template::Data;

use crate::engine::api::Inspected;
use crate::options::Choice;
use crate::own::{Family, Own, Wrong};

pub(crate) use address::Around;
pub(crate) use stop::Stop;

/// A container.
#[derive(Debug, Clone, Default)]
pub(crate) struct Container {
    pub(crate) id: String,
    /// Without the slash that engines put before it.
    pub(crate) name: String,
    /// When it was made, so that texts compare like times.
    pub(crate) created: String,
    pub(crate) labels: BTreeMap<String, String>,
    /// `running`, `exited` and others.
    pub(crate) status: String,
    /// `healthy`, `starting`, `unhealthy`; empty where nobody asks.
    pub(crate) health: String,
    pub(crate) mode: Mode,
    pub(crate) ports: Vec<Port>,
    /// Names and addresses of its networks, by name.
    pub(crate) networks: BTreeMap<String, String>,
    /// How it is asked to stop.
    pub(crate) stop: Stop,
}

/// Whose network a container has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One of its own.
    #[default]
    Own,
    /// That of the host.
    Host,
    /// That of the container of this identity or name.
    Of(String),
}

/// A port that a container listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) number: u16,
    /// The address and the port of the host that lead to it.
    pub(crate) bindings: Vec<(String, String)>,
}

impl Container {
    pub(crate) fn new(inspected: Inspected) -> Self {
        let Inspected { id, name, created, state, config, host_config, network_settings } = inspected;
        let mode = match host_config.network_mode.split_once(':') {
            Some(("container", target)) => Mode::Of(target.to_owned()),
            _ if host_config.network_mode == "host" => Mode::Host,
            _ => Mode::Own,
        };
        let mut ports: Vec<Port> = network_settings
            .ports
            .into_iter()
            .filter_map(|(port, bindings)| {
                let number = port.split('/').next()?.parse().ok()?;
                let bindings = bindings.unwrap_or_default().into_iter();
                Some(Port { number, bindings: bindings.map(|to| (to.host_ip, to.host_port)).collect() })
            })
            .collect();
        ports.sort_by_key(|port| port.number);
        let networks = network_settings.networks.into_iter().map(|(name, attached)| {
            let attached = attached.unwrap_or_default();
            let is_v4 = !attached.ip_address.is_empty();
            (name, if is_v4 { attached.ip_address } else { attached.global_ipv6_address })
        });
        Self {
            id,
            name: name.trim_start_matches('/').to_owned(),
            created: created.trim_end_matches('Z').to_owned(),
            stop: Stop::new(&config.stop_signal, config.stop_timeout),
            labels: config.labels,
            status: state.status,
            health: state.health.status,
            mode,
            ports,
            networks: networks.collect(),
        }
    }

    /// For people.
    pub(crate) fn owner(&self) -> String {
        format!("container {}", self.name)
    }

    /// The name of the router and the service that nobody wrote.
    pub(crate) fn own_name(&self) -> String {
        match (self.labels.get(COMPOSE_SERVICE), self.labels.get(COMPOSE_PROJECT)) {
            (Some(service), Some(project)) => normalize(&format!("{service}_{project}")),
            _ => normalize(&self.name),
        }
    }

    /// Whether it can be of interest although it does not run.
    pub(crate) fn may_be_stopped(labels: &BTreeMap<String, String>) -> bool {
        labels.keys().any(|name| name.eq_ignore_ascii_case("traefik.docker.allownonrunning"))
    }

    fn is_running(&self) -> bool {
        self.status.is_empty() || self.status == "running"
    }

    fn is_healthy(&self) -> bool {
        matches!(self.health.as_str(), "" | "none" | "healthy")
    }

    /// What it declares; nothing where it is left out.
    pub(crate) fn declare(&self, choice: &Choice, around: &Around<'_>) -> Option<DynamicConfig> {
        let owner = self.owner();
        let own = match Own::read(&owner, &self.labels, choice, Family::Docker) {
            Ok(own) => own,
            Err(wrong) => return Some(self.refused(choice, &owner, wrong)),
        };
        let serves = self.is_running() && self.is_healthy();
        let is_kept = own.may_be_stopped || (self.is_running() && (choice.allow_empty_services || serves));
        if !own.is_enabled || !choice.constraints.match_labels(&self.labels) || !is_kept {
            return None;
        }
        let find = |port: Option<&str>| self.addresses(&own.network, port, choice, around);
        let servers = if serves { Servers::At(&find) } else { Servers::None };
        let mut config = self.read(choice, &owner, servers);
        if let Some(warning) = self.network_warning(&own.network).filter(|_| serves) {
            config.problems.push(warning);
        }
        Some(config)
    }

    fn read(&self, choice: &Choice, owner: &str, servers: Servers<'_>) -> DynamicConfig {
        let name = self.own_name();
        let data = [
            ("Name", Data::Text(&name)),
            ("ContainerName", Data::Text(&self.name)),
            ("Labels", Data::Texts(&self.labels)),
        ];
        let rule = DefaultRule {
            template: &choice.default_rule,
            option: "providers.docker.defaultRule",
            data: &data,
        };
        labels::read(
            &Workload {
                owner,
                name: &name,
                labels: &self.labels,
                servers,
                rule,
                constraints: &choice.constraints,
            },
            DYNAMIC,
        )
    }

    /// One whose labels to the provider cannot be understood: it serves nothing, and its places stay closed, unless it is
    /// only unclear whether it is meant at all.
    fn refused(&self, choice: &Choice, owner: &str, wrong: Wrong) -> DynamicConfig {
        let mut config = self.read(choice, owner, Servers::None);
        config.problems.splice(0..0, wrong.problems);
        if wrong.is_switch || !self.is_running() {
            return DynamicConfig { problems: config.problems, ..DynamicConfig::default() };
        }
        labels::close(&mut config);
        config
    }

    fn network_warning(&self, wanted: &str) -> Option<Problem> {
        let is_there = wanted.is_empty() || self.networks.contains_key(wanted) || self.networks.is_empty();
        if is_there || self.mode != Mode::Own {
            return None;
        }
        let known = self.networks.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let message = format!(
            "container {} is in no network `{wanted}` (it is in {known}), so its address in the first one is used; Compose puts the project before the name of a network",
            self.name
        );
        let source = windrose_config::Source::other(&self.owner());
        Some(Problem::warning(message).at(&source, windrose_config::Mark::default()))
    }
}

const COMPOSE_PROJECT: &str = "com.docker.compose.project";
const COMPOSE_SERVICE: &str = "com.docker.compose.service";
