//! The address of the gateway in the status of Ingresses.
//!
//! Of several replicas one writes: the holder of a Lease. Where Leases may not be used each one writes, as Traefik does.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Source;
use crate::client::{Api, escaped};
use crate::lease::Lease;
use crate::objects::{LoadBalanced, Node, Object, Service, World};
use crate::options::Published;
use crate::watch::Watches;

/// Keeps it up to date, for ever.
pub(super) async fn keep(watches: &Watches, source: &Source, published: &Published) {
    let mut lease = Lease::new(source.lease(LEASE), HELD);
    let mut news = watches.subscribe();
    let mut renew = tokio::time::interval(RENEW);
    let mut is_leader = false;
    loop {
        tokio::select! {
            _ = renew.tick() => {
                if let Some(api) = watches.api().filter(|_| watches.is_complete()) {
                    is_leader = lease.hold(api, api.namespace()).await;
                }
            }
            changed = news.changed() => {
                if changed.is_err() {
                    return std::future::pending().await;
                }
            }
        }
        if let Some(api) = watches.api().filter(|_| is_leader && watches.is_complete()) {
            let stale = watches.look(|world| stale(world, source, published));
            write(api, stale).await;
        }
    }
}

/// An Ingress whose status says something else.
struct Stale {
    path: String,
    status: Value,
}

async fn write(api: &Api, stale: Vec<Stale>) {
    for Stale { path, status } in stale {
        if let Err(error) = api.patch(&path, &status).await {
            tracing::warn!(%path, %error, "the status of an Ingress was not written; give patch of ingresses/status to the ServiceAccount");
            return;
        }
    }
}

/// The Ingresses whose status is to be written.
fn stale(world: &World, source: &Source, published: &Published) -> Vec<Stale> {
    let Some(wanted) = address(world, published) else { return Vec::new() };
    let is_stale = |object: &&Arc<Object<crate::objects::Ingress>>| {
        // traefik: a default backend alone gets no address.
        object.body.as_ref().is_ok_and(|body| !body.rules.is_empty() && *body.balanced != *wanted)
    };
    let stale = source.ours(world).into_iter().filter(is_stale);
    stale
        .map(|object| Stale {
            path: format!(
                "/apis/networking.k8s.io/v1/namespaces/{}/ingresses/{}/status",
                escaped(&object.meta.namespace),
                escaped(&object.meta.name)
            ),
            status: json!({"status": {"loadBalancer": {"ingress": wanted}}}),
        })
        .collect()
}

/// What clients reach the gateway by; `None` where nobody knows, so that what is written stays.
pub(super) fn address(world: &World, published: &Published) -> Option<Vec<LoadBalanced>> {
    match published {
        Published::Fixed { ip, hostname } => {
            Some(vec![LoadBalanced { ip: Arc::clone(ip), hostname: Arc::clone(hostname), ports: None }])
        }
        Published::All(places) => Some(places.iter().map(at).collect()),
        Published::Service { namespace, name } => {
            let service = world.services.get(namespace, name)?.body.as_ref().ok()?;
            of_service(world, service)
        }
    }
}

/// One address or name.
fn at(place: &Arc<str>) -> LoadBalanced {
    let (ip, hostname) = match place.parse::<std::net::IpAddr>() {
        Ok(_) => (Arc::clone(place), Arc::default()),
        Err(_) => (Arc::default(), Arc::clone(place)),
    };
    LoadBalanced { ip, hostname, ports: None }
}

fn of_service(world: &World, service: &Service) -> Option<Vec<LoadBalanced>> {
    let ports = |number: fn(&crate::objects::ServicePort) -> i64| {
        let ports: Vec<Value> = service
            .ports
            .iter()
            .map(|port| {
                let protocol = if port.protocol.is_empty() { "TCP" } else { &*port.protocol };
                json!({"port": number(port), "protocol": protocol})
            })
            .collect();
        Some(Value::from(ports))
    };
    let at = |ip: &str, ports| LoadBalanced { ip: ip.into(), hostname: Arc::default(), ports };
    match &*service.kind {
        // One that waits for its address leaves what is written.
        "LoadBalancer" => Some(service.balanced.to_vec()).filter(|balanced| !balanced.is_empty()),
        "NodePort" => {
            let nodes = world.nodes.iter().filter_map(|node| node.body.as_ref().ok());
            let external = nodes.flat_map(|node: &Node| node.addresses_of("ExternalIP").map(str::to_owned));
            Some(external.map(|ip| at(&ip, ports(|port| port.node_port))).collect())
        }
        "ExternalName" => Some(vec![LoadBalanced {
            ip: Arc::default(),
            hostname: Arc::clone(&service.external_name),
            ports: None,
        }]),
        _ => Some(service.external_ips.iter().map(|ip| at(ip, ports(|port| port.port))).collect()),
    }
}

/// The name of the Lease.
const LEASE: &str = "windrose-ingress-status";
/// How long a hold lasts that is not renewed, and how often it is.
const HELD: Duration = Duration::from_secs(15);
const RENEW: Duration = Duration::from_secs(5);
