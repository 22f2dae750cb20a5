//! Shadow services: for each service of the mesh one beside the nodes, which clients reach by the mesh's names.
//!
//! Services of HTTP share the ports of nodes, and are told apart by host; of TCP and UDP each port has one of its own. Which
//! one is read back from the shadow services themselves, so every controller knows the same.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use crate::Problem;
use crate::facts::{Facts, Key, Service, ServicePort, TargetPort};
use crate::settings::{Mode, Settings};
use crate::topology::is_meshed;

/// A shadow service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    of: Key,
    distribution: Arc<str>,
    ports: Vec<ShadowPort>,
}

/// A port of a shadow service, which leads to one of the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ShadowPort {
    name: Arc<str>,
    port: u16,
    protocol: Arc<str>,
    target: u16,
}

/// Which ports of nodes are whose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ports {
    tcp: BTreeMap<(Key, u16), u16>,
    udp: BTreeMap<(Key, u16), u16>,
}

/// The mode of a service; nothing when it asks for one that there is not.
#[must_use]
pub fn mode(service: &Service, settings: &Settings) -> Option<Mode> {
    service.annotation("traffic-type").map_or(Some(settings.default_mode), Mode::read)
}

/// Whether a port carries what a mode means.
#[must_use]
pub fn carries(port: &ServicePort, mode: Mode) -> bool {
    &*port.protocol == if mode == Mode::Udp { "UDP" } else { "TCP" }
}

impl Ports {
    /// The ports as shadow services have them, each as long as there is a use for it, and a free one for each new use.
    #[must_use]
    pub fn of(facts: &Facts, settings: &Settings, problems: &mut Vec<Problem>) -> Self {
        let uses = uses(facts, settings);
        let mut ports = Self::default();
        let there = facts.services.iter().filter(|((namespace, _), _)| *namespace == settings.namespace);
        for ((_, name), shadow) in there.filter(|(_, service)| service.is_shadow()) {
            let Some(of) = meant(name, shadow, settings) else { continue };
            for port in &shadow.ports {
                let TargetPort::Number(target) = port.target else { continue };
                for (mode, taken, range) in ports.tables(settings) {
                    let key = (of.clone(), port.port);
                    if range.contains(&target) && uses.contains(&(mode_of(mode), key.clone())) {
                        taken.insert(key, target);
                    }
                }
            }
        }
        for (mode, table, range) in ports.tables(settings) {
            let mut free: BTreeSet<u16> = range.collect();
            // Of two that claim the same port the first keeps it.
            table.retain(|_, target| free.remove(target));
            for (_, key) in uses.iter().filter(|(of, _)| *of == mode_of(mode)) {
                if table.contains_key(key) {
                    continue;
                }
                match free.pop_first() {
                    Some(port) => {
                        table.insert(key.clone(), port);
                    }
                    None => {
                        let message = format!(
                            "no port of the nodes is free for port {}: all are other services'; raise limitTCPPort or limitUDPPort at controller and nodes",
                            key.1
                        );
                        problems.push(Problem::new("Service", &key.0, message));
                    }
                }
            }
        }
        ports
    }

    /// The port of the nodes that leads to a port of a service.
    #[must_use]
    pub fn get(&self, mode: Mode, service: &Key, port: u16) -> Option<u16> {
        let key = (service.clone(), port);
        match mode {
            Mode::Http => None,
            Mode::Tcp => self.tcp.get(&key).copied(),
            Mode::Udp => self.udp.get(&key).copied(),
        }
    }

    #[allow(clippy::type_complexity, reason = "two rows of a table")]
    fn tables(
        &mut self,
        settings: &Settings,
    ) -> [(Mode, &mut BTreeMap<(Key, u16), u16>, std::ops::Range<u16>); 2] {
        [
            (Mode::Tcp, &mut self.tcp, TCP..TCP.saturating_add(settings.tcp_ports)),
            (Mode::Udp, &mut self.udp, UDP..UDP.saturating_add(settings.udp_ports)),
        ]
    }
}

/// Every port of TCP and UDP that needs one of the nodes.
fn uses(facts: &Facts, settings: &Settings) -> BTreeSet<(u8, (Key, u16))> {
    let mut uses = BTreeSet::new();
    for (key, service) in facts.services.iter().filter(|(key, service)| is_meshed(key, service, settings)) {
        let Some(mode @ (Mode::Tcp | Mode::Udp)) = mode(service, settings) else { continue };
        for port in service.ports.iter().filter(|port| carries(port, mode)) {
            uses.insert((mode_of(mode), (key.clone(), port.port)));
        }
    }
    uses
}

const fn mode_of(mode: Mode) -> u8 {
    match mode {
        Mode::Http => 0,
        Mode::Tcp => 1,
        Mode::Udp => 2,
    }
}

