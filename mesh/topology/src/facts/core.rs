//! Services, their endpoints, and pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{Fact, list, text};

/// A Service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Service {
    /// Its identity.
    pub uid: Arc<str>,
    /// Its type.
    pub kind: Arc<str>,
    /// Its label `app`.
    pub app: Arc<str>,
    /// Its label `type`.
    pub role: Arc<str>,
    /// Its annotations; `None` when there are none at all.
    pub annotations: Option<BTreeMap<Arc<str>, Arc<str>>>,
    /// Whom it selects, as it is written.
    pub selector: Value,
    /// Its address, or `None`.
    pub cluster_ip: Arc<str>,
    /// How the cluster chooses among its endpoints; empty means as it likes.
    pub distribution: Arc<str>,
    /// Its ports.
    pub ports: Vec<ServicePort>,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServicePort {
    /// Its name.
    pub name: Arc<str>,
    /// Its number.
    pub port: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Arc<str>,
    /// The port of the pods.
    pub target: TargetPort,
    /// As it is written.
    pub raw: Value,
}

/// A port of pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// The name of a port of a container.
    Name(Arc<str>),
}

impl Default for TargetPort {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Fact for Service {
    fn read(mut object: Value) -> Option<Self> {
        let annotations = object.pointer("/metadata/annotations").and_then(Value::as_object).map(|written| {
            let text =
                |(name, value): (&String, &Value)| Some((name.as_str().into(), value.as_str()?.into()));
            written.iter().filter_map(text).collect()
        });
        Some(Self {
            uid: text(&object, "/metadata/uid"),
            kind: text(&object, "/spec/type"),
            app: text(&object, "/metadata/labels/app"),
            role: text(&object, "/metadata/labels/type"),
            annotations,
            cluster_ip: text(&object, "/spec/clusterIP"),
            distribution: text(&object, "/spec/trafficDistribution"),
            ports: list(&object, "/spec/ports").filter_map(ServicePort::read).collect(),
            selector: object.pointer_mut("/spec/selector").map(Value::take).unwrap_or_default(),
        })
    }
}

impl Service {
    /// An annotation of the mesh, by the name it has or had.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        let annotations = self.annotations.as_ref()?;
        let found = PREFIXES.iter().find_map(|prefix| annotations.get(&*format!("{prefix}{name}")));
        found.map(|value| &**value)
    }

    /// Whether it stands in the mesh for another one.
    #[must_use]
    pub fn is_shadow(&self) -> bool {
        &*self.app == "maesh" && &*self.role == "shadow"
    }
}

impl ServicePort {
    fn read(written: &Value) -> Option<Self> {
        let port = u16::try_from(written.get("port")?.as_u64()?).ok()?;
        let target = match written.get("targetPort") {
            Some(Value::String(name)) => TargetPort::Name(name.as_str().into()),
            Some(number) => TargetPort::Number(number.as_u64().and_then(|port| u16::try_from(port).ok())?),
            None => TargetPort::Number(port),
        };
        let protocol = text(written, "/protocol");
        let protocol = if protocol.is_empty() { "TCP".into() } else { protocol };
        Some(Self { name: text(written, "/name"), port, protocol, target, raw: written.clone() })
    }
}

/// Some of the endpoints of a Service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slice {
    /// The Service.
    pub service: Arc<str>,
    /// The endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// An endpoint that is a pod.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoint {
    /// The name of the pod.
    pub pod: Arc<str>,
    /// Whether it takes requests and will go on to.
    pub is_ready: bool,
}

impl Fact for Slice {
    fn read(object: Value) -> Option<Self> {
        let endpoint = |written: &Value| {
            let reference = written.get("targetRef")?;
            if reference.get("kind").and_then(Value::as_str) != Some("Pod") {
                return None;
            }
            let ready = written.pointer("/conditions/ready").and_then(Value::as_bool);
            Some(Endpoint { pod: text(reference, "/name"), is_ready: ready.unwrap_or(true) })
        };
        Some(Self {
            service: text(&object, "/metadata/labels/kubernetes.io~1service-name"),
            endpoints: list(&object, "/endpoints").filter_map(endpoint).collect(),
        })
    }
}

/// A pod.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pod {
    /// Its label `app`.
    pub app: Arc<str>,
    /// Its label `component`.
    pub component: Arc<str>,
    /// Its ServiceAccount.
    pub account: Arc<str>,
    /// Its address; empty when it has none yet.
    pub ip: Arc<str>,
    /// Whether it has the addresses of its node.
    pub on_host: bool,
    /// Whether all its containers are ready.
    pub is_ready: bool,
    /// The ports of its containers.
    pub ports: Vec<Port>,
    /// Whose it is, as it is written.
    pub owners: Value,
    /// The ports, as they are written.
    pub raw_ports: Vec<Value>,
}

/// A port of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Port {
    /// Its name.
    pub name: Arc<str>,
    /// Its number.
    pub port: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Arc<str>,
}

impl Fact for Pod {
    fn read(mut object: Value) -> Option<Self> {
        let owners = object.pointer_mut("/metadata/ownerReferences").map(Value::take).unwrap_or_default();
        let containers = list(&object, "/spec/containers");
        let raw_ports: Vec<Value> =
            containers.flat_map(|container| list(container, "/ports")).cloned().collect();
        let port = |written: &Value| {
            let port = u16::try_from(written.get("containerPort")?.as_u64()?).ok()?;
            Some(Port { name: text(written, "/name"), port, protocol: text(written, "/protocol") })
        };
        let is_ready = |status: &Value| status.get("ready").and_then(Value::as_bool).unwrap_or_default();
        let finished = matches!(&*text(&object, "/status/phase"), "Succeeded" | "Failed");
        Some(Self {
            app: text(&object, "/metadata/labels/app"),
            component: text(&object, "/metadata/labels/component"),
            account: text(&object, "/spec/serviceAccountName"),
            // One that has ended gives its address back.
            ip: if finished { Arc::default() } else { text(&object, "/status/podIP") },
            on_host: object.pointer("/spec/hostNetwork").and_then(Value::as_bool).unwrap_or_default(),
            is_ready: list(&object, "/status/containerStatuses").all(is_ready),
            ports: raw_ports.iter().filter_map(port).collect(),
            raw_ports,
            owners,
        })
    }
}

impl Pod {
    /// The number of a port that a Service names.
    #[must_use]
    pub fn resolve(&self, port: &ServicePort) -> Option<u16> {
        match &port.target {
            TargetPort::Number(number) => Some(*number),
            TargetPort::Name(name) => {
                let is_it = |known: &&Port| known.name == *name && known.protocol == port.protocol;
                self.ports.iter().find(is_it).map(|port| port.port)
            }
        }
    }
}

/// The prefixes that annotations have and had.
const PREFIXES: [&str; 2] = ["mesh.traefik.io/", "maesh.containo.us/"];
