//! Services of TCP and UDP: for each port an entry point of nodes, which leads to all its pods, to those of a split, or
//! with ACL to those that targets open to their clients.

use serde_json::{Value, json};

use super::http::is_in_routes;
use super::rules::clients;
use super::{Part, Writer, named, weighted};
use crate::facts::{Key, ServicePort};
use crate::settings::Mode;
use crate::shadow;
use crate::topology::Service;

impl Writer<'_> {
    pub(super) fn stream_service(&mut self, key: &Key, service: &Service, mode: Mode) {
        if self.settings.acl && mode == Mode::Udp {
            let message = "unknown traffic-type \"udp\": datagrams cannot be held to targets, so none are served with ACL";
            return self.tell(key, message.to_owned());
        }
        for port in service.ports.iter().filter(|port| shadow::carries(port, mode)) {
            let Some(entry) = self.ports.get(mode, key, port.port) else {
                self.tell(
                    key,
                    format!("unable to find an entry point for port {}: port not found", port.port),
                );
                continue;
            };
            if self.settings.acl {
                self.tcp_targets(key, service, port, entry);
            } else {
                self.stream(key, service, port, entry, mode);
            }
        }
    }

    /// All pods of a service, or those of the services of its split.
    fn stream(&mut self, key: &Key, service: &Service, port: &ServicePort, entry: u16, mode: Mode) {
        let name = named(key, port.port);
        let topology = self.topology;
        let splits = service.traffic_splits.iter().filter_map(|key| topology.traffic_splits.get(key));
        // Nothing is known of what is in a connection, so a split of some requests is none.
        let split = splits.into_iter().find(|split| split.rules.is_empty() && !split.backends.is_empty());
        let mut balancers = Vec::new();
        let main = match split {
            None => balancer(self.addresses(&service.pods, port)),
            Some(split) => {
                let mut shares = Vec::new();
                for backend in &split.backends {
                    let Some(there) = topology.services.get(&backend.service) else { continue };
                    let Some(own) = there.ports.iter().find(|own| own.port == port.port) else { continue };
                    let name = format!(
                        "{}-{}-{}-{}-{}-traffic-split-backend",
                        key.0, key.1, split.name, port.port, backend.service.1
                    );
                    balancers.push((name.clone(), balancer(self.addresses(&there.pods, own))));
                    shares.push((name, backend.weight));
                }
                weighted(shares)
            }
        };
        let part = self.part(mode);
        part.services.extend(balancers);
        part.services.insert(name.clone(), main);
        let router = match mode {
            Mode::Udp => json!({"entryPoints": [format!("udp-{entry}")], "service": &name}),
            _ => json!({"entryPoints": [format!("tcp-{entry}")], "service": &name, "rule": "HostSNI(`*`)"}),
        };
        part.routers.insert(name, router);
    }

    /// What targets open; whoever they do not name finds nobody.
    fn tcp_targets(&mut self, key: &Key, service: &Service, port: &ServicePort, entry: u16) {
        let topology = self.topology;
        for of in &service.traffic_targets {
            let Some(target) = topology.service_traffic_targets.get(of) else { continue };
            let is_tcp = target.rules.iter().any(|rule| rule.tcp_route.is_some());
            let is_open = (is_tcp && is_in_routes(&target.rules, port))
                || (target.rules.is_empty() && self.settings.ruleless_allow);
            let has_port = target.destination.ports.iter().any(|known| known.port == port.port);
            let sources = self.sources(target);
            if !is_open || !has_port || sources.is_empty() {
                continue;
            }
            let name = format!(
                "{}-{}-{}-{}-{}-traffic-target",
                key.0, key.1, target.namespace, target.name, port.port
            );
            let servers = balancer(self.addresses(&target.destination.pods, port));
            self.tcp.services.insert(name.clone(), servers);
            let rule = format!("HostSNI(`*`) && {}", clients(&sources));
            let router = json!({"entryPoints": [format!("tcp-{entry}")], "service": &name, "rule": rule});
            self.tcp.routers.insert(name, router);
        }
    }

    fn part(&mut self, mode: Mode) -> &mut Part {
        match mode {
            Mode::Udp => &mut self.udp,
            _ => &mut self.tcp,
        }
    }
}

fn balancer(addresses: Vec<String>) -> Value {
    let servers: Vec<Value> = addresses.into_iter().map(|address| json!({"address": address})).collect();
    if servers.is_empty() {
        return json!({"loadBalancer": {}});
    }
    json!({"loadBalancer": {"servers": servers}})
}
