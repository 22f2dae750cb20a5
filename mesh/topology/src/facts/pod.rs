//! Pods: who asks, and who answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Fact, Protocol, read};

/// What is used of a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// Label `app`; empty if it has none.
    pub app: Arc<str>,
    /// Label `component`; empty if it has none.
    pub component: Arc<str>,
    /// All its labels.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// The service account that it runs under.
    pub account: Arc<str>,
    /// Its first address; empty until it has one.
    pub ip: Arc<str>,
    /// All its addresses, one for each family.
    pub ips: Vec<Arc<str>>,
    /// Who made it, as it was written; null if nobody did.
    pub owners: Value,
    /// The ports of all its containers.
    pub ports: Vec<ContainerPort>,
    /// Whether its addresses are those of its node.
    pub is_on_host: bool,
    /// Whether all its containers have ended. Its address may be another's by now.
    pub is_over: bool,
    /// Whether all its containers are ready.
    pub is_ready: bool,
    /// The node that it is on; empty until it has one.
    pub node: Arc<str>,
}

/// A port of a container.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerPort {
    /// Empty if it has none.
    pub name: Arc<str>,
    /// Where it listens.
    pub number: u16,
    /// By what it is spoken to.
    pub protocol: Protocol,
    /// As it was written.
    pub raw: Value,
}

impl Pod {
    /// Its addresses, each once, the first one first.
    pub fn addresses(&self) -> impl Iterator<Item = &Arc<str>> {
        let first = Some(&self.ip).filter(|ip| !ip.is_empty());
        first.into_iter().chain(self.ips.iter().filter(|ip| **ip != self.ip))
    }
}

impl Fact for Pod {
    fn read(object: Value) -> Option<Self> {
        let spec = object.get("spec")?;
        let ports =
            read::list(spec, "/containers").iter().flat_map(|container| read::list(container, "/ports"));
        let ips = read::list(&object, "/status/podIPs").iter().map(|ip| read::text(ip, "/ip")).collect();
        let phase = read::text(&object, "/status/phase");
        let states = read::list(&object, "/status/containerStatuses");
        Some(Self {
            app: read::label(&object, "app"),
            component: read::label(&object, "component"),
            labels: read::map(&object, "/metadata/labels").unwrap_or_default(),
            account: read::text(spec, "/serviceAccountName"),
            ip: read::text(&object, "/status/podIP"),
            ips,
            owners: object.pointer("/metadata/ownerReferences").cloned().unwrap_or_default(),
            ports: ports.filter_map(ContainerPort::read).collect(),
            is_on_host: spec.get("hostNetwork").is_some_and(|is_on_host| *is_on_host == true),
            is_over: matches!(&*phase, "Succeeded" | "Failed"),
            is_ready: !states.is_empty() && states.iter().all(|state| state["ready"] == true),
            node: read::text(spec, "/nodeName"),
        })
    }
}

impl ContainerPort {
    fn read(raw: &Value) -> Option<Self> {
        let number = read::port(raw.get("containerPort"))?;
        Some(Self { name: read::text(raw, "/name"), number, protocol: Protocol::read(raw), raw: raw.clone() })
    }
}

impl Serialize for ContainerPort {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(to)
    }
}
