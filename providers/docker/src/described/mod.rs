//! Containers and services that are only described so far, as in a Compose file: what they would declare if they ran.
//!
//! Pure. Their addresses are those of nobody (RFC 5737), since only an engine knows others.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use windrose_config::DynamicConfig;

use crate::container::{Container, Mode, Port};
use crate::engine::api::{Attachment, Service, Task};
use crate::options::Choice;
use crate::provider::known::Known;
use crate::swarm::Swarm;

/// A container or service that somebody describes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// What it will be called.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The ports that are written; the image may expose others.
    pub ports: Vec<u16>,
    /// The names of its networks.
    pub networks: Vec<String>,
    /// Whose network it has, in Docker's words: empty, `host`, or `container:NAME`.
    pub network_mode: String,
}

/// What containers would declare, in this order of age.
#[must_use]
pub fn containers(all: &[Described], choice: &Choice) -> DynamicConfig {
    let mut known = Known::new(choice);
    known.learn_host(HOST.to_owned());
    let containers = all.iter().enumerate().map(|(age, described)| described.container(age));
    known.put_all(containers.collect());
    known.merged()
}

/// What services of a swarm would declare, each with one task.
#[must_use]
pub fn services(all: &[Described], choice: &Choice) -> DynamicConfig {
    let mut swarm = Swarm { services: Vec::new(), tasks: Vec::new(), networks: BTreeMap::new() };
    for (age, described) in all.iter().enumerate() {
        let mut service =
            Service { id: described.name.clone(), created_at: format!("{age:09}"), ..Service::default() };
        service.spec.name.clone_from(&described.name);
        service.spec.labels.clone_from(&described.labels);
        "vip".clone_into(&mut service.spec.endpoint_spec.mode);
        let mut task = Task { service: described.name.clone(), ..Task::default() };
        "running".clone_into(&mut task.status.state);
        for network in described.networks() {
            swarm.networks.insert(network.clone(), network.clone());
            let mut attachment =
                Attachment { addresses: vec![format!("{HOST}/24")], ..Attachment::default() };
            attachment.network.id = network;
            task.networks_attachments.push(attachment);
        }
        swarm.services.push(service);
        swarm.tasks.push(task);
    }
    swarm.declare(choice)
}

/// The owner that problems with the labels of a container name.
#[must_use]
pub fn owner_of_container(name: &str) -> String {
    format!("container {name}")
}

/// The owner that problems with the labels of a service name.
#[must_use]
pub fn owner_of_service(name: &str) -> String {
    format!("service {name}")
}

impl Described {
    fn networks(&self) -> Vec<String> {
        match self.networks.is_empty() {
            // Without one it has no address.
            true if self.network_mode == "none" => Vec::new(),
            true => vec!["default".to_owned()],
            false => self.networks.clone(),
        }
    }

    fn container(&self, age: usize) -> Container {
        let mode = match self.network_mode.split_once(':') {
            Some(("container", target)) => Mode::Of(target.to_owned()),
            _ if self.network_mode == "host" => Mode::Host,
            _ => Mode::Own,
        };
        let mut ports = self.ports.clone();
        ports.sort_unstable();
        if ports.is_empty() {
            ports.push(SOME);
        }
        Container {
            id: self.name.clone(),
            name: self.name.clone(),
            created: format!("{age:09}"),
            labels: self.labels.clone(),
            status: "running".to_owned(),
            health: String::new(),
            mode,
            ports: ports.into_iter().map(|number| Port { number, bindings: Vec::new() }).collect(),
            networks: self.networks().into_iter().map(|name| (name, HOST.to_owned())).collect(),
            ..Container::default()
        }
    }
}

const HOST: &str = "192.0.2.1";
/// Images expose ports of their own.
const SOME: u16 = 80;
