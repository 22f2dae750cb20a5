//! HTTP services: told apart by host, one router for each port.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::builder::{BLOCK_ALL_MIDDLEWARE, BLOCK_ALL_SERVICE, Builder, NOBODY};
use super::grants;
use super::model::{Balance, HttpService, Middleware, Router, Server, Timeouts};
use super::rule::{self, Class};
use super::subjects::Policy;
use crate::annotations::{Behaviour, RateLimit, Scheme};
use crate::facts::{Key, Service, ServicePort};
use crate::problem::Kind;
use crate::settings::{Mode, Settings, Unruled};
use crate::shadow;
use crate::topology::{self, ServiceTarget, TargetKey};

/// An HTTP service while its routers are made.
pub(super) struct Served<'s> {
    pub(super) key: &'s Key,
    pub(super) service: &'s topology::Service,
    /// Its ports, each with the entry point that leads to it.
    pub(super) ports: Vec<(String, &'s ServicePort)>,
    pub(super) scheme: Scheme,
    pub(super) balance: Balance,
    /// What its owner asked for.
    pub(super) middlewares: Vec<String>,
    /// What comes after these and after lists of clients: what is written for the edge.
    pub(super) further: Vec<String>,
    /// The rule for its names and its address.
    pub(super) hosts: String,
}