/// The shadow services that there are to be, by name.
#[must_use]
pub fn wanted(facts: &Facts, ports: &Ports, settings: &Settings) -> BTreeMap<Arc<str>, Shadow> {
    let mut wanted = BTreeMap::new();
    for (key, service) in facts.services.iter().filter(|(key, service)| is_meshed(key, service, settings)) {
        let Some(mode) = mode(service, settings) else { continue };
        let leading = service.ports.iter().enumerate().filter(|(_, port)| carries(port, mode));
        let target = |index: usize, port: &ServicePort| match mode {
            Mode::Http => http_port(index, settings),
            _ => ports.get(mode, key, port.port),
        };
        let leading: Vec<ShadowPort> = leading
            .filter_map(|(index, port)| {
                Some(ShadowPort {
                    name: Arc::clone(&port.name),
                    port: port.port,
                    protocol: Arc::clone(&port.protocol),
                    target: target(index, port)?,
                })
            })
            .collect();
        // A Service without ports is none.
        if !leading.is_empty() {
            wanted.insert(
                name(key, settings),
                Shadow { of: key.clone(), distribution: Arc::clone(&settings.distribution), ports: leading },
            );
        }
    }
    wanted
}

/// The port of nodes for the port of a service of HTTP that stands at a place among its ports.
#[must_use]
pub fn http_port(index: usize, settings: &Settings) -> Option<u16> {
    let index = u16::try_from(index).ok().filter(|index| *index < settings.http_ports)?;
    HTTP.checked_add(index)
}

/// The name of the shadow of a service. One that would be too long ends with a digest instead.
#[must_use]
pub fn name(of: &Key, settings: &Settings) -> Arc<str> {
    let whole = format!("{}-{}{INFIX}{}", settings.namespace, of.1, of.0);
    if whole.len() <= LONGEST {
        return whole.into();
    }
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, format!("{}/{}", of.0, of.1).as_bytes());
    let digest = HEXLOWER.encode(digest.as_ref().get(..DIGEST).unwrap_or_default());
    let room = LONGEST - digest.len() - 1;
    let begin: String = whole.chars().take(room).collect();
    format!("{}-{digest}", begin.trim_end_matches(['-', '.'])).into()
}

/// The service that a shadow service stands for.
#[must_use]
pub fn meant(name: &str, shadow: &Service, settings: &Settings) -> Option<Key> {
    let written = |name: &str| shadow.annotations.as_ref().and_then(|all| all.get(name)).map(Arc::clone);
    if let (Some(name), Some(namespace)) = (written(SERVICE_NAME), written(SERVICE_NAMESPACE)) {
        return Some((namespace, name));
    }
    let rest = name.strip_prefix(&*settings.namespace)?.strip_prefix('-')?;
    let (service, namespace) = rest.rsplit_once(INFIX)?;
    Some((namespace.into(), service.into()))
}

impl Shadow {
    /// Whether a service leads where it should.
    #[must_use]
    pub fn is(&self, service: &Service) -> bool {
        let same = |(own, port): (&ShadowPort, &ServicePort)| {
            own.name == port.name
                && own.port == port.port
                && own.protocol == port.protocol
                && port.target == TargetPort::Number(own.target)
        };
        self.distribution == service.distribution
            && self.ports.len() == service.ports.len()
            && self.ports.iter().zip(&service.ports).all(same)
    }

    /// What is written into one that leads elsewhere.
    #[must_use]
    pub fn change(&self) -> Value {
        let distribution = Some(&*self.distribution).filter(|written| !written.is_empty());
        json!({"spec": {"ports": self.ports_json(), "trafficDistribution": distribution}})
    }

    fn ports_json(&self) -> Value {
        let port = |port: &ShadowPort| {
            let mut written =
                json!({"port": port.port, "protocol": &*port.protocol, "targetPort": port.target});
            if !port.name.is_empty() {
                written["name"] = json!(&*port.name);
            }
            written
        };
        self.ports.iter().map(port).collect()
    }

    /// The object.
    #[must_use]
    pub fn object(&self, name: &str, settings: &Settings) -> Value {
        let mut object = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": name,
                "namespace": &*settings.namespace,
                "labels": {"app": "maesh", "type": "shadow"},
                "annotations": {SERVICE_NAME: &*self.of.1, SERVICE_NAMESPACE: &*self.of.0},
            },
            "spec": {"selector": {"component": "maesh-mesh"}, "ports": self.ports_json()},
        });
        if !self.distribution.is_empty() {
            object["spec"]["trafficDistribution"] = json!(&*self.distribution);
        }
        object
    }
}

/// The first ports of nodes for each mode.
const HTTP: u16 = 5000;
const TCP: u16 = 10_000;
const UDP: u16 = 15_000;
/// What stands between the names of a service and of its namespace: `maesh` in hexadecimal.
const INFIX: &str = "-6d61657368-";
/// The longest name of a Service, and how many bytes of a digest are in it.
const LONGEST: usize = 63;
const DIGEST: usize = 12;
/// The annotations of a shadow service that say whose it is.
const SERVICE_NAME: &str = "mesh.traefik.io/service-name";
const SERVICE_NAMESPACE: &str = "mesh.traefik.io/service-namespace";
