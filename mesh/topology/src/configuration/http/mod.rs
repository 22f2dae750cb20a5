//! Services of HTTP: for each port a router for all requests, and with ACL one that refuses them and one for each
//! target; before them those of splits.

mod combinations;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::annotations::{self, Wishes};
use super::rules::{Class, both, clients, hosts, priority, requests};
use super::{BLOCK_MIDDLEWARE, BLOCK_SERVICE, Writer, named, weighted};
use crate::facts::{Key, ServicePort, TargetPort};
use crate::settings::Mode;
use crate::shadow;
use crate::topology::{Rule, Service, Split, Target, TargetKey};

/// One port of a service.
struct At<'a> {
    key: &'a Key,
    service: &'a Service,
    port: &'a ServicePort,
    entry: String,
    hosts: String,
    /// How the pods of the service are asked.
    scheme: &'static str,
    /// The middlewares of the service.
    chain: Vec<String>,
}

/// What a target lets through.
enum Allowed {
    /// Nothing.
    Nothing,
    /// Every request.
    Everything,
    /// Requests that satisfy a rule.
    Some(String),
}

impl Writer<'_> {
    pub(super) fn http_service(&mut self, key: &Key, service: &Service, wishes: &Wishes) {
        let mut chain = Vec::new();
        for (name, value) in &wishes.middlewares {
            let name = format!("{}-{}-{name}", key.0, key.1);
            self.http.middlewares.insert(name.clone(), value.clone());
            chain.push(name);
        }
        for (index, port) in service.ports.iter().enumerate() {
            if !shadow::carries(port, Mode::Http) {
                continue;
            }
            let Some(entry) = shadow::http_port(index, self.settings) else {
                self.tell(
                    key,
                    format!(
                        "unable to find an entry point for port {}: too many HTTP entrypoints",
                        port.port
                    ),
                );
                continue;
            };
            let (entry, hosts) = (format!("http-{entry}"), hosts(key, service));
            let at = At { key, service, port, entry, hosts, scheme: wishes.scheme, chain: chain.clone() };
            if self.settings.acl {
                self.refuse_all(&at);
                self.targets(&at);
            } else {
                self.everything(&at);
            }
            self.splits(&at);
        }
    }

    /// Every request of a service.
    fn everything(&mut self, at: &At<'_>) {
        let name = named(at.key, at.port.port);
        let servers = self.servers(&at.service.pods, at.port, at.scheme);
        self.http.services.insert(name.clone(), balancer(servers));
        let rule = at.hosts.clone();
        let router = at.router(&name, &rule, priority(Class::Service, &rule), &[]);
        self.http.routers.insert(name, router);
    }

    /// What nobody allows.
    fn refuse_all(&mut self, at: &At<'_>) {
        let router = json!({
            "entryPoints": [&at.entry],
            "middlewares": [BLOCK_MIDDLEWARE],
            "service": BLOCK_SERVICE,
            "rule": &at.hosts,
            "priority": 1,
        });
        self.http.routers.insert(named(at.key, at.port.port), router);
    }

    /// What targets allow.
    fn targets(&mut self, at: &At<'_>) {
        let topology = self.topology;
        let all: Vec<(&TargetKey, &Target)> = at
            .service
            .traffic_targets
            .iter()
            .filter_map(|key| topology.service_traffic_targets.get_key_value(key))
            .collect();
        for (key, target) in &all {
            let allowed = match self.allowed(target, at.port) {
                Ok(allowed) => allowed,
                Err(why) => {
                    self.tell(at.key, format!("TrafficTarget {:?}: {why}", target.name));
                    continue;
                }
            };
            let sources = self.sources(target);
            // Without a source nobody is allowed, and a list of nobody would be no list.
            if sources.is_empty() {
                continue;
            }
            let mut rule = match allowed {
                Allowed::Nothing => continue,
                Allowed::Everything => at.hosts.clone(),
                Allowed::Some(rule) => both(&at.hosts, &rule),
            };
            // Of several routers for the same requests only one is asked, which must know these clients.
            if all.len() > 1 {
                rule = both(&rule, &clients(&sources));
            }
            let base = at.of_target(key, &all);
            let name = format!("{base}-{}-traffic-target", at.port.port);
            let servers = self.servers(&target.destination.pods, at.port, at.scheme);
            self.http.services.insert(name.clone(), balancer(servers));
            let list = format!("{base}-whitelist-traffic-target-direct");
            self.http.middlewares.insert(list.clone(), white_list(&sources));
            let router = at.router(&name, &rule, priority(Class::Target, &rule), &[list]);
            self.http.routers.insert(format!("{name}-direct"), router);
        }
    }

    /// What a target lets through at a port.
    fn allowed(&self, target: &Target, port: &ServicePort) -> Result<Allowed, String> {
        if target.rules.is_empty() {
            let is_open = self.settings.ruleless_allow;
            return Ok(if is_open && has(&target.destination.ports, port) {
                Allowed::Everything
            } else {
                Allowed::Nothing
            });
        }
        if !has(&target.destination.ports, port) || !is_in_routes(&target.rules, port) {
            return Ok(Allowed::Nothing);
        }
        let groups = target.rules.iter().filter(|rule| !rule.http_route_group.is_null());
        let (count, matches) =
            groups.fold((0, 0), |(groups, matches), rule| (groups + 1, matches + rule.http_matches.len()));
        if count == 0 {
            // Routes of TCP alone: whatever goes through these ports.
            let is_tcp = target.rules.iter().any(|rule| rule.tcp_route.is_some());
            return Ok(if is_tcp { Allowed::Everything } else { Allowed::Nothing });
        }
        if matches == 0 {
            return Ok(Allowed::Nothing);
        }
        Ok(requests(&target.rules)?.map_or(Allowed::Everything, Allowed::Some))
    }

    /// The addresses of those who may ask.
    pub(super) fn sources(&self, target: &Target) -> Vec<Arc<str>> {
        let pods = target.sources.iter().flat_map(|source| &source.pods);
        self.ips(pods)
    }

    fn ips<'p>(&self, pods: impl Iterator<Item = &'p Key>) -> Vec<Arc<str>> {
        let mut ips: Vec<Arc<str>> =
            pods.filter_map(|pod| Some(Arc::clone(&self.facts.pods.get(pod)?.ip))).collect();
        ips.sort();
        ips.dedup();
        ips
    }

    fn servers(&self, pods: &[Key], port: &ServicePort, scheme: &str) -> Vec<String> {
        self.addresses(pods, port).into_iter().map(|address| format!("{scheme}://{address}")).collect()
    }

    /// What splits share out.
    fn splits(&mut self, at: &At<'_>) {
        let topology = self.topology;
        let mut takes_all: Option<&Split> = None;
        for key in &at.service.traffic_splits {
            let Some(split) = topology.traffic_splits.get(key).filter(|split| !split.backends.is_empty())
            else {
                continue;
            };
            let wanted = match requests(&split.rules) {
                Ok(wanted) => wanted,
                Err(why) => {
                    self.tell(at.key, format!("TrafficSplit {:?}: {why}", split.name));
                    continue;
                }
            };
            if wanted.is_none()
                && let Some(first) = takes_all.replace(split)
            {
                takes_all = Some(first);
                let message = format!(
                    "TrafficSplits {:?} and {:?} share out the same requests; the first one counts",
                    first.name, split.name
                );
                self.tell(at.key, message);
                continue;
            }
            let rule = wanted.map_or_else(|| at.hosts.clone(), |wanted| both(&at.hosts, &wanted));
            if self.settings.acl {
                self.split_of_allowed(at, split, &rule);
            } else {
                let base = format!("{}-{}-{}-{}", at.key.0, at.key.1, split.name, at.port.port);
                let pods = split.backends.iter().map(|backend| (&backend.service, None)).collect();
                self.split(at, split, &base, &rule, &pods, &[]);
            }
        }
    }

    /// A split whose backends are these pods, or all that a backend has.
    fn split(
        &mut self,
        at: &At<'_>,
        split: &Split,
        base: &str,
        rule: &str,
        pods: &BTreeMap<&Key, Option<&[Key]>>,
        further: &[String],
    ) {
        let topology = self.topology;
        let mut shares = Vec::new();
        for backend in &split.backends {
            let Some(service) = topology.services.get(&backend.service) else { continue };
            let Some(port) = service.ports.iter().find(|port| port.port == at.port.port) else { continue };
            let own = self.facts.services.get(&backend.service);
            let scheme = own.map_or(Ok(at.scheme), |own| annotations::scheme(own)).unwrap_or(at.scheme);
            let pods = pods.get(&backend.service).copied().flatten().unwrap_or(&service.pods);
            let name = format!("{base}-{}-traffic-split-backend", backend.service.1);
            let servers = self.servers(pods, port, scheme);
            self.http.services.insert(name.clone(), balancer(servers));
            shares.push((name, backend.weight));
        }
        let name = format!("{base}-traffic-split");
        self.http.services.insert(name.clone(), weighted(shares));
        let router = at.router(&name, rule, priority(Class::Split, rule), further);
        self.http.routers.insert(format!("{name}-direct"), router);
    }
}