impl Builder<'_> {
    /// All routers of an HTTP service.
    pub(super) fn http(
        &mut self,
        key: &Key,
        service: &topology::Service,
        fact: &Service,
        behaviour: &Behaviour,
    ) {
        let (ports, hosts) = (self.http_ports(key, fact), hosts(key, fact, self.settings));
        let Some(edge) = self.edge(key, &behaviour.edge) else {
            self.close(key, &hosts, &ports);
            return;
        };
        let served = Served {
            key,
            service,
            ports,
            scheme: behaviour.scheme,
            balance: behaviour.balance.clone(),
            middlewares: self.asked_for(key, behaviour),
            further: self.declare_middlewares(&edge.middlewares),
            hosts,
        };
        if self.settings.acl {
            self.block_all(&served);
        }
        match &edge.shared {
            Some(shared) => self.shared(&served, shared),
            None if self.settings.acl => self.targets(&served),
            None => self.plain(&served),
        }
        self.http_splits(&served);
    }

    fn http_ports<'f>(&mut self, key: &Key, fact: &'f Service) -> Vec<(String, &'f ServicePort)> {
        let too_many = fact.ports.iter().enumerate();
        for (_, port) in too_many.filter(|(at, _)| shadow::http_entry_point(*at, self.settings).is_none()) {
            self.fail_for_want(key, "HTTP", port, "too many HTTP entrypoints");
        }
        let entry =
            |(index, port)| Some((format!("http-{}", shadow::http_entry_point(index, self.settings)?), port));
        shadow::suitable(fact, Mode::Http).filter_map(entry).collect()
    }

    /// The middlewares of annotations, the first is asked first. What is refused for coming too often is no failure
    /// for the breaker to count, what takes too long is one; what is tried again counts once, as the client sees it, and not at all while the
    /// breaker is open.
    fn asked_for(&mut self, key: &Key, behaviour: &Behaviour) -> Vec<String> {
        let mut asked = Vec::new();
        match behaviour.rate_limit {
            RateLimit::None => {}
            RateLimit::Half => {
                let message = "a rate limit needs both ratelimit-average and ratelimit-burst, it is off";
                self.tell(Kind::Service, key, message.to_owned());
            }
            RateLimit::Both { average, burst } => {
                asked.push(("rate-limit", Middleware::RateLimit { average, burst }));
            }
        }
        if behaviour.timeouts != Timeouts::default() {
            asked.push(("timeouts", Middleware::Timeouts(behaviour.timeouts.clone())));
        }
        match behaviour.circuit_breaker.clone() {
            None => {}
            Some(expression) if !expression.is_empty() => {
                asked.push(("circuit-breaker", Middleware::CircuitBreaker { expression }));
            }
            Some(_) => {
                let message = "circuit-breaker-expression is empty, there is no circuit breaker";
                self.tell(Kind::Service, key, message.to_owned());
            }
        }
        match behaviour.retry_attempts {
            None => {}
            Some(attempts) if attempts > 0 => asked.push(("retry", Middleware::Retry { attempts })),
            Some(_) => {
                let message = "retry-attempts has to be greater than 0, nothing is tried again";
                self.tell(Kind::Service, key, message.to_owned());
            }
        }
        let mut names = Vec::new();
        for (kind, middleware) in asked {
            let name = self.keys.name(&[&key.namespace, &key.name, kind]);
            self.made.http.middlewares.insert(name.clone(), middleware);
            names.push(name);
        }
        names
    }

    /// Without access control: everybody reaches all pods.
    fn plain(&mut self, served: &Served<'_>) {
        for (entry, port) in &served.ports {
            let name = self.port_name(served.key, port);
            let servers = self.servers(served.key, port, &served.service.pods);
            self.made.http.services.insert(name.clone(), balancer(served.scheme, &served.balance, servers));
            let router = Router {
                entry_points: vec![entry.clone()],
                middlewares: served.middlewares.clone(),
                service: name.clone(),
                rule: served.hosts.clone(),
                priority: rule::priority(Class::Service, &served.hosts),
            };
            self.stands_for(&name, (served.key, port.number), None, &Policy::Open);
            self.put_router(name, router, &served.further);
        }
    }

    /// With access control: below all others a router that refuses.
    fn block_all(&mut self, served: &Served<'_>) {
        for (entry, port) in &served.ports {
            let router = Router {
                entry_points: vec![entry.clone()],
                middlewares: vec![BLOCK_ALL_MIDDLEWARE.to_owned()],
                service: BLOCK_ALL_SERVICE.to_owned(),
                rule: served.hosts.clone(),
                priority: 1,
            };
            let name = self.port_name(served.key, port);
            self.stands_for(&name, (served.key, port.number), None, &Policy::NoTarget);
            self.made.http.routers.insert(name, router);
        }
    }

    fn targets(&mut self, served: &Served<'_>) {
        let mut usable = Vec::new();
        for at in &served.service.traffic_targets {
            let Some(target) = self.topology.service_traffic_targets.get(at) else { continue };
            let is_open = |(_, port): &(String, &ServicePort)| {
                grants::opens(self.topology, self.settings, target, port, Mode::Http)
            };
            match rule::requests(&target.rules) {
                Ok(_) if !served.ports.iter().any(is_open) => {}
                Ok(requests) => usable.push((at, target, requests)),
                Err(error) => self.tell(Kind::TrafficTarget, &at.target, error.to_string()),
            }
            if target.rules.is_empty() && self.settings.targets_without_rules == Unruled::Deny {
                let message = "has no rules and allows nothing, write what it allows";
                self.tell(Kind::TrafficTarget, &at.target, message.to_owned());
            }
        }
        // A router answers for one target. Where others let in other clients, it must not take theirs.
        let of = |at: &TargetKey| self.ips.get(at);
        let is_shared = usable.windows(2).any(|pair| matches!(pair, [(a, ..), (b, ..)] if of(a) != of(b)));
        for (at, target, requests) in usable {
            self.target(served, at, target, requests.as_deref(), is_shared);
        }
    }

    fn target(
        &mut self,
        served: &Served<'_>,
        at: &TargetKey,
        target: &ServiceTarget,
        requests: Option<&str>,
        is_shared: bool,
    ) {
        let (namespace, service, name) = (&*served.key.namespace, &*served.key.name, &*at.target.name);
        let ips = list(self.ips.get(at));
        let hosts = rule::all(&served.hosts, requests.as_slice());
        let priority = rule::priority(Class::Target, &hosts);
        let rule = if is_shared { format!("({hosts}) && {}", rule::client(&ips)) } else { hosts };
        for (entry, port) in &served.ports {
            if !grants::opens(self.topology, self.settings, target, port, Mode::Http) {
                continue;
            }
            let number = port.number.to_string();
            // Targets of two namespaces may have one name.
            let whitelist = self.keys.name_of(
                &[namespace, service, name, "whitelist-traffic-target-direct"],
                &at.target.namespace,
            );
            let middleware = Middleware::IpWhiteList { source_range: ips.clone() };
            self.made.http.middlewares.insert(whitelist.clone(), middleware);
            let servers = self.servers(served.key, port, &target.destination.pods);
            let to = self
                .keys
                .name_of(&[namespace, service, name, &number, "traffic-target"], &at.target.namespace);
            self.made.http.services.insert(to.clone(), balancer(served.scheme, &served.balance, servers));
            let router = Router {
                entry_points: vec![entry.clone()],
                middlewares: served.middlewares.iter().cloned().chain([whitelist]).collect(),
                service: to,
                rule: rule.clone(),
                priority,
            };
            let key = self
                .keys
                .name_of(&[namespace, service, name, &number, "traffic-target-direct"], &at.target.namespace);
            self.stands_for(&key, (served.key, port.number), None, &Policy::Target(&at.target));
            self.put_router(key, router, &served.further);
        }
    }

    /// What a port of a service is called.
    pub(super) fn port_name(&mut self, key: &Key, port: &ServicePort) -> String {
        self.keys.name(&[&key.namespace, &key.name, &port.number.to_string()])
    }
}

/// Servers of one scheme.
pub(super) fn balancer(scheme: Scheme, balance: &Balance, servers: Vec<String>) -> HttpService {
    let url = |address: String| Server { url: format!("{}://{address}", scheme.text()) };
    HttpService::LoadBalancer {
        servers: servers.into_iter().map(url).collect(),
        pass_host_header: true,
        balance: balance.clone(),
    }
}

/// A list of clients that a middleware takes.
fn list(ips: Option<&BTreeSet<Arc<str>>>) -> Vec<Arc<str>> {
    let ips: Vec<Arc<str>> = ips.into_iter().flatten().cloned().collect();
    if ips.is_empty() { vec![NOBODY.into()] } else { ips }
}

fn hosts(key: &Key, fact: &Service, settings: &Settings) -> String {
    let (name, namespace) = (&key.name, &key.namespace);
    let mut hosts = format!("Host(`{name}.{namespace}.traefik.mesh`) || Host(`{name}.{namespace}.maesh`)");
    if !fact.cluster_ip.is_empty() {
        hosts += &format!(" || Host(`{}`)", fact.cluster_ip);
    }
    if settings.windrose_zone {
        hosts += &format!(" || Host(`{name}.{namespace}.windrose.mesh`)");
    }
    hosts
}
