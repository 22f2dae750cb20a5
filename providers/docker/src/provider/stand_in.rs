//! Whether containers declare all that one of them declares, so that it can go before it ends.
//!
//! What it declares alone stays until it is gone: a router without its place would leave its requests to a broader one, a
//! middleware would take with it what others route. Pure.

use windrose_config::DynamicConfig;
use windrose_config::dynamic_config::{
    Objects, Service, ServiceKind, TcpService, TcpServiceKind, UdpService, UdpServiceKind,
};

/// Whether a service of it has servers.
pub(super) fn has_servers(config: &DynamicConfig) -> bool {
    config.http.services.values().any(|service| http(service))
        || config.tcp.services.values().any(|service| tcp(service))
        || config.udp.services.values().any(|service| udp(service))
}

/// Whether the others declare all of it: routers and middlewares alike, and services with servers.
pub(super) fn is_covered(own: &DynamicConfig, others: &[&DynamicConfig]) -> bool {
    same(own, others, |config| &config.http.routers)
        && same(own, others, |config| &config.http.closed)
        && same(own, others, |config| &config.http.middlewares)
        && same(own, others, |config| &config.tcp.routers)
        && same(own, others, |config| &config.tcp.closed)
        && same(own, others, |config| &config.tcp.middlewares)
        && same(own, others, |config| &config.udp.routers)
        && same(own, others, |config| &config.udp.closed)
        && same(own, others, |config| &config.tls.stores)
        && serve(own, others, |config| &config.http.services, http)
        && serve(own, others, |config| &config.tcp.services, tcp)
        && serve(own, others, |config| &config.udp.services, udp)
}

fn same<T: PartialEq>(
    own: &DynamicConfig,
    others: &[&DynamicConfig],
    objects: fn(&DynamicConfig) -> &Objects<T>,
) -> bool {
    objects(own).iter().all(|(name, object)| {
        let is_it = |other: &&DynamicConfig| {
            objects(other).get(name).is_some_and(|other| other.value == object.value)
        };
        others.iter().any(is_it)
    })
}

fn serve<T>(
    own: &DynamicConfig,
    others: &[&DynamicConfig],
    services: fn(&DynamicConfig) -> &Objects<T>,
    serves: fn(&T) -> bool,
) -> bool {
    let mut needed = services(own).iter().filter(|(_, service)| serves(&service.value));
    needed.all(|(name, _)| {
        others.iter().any(|other| services(other).get(name).is_some_and(|service| serves(&service.value)))
    })
}

fn http(service: &Service) -> bool {
    matches!(&service.kind, ServiceKind::LoadBalancer(balancer) if !balancer.servers.is_empty())
}

fn tcp(service: &TcpService) -> bool {
    matches!(&service.kind, TcpServiceKind::LoadBalancer(balancer) if !balancer.servers.is_empty())
}

fn udp(service: &UdpService) -> bool {
    matches!(&service.kind, UdpServiceKind::LoadBalancer(balancer) if !balancer.servers.is_empty())
}
