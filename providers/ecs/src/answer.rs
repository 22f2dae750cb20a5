//! What Amazon answers, as far as it is of interest.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Clusters {
    pub(crate) cluster_arns: Vec<String>,
    pub(crate) next_token: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TaskNames {
    pub(crate) task_arns: Vec<String>,
    pub(crate) next_token: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Tasks {
    pub(crate) tasks: Vec<Task>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Task {
    pub(crate) task_arn: String,
    pub(crate) task_definition_arn: String,
    pub(crate) container_instance_arn: String,
    pub(crate) group: String,
    pub(crate) last_status: String,
    pub(crate) health_status: String,
    pub(crate) launch_type: String,
    pub(crate) attachments: Vec<Value>,
    pub(crate) containers: Vec<Container>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) network_bindings: Vec<Binding>,
    pub(crate) network_interfaces: Vec<Interface>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Binding {
    pub(crate) host_port: u32,
    pub(crate) container_port: u32,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Interface {
    #[serde(rename = "privateIpv4Address")]
    pub(crate) address: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Described {
    pub(crate) task_definition: Definition,
}

/// What a task is made of.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Definition {
    pub(crate) container_definitions: Vec<ContainerDefinition>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContainerDefinition {
    pub(crate) name: String,
    pub(crate) docker_labels: Option<std::collections::BTreeMap<String, String>>,
    pub(crate) port_mappings: Vec<Binding>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Machines {
    pub(crate) container_instances: Vec<ContainerInstance>,
}

/// Which machine stands behind a container instance.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContainerInstance {
    pub(crate) container_instance_arn: String,
    pub(crate) ec2_instance_id: String,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) address: String,
    pub(crate) is_running: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Managed {
    pub(crate) instance_information_list: Vec<ManagedMachine>,
    pub(crate) next_token: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct ManagedMachine {
    #[serde(rename = "InstanceId")]
    pub(crate) id: String,
    #[serde(rename = "IPAddress")]
    pub(crate) address: String,
    #[serde(rename = "PingStatus")]
    pub(crate) status: String,
}

/// The machines in an answer of EC2.
pub(crate) fn instances(text: &str) -> Vec<Machine> {
    let mut found = Vec::new();
    // Every machine begins with its identity, and nothing within has an element of that name before its state.
    for piece in text.split("<instanceId>").skip(1) {
        let id = piece.split("</instanceId>").next().unwrap_or_default().to_owned();
        let state =
            piece.split_once("<instanceState>").and_then(|(_, rest)| rest.split_once("</instanceState>"));
        let Some((state, _)) = state else { continue };
        found.push(Machine {
            id,
            address: between(piece, "<privateIpAddress>", "</privateIpAddress>")
                .unwrap_or_default()
                .to_owned(),
            is_running: between(state, "<name>", "</name>") == Some("running"),
        });
    }
    found
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    Some(text.split_once(open)?.1.split_once(close)?.0)
}
