//! The servers behind a port of a Service.
//!
//! Knows Services, endpoints and nodes, and nothing of who asks.

use std::collections::BTreeSet;
use std::net::Ipv6Addr;
use std::sync::Arc;

use super::view::View;
use crate::objects::{EndpointSlice, Port, Service, ServicePort};
use crate::options::Trust;

/// Why a Service has no servers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// There is no such Service.
    #[error("there is no Service {0}")]
    NoService(String),
    /// The Service cannot be read.
    #[error("Service {0} cannot be read: {1}")]
    Unreadable(String, String),
    /// No port is named.
    #[error("no port of Service {0} is named, write its number or name")]
    PortUnset(String),
    /// There is no such port.
    #[error("Service {of} has no port {port}, {known}")]
    NoPort {
        /// The Service.
        of: String,
        /// The port.
        port: String,
        /// What there is.
        known: String,
    },
    /// It is of type ExternalName.
    #[error("Service {0} is of type ExternalName; set allowExternalNameServices to use it")]
    ExternalName(String),
    /// It has no address in the cluster.
    #[error("Service {0} is headless and has no address for nativeLB")]
    Headless(String),
    /// No node has an address.
    #[error("no node has an internal address for Service {0}")]
    NoNodes(String),
    /// It has no port on the nodes.
    #[error("Service {0} has no port on the nodes for nodePortLB")]
    NoNodePort(String),
    /// Nobody takes traffic.
    #[error("Service {0} has no endpoint that takes traffic; set allowEmptyServices to answer 503 instead")]
    Empty(String),
    /// The scheme is none.
    #[error("{0:?} is no scheme, write http, https or h2c")]
    Scheme(Arc<str>),
}

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The namespace of the Service.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// One of its ports.
    pub port: &'a Port,
    /// Whether the cluster's own balancing is used.
    pub native: bool,
    /// Whether nodes are used.
    pub nodes: bool,
    /// Which endpoints count.
    pub alive: Alive,
}

/// Which endpoints count. traefik: the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alive {
    /// Those that serve; ones about to end only where there are no others.
    Serving,
    /// Those that are ready.
    Ready,
}

/// The servers of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers<'a> {
    /// `host:port` of each.
    pub addresses: Vec<String>,
    /// The Service.
    pub service: &'a Service,
    /// The port of the Service.
    pub port: ServicePort,
    /// Whether the port is one that the Service does not name.
    pub is_unlisted: bool,
}

impl Servers<'_> {
    /// How the servers are spoken with.
    ///
    /// # Errors
    ///
    /// What is written is no scheme.
    pub fn scheme<'s>(&self, written: &'s Arc<str>) -> Result<&'s str, BackendError> {
        match &**written {
            "" if self.port.port == 443 || self.port.name.starts_with("https") => Ok("https"),
            "" => Ok("http"),
            "http" | "https" | "h2c" => Ok(written),
            _ => Err(BackendError::Scheme(Arc::clone(written))),
        }
    }
}

/// The servers behind a port.
///
/// # Errors
///
/// Why there are none.
pub fn find<'w>(world: View<'w>, trust: &Trust, wanted: Wanted<'_>) -> Result<Servers<'w>, BackendError> {
    let of = format!("{}/{}", wanted.namespace, wanted.name);
    let Some(object) = world.service(wanted.namespace, wanted.name) else {
        return Err(BackendError::NoService(of));
    };
    let service =
        object.body.as_ref().map_err(|error| BackendError::Unreadable(of.clone(), error.to_string()))?;
    let is_external = &*service.kind == "ExternalName";
    let (port, is_unlisted) = choose_port(service, is_external, wanted.port, &of)?;
    let addresses = if is_external {
        if !trust.external_names {
            return Err(BackendError::ExternalName(of));
        }
        vec![host_port(&service.external_name, port.port)]
    } else if wanted.native {
        if service.cluster_ip.is_empty() || &*service.cluster_ip == "None" {
            return Err(BackendError::Headless(of));
        }
        vec![host_port(&service.cluster_ip, port.port)]
    } else if wanted.nodes && &*service.kind == "NodePort" {
        on_nodes(world, &port, &of)?
    } else {
        let slices: Vec<&EndpointSlice> = world.slices(wanted.namespace, wanted.name).collect();
        let addresses = endpoints(&slices, &port.name, wanted.alive);
        if addresses.is_empty() && !trust.empty_services {
            return Err(BackendError::Empty(of));
        }
        addresses
    };
    Ok(Servers { addresses, service, port, is_unlisted })
}

