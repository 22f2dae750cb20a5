//! A container as routing sees it: what it is called, where it listens, whether it serves. Pure.

use std::collections::{BTreeMap, HashMap};

use windrose_providers_core::labels::Address;

use crate::answer::{Binding, Container, ContainerDefinition, Definition, Machine, Task};

/// A container that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Running {
    /// `service-web-app`, before it is made a name.
    pub(crate) name: String,
    /// The end of the task's identity, for order and for people.
    pub(crate) id: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) address: String,
    pub(crate) is_running: bool,
    pub(crate) is_healthy: bool,
    /// Ports of the container, with those of the host that lead to them.
    pub(crate) ports: Vec<(u32, u32)>,
}

/// The containers of a task; `machines` are known by their container instances.
pub(crate) fn containers(
    task: &Task,
    definition: &Definition,
    machines: &HashMap<String, Machine>,
) -> Vec<Running> {
    let each = task.containers.iter().filter_map(|container| {
        let defined =
            definition.container_definitions.iter().find(|defined| defined.name == container.name)?;
        one(task, container, defined, machines)
    });
    each.collect()
}

fn one(
    task: &Task,
    container: &Container,
    defined: &ContainerDefinition,
    machines: &HashMap<String, Machine>,
) -> Option<Running> {
    // A network interface of its own, at Fargate or elsewhere.
    let has_own = task.launch_type == "FARGATE" || !task.attachments.is_empty();
    let (address, is_running, ports) = if has_own {
        let interface = container.network_interfaces.first()?;
        (interface.address.clone(), task.last_status == "RUNNING", &defined.port_mappings)
    } else {
        let machine = machines.get(&task.container_instance_arn)?;
        (machine.address.clone(), machine.is_running, &container.network_bindings)
    };
    let port = |binding: &Binding| {
        let host = if binding.host_port == 0 { binding.container_port } else { binding.host_port };
        (binding.container_port, host)
    };
    let id = task.task_arn.char_indices().rev().nth(11).map_or(0, |(at, _)| at);
    Some(Running {
        // traefik: the first colon only.
        name: format!("{}-{}", task.group.replacen(':', "-", 1), container.name),
        id: task.task_arn.get(id..).unwrap_or_default().to_owned(),
        labels: defined.docker_labels.clone().unwrap_or_default(),
        address,
        is_running,
        is_healthy: task.health_status == "HEALTHY",
        ports: ports.iter().map(port).collect(),
    })
}

impl Running {
    /// For people.
    pub(crate) fn owner(&self) -> String {
        format!("container {} of task {}", self.name, self.id)
    }

    /// Where it listens, given the port of the container that is written, if one is.
    pub(crate) fn address(&self, written: Option<&str>) -> Result<Vec<Address>, String> {
        let port = match written {
            Some(written) => {
                let mapped = self.ports.iter().find(|(container, _)| container.to_string() == written);
                mapped.map_or_else(|| written.to_owned(), |(_, host)| host.to_string())
            }
            None => {
                let lowest = self.ports.iter().map(|(_, host)| *host).min();
                lowest.ok_or("port is missing: the container maps none")?.to_string()
            }
        };
        Ok(vec![Address::new(self.address.as_str(), port)])
    }
}
