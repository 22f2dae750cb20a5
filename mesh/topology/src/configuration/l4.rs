//! TCP and UDP services: an entry point of their own for each port.

use super::Place;
use super::builder::{Builder, port_of};
use super::grants::Group;
use super::model::{L4Server, L4Service, Middleware, Part, Router, Weighted};
use super::rule;
use super::subjects::Policy;
use crate::facts::{Key, Service, ServicePort};
use crate::problem::Kind;
use crate::settings::{Mode, Sources};
use crate::shadow::{self, Claim};
use crate::topology::{self, Split};

/// A port of a service while its routers are made.
struct Port<'p> {
    key: &'p Key,
    port: &'p ServicePort,
    mode: Mode,
    entry: String,
}

impl Builder<'_> {
    /// All routers of a TCP or UDP service.
    pub(super) fn l4(&mut self, key: &Key, service: &topology::Service, fact: &Service, mode: Mode) {
        for port in &fact.ports {
            if self.ports.find(shadow::protocol(mode), &Claim::new(key, port.number)).is_none() {
                let kind = if mode == Mode::Udp { "UDP" } else { "TCP" };
                self.fail_for_want(key, kind, port, "port not found");
            }
        }
        if mode == Mode::Udp && self.settings.acl && self.settings.udp_sources == Sources::Enforced {
            self.refuse_udp(key, service);
            return;
        }
        let mut splits = self.splits_of(service).into_iter();
        let split = splits.next();
        for (key, _) in splits {
            self.tell(
                Kind::TrafficSplit,
                key,
                "another split of the same root comes before, by name".to_owned(),
            );
        }
        for port in &fact.ports {
            let Some(target) = self.ports.find(port.protocol, &Claim::new(key, port.number)) else {
                continue;
            };
            let port = Port { key, port, mode, entry: format!("{mode}-{target}") };
            match split {
                Some((name, split)) => self.l4_split(&port, name, split),
                None => self.l4_plain(&port),
            }
        }
    }

    /// A router for datagrams cannot tell one client from another.
    fn refuse_udp(&mut self, key: &Key, service: &topology::Service) {
        for at in &service.traffic_targets {
            self.fail(
                Place::Target(at.clone()),
                "unable to build routers and services: unknown traffic-type \"udp\"".to_owned(),
            );
        }
        let message = "UDP is not served while access control is on, as clients cannot be told apart";
        self.tell(Kind::Service, key, message.to_owned());
    }

    fn l4_plain(&mut self, port: &Port<'_>) {
        let groups = self.groups(&[(port.key, port.port)], port.mode);
        let is_alone = groups.len() == 1;
        for (index, group) in groups.iter().enumerate() {
            let name = self.l4_router(port, group, index, is_alone, None);
            let servers = group.pods.first().map(|pods| self.servers(port.key, port.port, pods));
            self.l4_service(port.mode, name, servers.unwrap_or_default());
        }
    }

    /// A split stands in the place of its root: nothing tells apart connections that are split from others.
    fn l4_split(&mut self, port: &Port<'_>, split_key: &Key, split: &Split) {
        let facts = self.facts;
        let found = split.backends.iter().filter_map(|backend| {
            let fact = backend.service.find(&facts.services)?;
            Some((backend, port_of(fact, port.port.number)?))
        });
        let found: Vec<_> = found.collect();
        let backends: Vec<(&Key, &ServicePort)> =
            found.iter().map(|(backend, port)| (&backend.service, *port)).collect();
        let groups = self.groups(&backends, port.mode);
        let is_alone = groups.len() == 1;
        let number = port.port.number.to_string();
        for (index, group) in groups.iter().enumerate() {
            let mut parts = Vec::new();
            for ((backend, own), pods) in found.iter().zip(&group.pods) {
                let parts_of_name = [
                    &*port.key.namespace,
                    &*port.key.name,
                    &*split_key.name,
                    &number,
                    &*backend.service.name,
                    "traffic-split-backend",
                ];
                let name = self.keys.name_of(&parts_of_name, &nth(index));
                let servers = self.servers(&backend.service, own, pods);
                self.l4_service(port.mode, name.clone(), servers);
                self.is_backend(&name, &backend.service);
                parts.push(Part { name, weight: backend.weight });
            }
            let name = self.l4_router(port, group, index, is_alone, Some(split_key));
            let weighted = L4Service::Weighted(Weighted { services: parts });
            self.section(port.mode).services.insert(name, weighted);
        }
    }

    /// The router of a group of clients; its service has the same name.
    fn l4_router(
        &mut self,
        port: &Port<'_>,
        group: &Group,
        index: usize,
        is_alone: bool,
        split: Option<&Key>,
    ) -> String {
        let number = port.port.number.to_string();
        let parts = [&*port.key.namespace, &*port.key.name, &number];
        let name = self.keys.name_of(&parts, &nth(index));
        let mut router =
            Router { entry_points: vec![port.entry.clone()], service: name.clone(), ..Router::default() };
        if port.mode == Mode::Tcp {
            router.rule = "HostSNI(`*`)".to_owned();
        }
        if let Some(ips) = &group.ips {
            if !is_alone {
                router.rule += &format!(" && {}", rule::client(ips));
            }
            let [namespace, service, number] = parts;
            let whitelist = self.keys.name_of(&[namespace, service, number, "whitelist"], &nth(index));
            let middleware = Middleware::IpWhiteList { source_range: ips.clone() };
            self.section(port.mode).middlewares.insert(whitelist.clone(), middleware);
            router.middlewares.push(whitelist);
        }
        let policy = match (&group.ips, split) {
            (None, _) => Policy::Open,
            (Some(_), Some(split)) => Policy::Split(split),
            (Some(_), None) => Policy::NoTarget,
        };
        self.stands_for(&name, (port.key, port.port.number), split, &policy);
        self.section(port.mode).routers.insert(name.clone(), router);
        name
    }

    fn l4_service(&mut self, mode: Mode, name: String, servers: Vec<String>) {
        let servers = servers.into_iter().map(|address| L4Server { address }).collect();
        self.section(mode).services.insert(name, L4Service::LoadBalancer { servers });
    }

    fn section(&mut self, mode: Mode) -> &mut super::L4 {
        if mode == Mode::Udp { &mut self.made.udp } else { &mut self.made.tcp }
    }
}

/// Which group of clients is meant; nothing for the first.
pub(super) fn nth(index: usize) -> String {
    if index == 0 { String::new() } else { index.to_string() }
}