/// The port that is meant, by number or name, and whether the Service does not name it.
fn choose_port(
    service: &Service,
    is_external: bool,
    wanted: &Port,
    of: &str,
) -> Result<(ServicePort, bool), BackendError> {
    if wanted.is_unset() {
        return Err(BackendError::PortUnset(of.to_owned()));
    }
    let found = service.ports.iter().find(|port| match wanted {
        Port::Number(number) => port.port == *number,
        Port::Name(name) => port.name == *name,
    });
    match (found, wanted) {
        (Some(port), _) => Ok((port.clone(), false)),
        // traefik: an external name may have ports that nobody wrote down.
        (None, Port::Number(number)) if is_external => {
            Ok((ServicePort { port: *number, ..ServicePort::default() }, true))
        }
        (None, _) => {
            let known: Vec<String> = service.ports.iter().map(describe).collect();
            let known = if known.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has {}", known.join(", "))
            };
            Err(BackendError::NoPort { of: of.to_owned(), port: wanted.to_string(), known })
        }
    }
}

fn describe(port: &ServicePort) -> String {
    if port.name.is_empty() { port.port.to_string() } else { format!("{} ({})", port.port, port.name) }
}

fn on_nodes(world: View<'_>, port: &ServicePort, of: &str) -> Result<Vec<String>, BackendError> {
    if port.node_port == 0 {
        return Err(BackendError::NoNodePort(of.to_owned()));
    }
    let nodes = world.nodes().filter_map(|node| node.body.as_ref().ok());
    let addresses: Vec<String> = nodes
        .flat_map(|node| node.addresses_of("InternalIP").map(|ip| host_port(ip, port.node_port)))
        .collect();
    if addresses.is_empty() { Err(BackendError::NoNodes(of.to_owned())) } else { Ok(addresses) }
}

/// The addresses of those that take traffic, each once.
fn endpoints(slices: &[&EndpointSlice], port: &str, alive: Alive) -> Vec<String> {
    let mut staying = Found::default();
    let mut leaving = Found::default();
    for slice in slices {
        let ports = slice.ports.as_deref().unwrap_or_default();
        let number = ports.iter().find(|known| known.name.as_deref().unwrap_or_default() == port);
        let Some(number) = number.and_then(|port| port.port).filter(|number| *number != 0) else { continue };
        for endpoint in slice.endpoints.as_deref().unwrap_or_default() {
            let conditions = &endpoint.conditions;
            let is_alive = match alive {
                // Before `serving` there was `ready`, and unknown means yes.
                Alive::Serving => conditions.serving.or(conditions.ready).unwrap_or(true),
                Alive::Ready => conditions.ready.unwrap_or(true),
            };
            if !is_alive {
                continue;
            }
            let found = if conditions.terminating == Some(true) { &mut leaving } else { &mut staying };
            for address in &endpoint.addresses {
                found.put(host_port(address, number));
            }
        }
    }
    if staying.order.is_empty() { leaving.order } else { staying.order }
}

/// Addresses in the order in which they were found.
#[derive(Default)]
struct Found {
    order: Vec<String>,
    seen: BTreeSet<String>,
}

impl Found {
    fn put(&mut self, address: String) {
        if self.seen.insert(address.clone()) {
            self.order.push(address);
        }
    }
}

/// Host and port, with brackets around an IPv6 address.
#[must_use]
pub fn host_port(host: &str, port: i64) -> String {
    if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
