//! Services.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Fact, read};

/// What is used of a Service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Label `app`; empty if it has none.
    pub app: Arc<str>,
    /// All annotations.
    pub annotations: Option<BTreeMap<Arc<str>, Arc<str>>>,
    /// Which pods it has.
    pub selector: Option<BTreeMap<Arc<str>, Arc<str>>>,
    /// Its ports in the written order.
    pub ports: Vec<ServicePort>,
    /// Its first address, `None` for a headless one.
    pub cluster_ip: Arc<str>,
    /// All its addresses, one for each family.
    pub cluster_ips: Vec<Arc<str>>,
    /// Another name for something outside: no part of the mesh.
    pub is_external_name: bool,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePort {
    /// Empty for the only port of a Service.
    pub name: Arc<str>,
    /// What clients say.
    pub number: u16,
    /// By what it is spoken to.
    pub protocol: Protocol,
    /// Where the pods listen.
    pub target: PodPort,
    /// As it was written.
    pub raw: Value,
}

/// Where a pod listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodPort {
    /// At a number.
    Number(u16),
    /// At the port of a container that is called so.
    Name(Arc<str>),
}

/// What a port speaks below the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP, also where nothing is written.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP and whatever is not known; the mesh carries none of it.
    Other,
}

impl Protocol {
    pub(super) fn read(port: &Value) -> Self {
        match port.get("protocol").and_then(Value::as_str) {
            None | Some("" | "TCP") => Self::Tcp,
            Some("UDP") => Self::Udp,
            Some(_) => Self::Other,
        }
    }

    /// As Kubernetes writes it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Other => "SCTP",
        }
    }
}

impl Fact for Service {
    fn read(object: Value) -> Option<Self> {
        let spec = object.get("spec")?;
        Some(Self {
            app: read::label(&object, "app"),
            annotations: read::map(&object, "/metadata/annotations"),
            selector: read::map(spec, "/selector"),
            ports: read::list(spec, "/ports").iter().filter_map(ServicePort::read).collect(),
            cluster_ip: read::text(spec, "/clusterIP"),
            cluster_ips: read::texts(spec, "/clusterIPs"),
            is_external_name: spec.get("type").is_some_and(|kind| kind == "ExternalName"),
        })
    }
}

impl ServicePort {
    fn read(raw: &Value) -> Option<Self> {
        let number = read::port(raw.get("port"))?;
        let target = match raw.get("targetPort") {
            Some(Value::String(name)) => PodPort::Name(name.as_str().into()),
            // The API server writes the same number where there is none.
            target => PodPort::Number(read::port(target).unwrap_or(number)),
        };
        let protocol = Protocol::read(raw);
        Some(Self { name: read::text(raw, "/name"), number, protocol, target, raw: raw.clone() })
    }
}

impl Serialize for ServicePort {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(to)
    }
}
