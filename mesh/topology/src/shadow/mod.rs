//! Shadow services: for each service one of the mesh's own, whose address leads to the proxies.
//!
//! [`wanted`] says what there has to be; [`Ports`] remembers which entry point belongs to which port, and reads that
//! back out of the shadow services that are there. Names, labels and selector are those of Traefik Mesh, so shadow
//! services of the one are those of the other. What Traefik Mesh cannot do: a name that is too long gets a digest, a port
//! that finds no entry point gets one when another is given back, and a service without any suitable port has no shadow.
//!
//! Must not know: how services are written to the API server. Invariant: no two services have one shadow.

mod names;
mod ports;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::annotations;
use crate::facts::{Facts, Key, Protocol, Service, ServicePort};
use crate::problem::{Kind, Problem};
use crate::settings::{Mode, Settings};

pub use names::{name, origin};
pub use ports::{Claim, Ports};

/// A shadow service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// The service that it stands for.
    pub service: Key,
    /// Its ports; never empty.
    pub ports: Vec<ShadowPort>,
}

/// A port of a shadow service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowPort {
    /// As the service calls it; may be empty.
    pub name: Arc<str>,
    /// What clients say.
    pub number: u16,
    /// By what it is spoken to.
    pub protocol: Protocol,
    /// The entry point of the proxies.
    pub target: u16,
}

/// The shadow services there have to be, by name, and what services cannot have. `ports` has to be settled for the
/// same facts before.
#[must_use]
pub fn wanted(facts: &Facts, ports: &Ports, settings: &Settings) -> (BTreeMap<String, Shadow>, Vec<Problem>) {
    let mut shadows = BTreeMap::new();
    let mut problems = Vec::new();
    for (key, service) in settings.services(facts) {
        // Whoever builds the configuration says why the service is not served.
        let Ok(mode) = annotations::mode(service, settings) else { continue };
        let mut tell = |message: String| problems.push(Problem::new(Kind::Service, &key, message));
        let mut shadow = Shadow { service: key.clone(), ports: Vec::new() };
        for (index, port) in service.ports.iter().enumerate() {
            match entry_point(&key, index, port, mode, ports, settings) {
                Ok(target) => shadow.ports.push(ShadowPort::new(port, target)),
                Err(message) => tell(message),
            }
        }
        if shadow.ports.is_empty() {
            tell("no port can be reached through the mesh".to_owned());
        } else {
            shadows.insert(name(&settings.mesh_namespace, &key), shadow);
        }
    }
    (shadows, problems)
}

/// The ports of a service that its traffic type can serve, each with its place in the written order.
pub(crate) fn suitable(service: &Service, mode: Mode) -> impl Iterator<Item = (usize, &ServicePort)> {
    let is_suitable = move |port: &ServicePort| port.protocol == protocol(mode);
    service.ports.iter().enumerate().filter(move |(_, port)| is_suitable(port))
}

fn entry_point(
    service: &Key,
    index: usize,
    port: &ServicePort,
    mode: Mode,
    ports: &Ports,
    settings: &Settings,
) -> Result<u16, String> {
    let number = port.number;
    if port.protocol != protocol(mode) {
        let protocol = port.protocol.text();
        return Err(format!("port {number} is left out: {protocol} does not fit traffic type {mode}"));
    }
    let found = match mode {
        Mode::Http => http_entry_point(index, settings),
        Mode::Tcp | Mode::Udp => ports.find(port.protocol, &Claim::new(service, number)),
    };
    found.ok_or_else(|| {
        format!("port {number} is left out: all entry points for {mode} are taken, raise the limit")
    })
}

/// The entry point of the port at this place of an HTTP service.
pub(crate) fn http_entry_point(index: usize, settings: &Settings) -> Option<u16> {
    let index = u16::try_from(index).ok().filter(|index| *index < settings.limits.http)?;
    FIRST_HTTP.checked_add(index)
}

/// By what a traffic type is spoken to.
pub(crate) fn protocol(mode: Mode) -> Protocol {
    match mode {
        Mode::Http | Mode::Tcp => Protocol::Tcp,
        Mode::Udp => Protocol::Udp,
    }
}

impl Shadow {
    /// The Service as the API server takes it.
    #[must_use]
    pub fn object(&self, settings: &Settings) -> Value {
        let mut object = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": name(&settings.mesh_namespace, &self.service),
                "namespace": &*settings.mesh_namespace,
                "labels": {"app": "maesh", "type": "shadow"},
                "annotations": {
                    (names::SERVICE_NAME): &*self.service.name,
                    (names::SERVICE_NAMESPACE): &*self.service.namespace,
                },
            },
            "spec": {
                "selector": {"component": "maesh-mesh"},
                "ports": self.ports.iter().map(ShadowPort::object).collect::<Vec<Value>>(),
            },
        });
        if !settings.distribution.is_empty() {
            object["spec"]["trafficDistribution"] = json!(&*settings.distribution);
        }
        object
    }
}

impl ShadowPort {
    fn new(port: &ServicePort, target: u16) -> Self {
        Self { name: Arc::clone(&port.name), number: port.number, protocol: port.protocol, target }
    }

    fn object(&self) -> Value {
        let mut port =
            json!({"port": self.number, "protocol": self.protocol.text(), "targetPort": self.target});
        if !self.name.is_empty() {
            port["name"] = json!(&*self.name);
        }
        port
    }
}

/// Entry points for HTTP begin here.
const FIRST_HTTP: u16 = 5000;

#[cfg(test)]
mod tests;