impl At<'_> {
    fn router(&self, service: &str, rule: &str, priority: usize, further: &[String]) -> Value {
        let chain: Vec<&String> = self.chain.iter().chain(further).collect();
        let mut router =
            json!({"entryPoints": [&self.entry], "service": service, "rule": rule, "priority": priority});
        if !chain.is_empty() {
            router["middlewares"] = json!(chain);
        }
        router
    }

    /// What the objects of a target begin with. Targets of one name come from several namespaces.
    fn of_target(&self, key: &TargetKey, all: &[(&TargetKey, &Target)]) -> String {
        let name = &key.1.1;
        let is_alone = all.iter().filter(|(other, _)| other.1.1 == key.1.1).count() == 1;
        let base = format!("{}-{}-{name}", self.key.0, self.key.1);
        if is_alone { base } else { format!("{base}-{}", key.1.0) }
    }
}

fn balancer(servers: Vec<String>) -> Value {
    let servers: Vec<Value> = servers.into_iter().map(|url| json!({"url": url})).collect();
    if servers.is_empty() {
        return json!({"loadBalancer": {"passHostHeader": true}});
    }
    json!({"loadBalancer": {"servers": servers, "passHostHeader": true}})
}

fn white_list(addresses: &[Arc<str>]) -> Value {
    let addresses: Vec<&str> = addresses.iter().map(|address| &**address).collect();
    json!({"ipWhiteList": {"sourceRange": addresses}})
}

fn has(ports: &[ServicePort], port: &ServicePort) -> bool {
    ports.iter().any(|known| known.port == port.port)
}

/// Whether the routes of TCP among rules, where there are any, name a port: the service's, or that of its pods.
pub(super) fn is_in_routes(rules: &[Rule], port: &ServicePort) -> bool {
    let mut routes = rules.iter().filter_map(|rule| rule.tcp_route.as_ref()).peekable();
    if routes.peek().is_none() {
        return true;
    }
    routes.any(|route| {
        let is_it = |known: &u16| *known == port.port || port.target == TargetPort::Number(*known);
        route.ports.is_empty() || route.ports.iter().any(is_it)
    })
}
