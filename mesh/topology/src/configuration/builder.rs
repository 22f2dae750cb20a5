//! What all parts of the configuration are made with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::grants::{self, Grant, Group};
use super::keys::Keys;
use super::model::{Balance, Configuration, HttpService, Middleware, Router, Server};
use super::subjects::Subjects;
use super::{Built, Place};
use crate::annotations::Behaviour;
use crate::facts::{EndpointTarget, Facts, Key, Service, ServicePort, Slice};
use crate::problem::{Kind, Problem};
use crate::settings::{Mode, Settings, Sources};
use crate::shadow::Ports;
use crate::topology::{self, TargetKey, Topology};

/// A configuration that is being built.
pub(super) struct Builder<'a> {
    pub(super) topology: &'a Topology,
    pub(super) facts: &'a Facts,
    pub(super) ports: &'a Ports,
    pub(super) settings: &'a Settings,
    pub(super) keys: Keys,
    pub(super) made: Configuration,
    /// What names of it stand for.
    pub(super) subjects: Subjects,
    /// The addresses that each target lets in.
    pub(super) ips: BTreeMap<TargetKey, BTreeSet<Arc<str>>>,
    /// The slices of each service that have servers which are no pods.
    slices: BTreeMap<Key, Vec<&'a Slice>>,
    errors: Vec<(Place, String)>,
    problems: BTreeSet<Problem>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        topology: &'a Topology,
        facts: &'a Facts,
        ports: &'a Ports,
        settings: &'a Settings,
    ) -> Self {
        let mut builder = Self {
            topology,
            facts,
            ports,
            settings,
            keys: Keys::default(),
            made: Configuration::default(),
            subjects: Subjects::default(),
            ips: BTreeMap::new(),
            slices: BTreeMap::new(),
            errors: Vec::new(),
            problems: BTreeSet::new(),
        };
        builder.put_what_is_always_there();
        builder
    }

    pub(super) fn finish(mut self) -> Built {
        self.find_addresses();
        self.find_slices();
        for (key, service) in &self.topology.services {
            let Some(fact) = key.find(&self.facts.services) else { continue };
            match Behaviour::read(fact, self.settings) {
                Ok(behaviour) if behaviour.mode == Mode::Http => self.http(key, service, fact, &behaviour),
                Ok(behaviour) => self.l4(key, service, fact, behaviour.mode),
                Err(error) => {
                    self.fail(Place::Service(key.clone()), format!("unable to build configuration: {error}"));
                    self.tell(Kind::Service, key, error.to_string());
                }
            }
        }
        let problems = self.problems.into_iter().collect();
        Built { configuration: self.made, subjects: self.subjects, errors: self.errors, problems }
    }

    fn put_what_is_always_there(&mut self) {
        let router = Router {
            entry_points: vec![READINESS.to_owned()],
            service: self.keys.name(&[READINESS]),
            rule: "Path(`/ping`)".to_owned(),
            ..Router::default()
        };
        let itself = Server { url: "http://127.0.0.1:8080".to_owned() };
        let http = &mut self.made.http;
        http.routers.insert(READINESS.to_owned(), router);
        let readiness = HttpService::LoadBalancer {
            servers: vec![itself],
            pass_host_header: true,
            balance: Balance::default(),
        };
        http.services.insert(READINESS.to_owned(), readiness);
        let nobody = HttpService::LoadBalancer {
            servers: Vec::new(),
            pass_host_header: false,
            balance: Balance::default(),
        };
        http.services.insert(self.keys.name(&[BLOCK_ALL_SERVICE]), nobody);
        let block = Middleware::IpWhiteList { source_range: vec![NOBODY.into()] };
        http.middlewares.insert(self.keys.name(&[BLOCK_ALL_MIDDLEWARE]), block);
    }

    fn find_addresses(&mut self) {
        for (key, target) in &self.topology.service_traffic_targets {
            let pods = target.sources.iter().flat_map(|source| &source.pods);
            let mut ips = BTreeSet::new();
            for (pod, fact) in pods.filter_map(|pod| Some((pod, pod.find(&self.facts.pods)?))) {
                if fact.is_on_host {
                    let message = format!(
                        "source pod {pod} has the address of its node, as every process there, and is not let in; give it a network of its own"
                    );
                    self.tell(Kind::TrafficTarget, &key.target, message);
                    continue;
                }
                ips.extend(fact.addresses().cloned());
            }
            self.ips.insert(key.clone(), ips);
        }
    }

    fn find_slices(&mut self) {
        for ((namespace, _), slice) in &self.facts.slices {
            if self.settings.sees(namespace, &slice.app)
                && slice.endpoints.iter().any(|endpoint| endpoint.target == EndpointTarget::Unknown)
            {
                self.slices.entry(Key::new(namespace, &slice.service)).or_default().push(slice);
            }
        }
    }

    /// Something that the topology shows.
    pub(super) fn fail(&mut self, place: Place, message: String) {
        self.errors.push((place, message));
    }

    /// Says of everything that would lead to a port that it has no entry point.
    pub(super) fn fail_for_want(&mut self, key: &Key, kind: &str, port: &ServicePort, why: &str) {
        let Some(service) = self.topology.services.get(key) else { return };
        let message = format!("unable to build {kind} entrypoint for port {}: {why}", port.number);
        if kind == "HTTP" || !self.settings.acl {
            self.fail(Place::Service(key.clone()), message.clone());
        }
        for at in service.traffic_targets.iter().filter(|_| kind != "UDP") {
            let Some(target) = self.topology.service_traffic_targets.get(at) else { continue };
            let leads = kind == "HTTP" || target.rules.iter().any(|rule| rule.tcp_route.is_some());
            if leads && target.destination.ports.iter().any(|open| open.number == port.number) {
                self.fail(Place::Target(at.clone()), message.clone());
            }
        }
        for split in &service.traffic_splits {
            self.fail(Place::Split(split.clone()), message.clone());
        }
    }

    /// Something that the owner of an object is told, once.
    pub(super) fn tell(&mut self, kind: Kind, key: &Key, message: String) {
        self.problems.insert(Problem::new(kind, key, message));
    }

    /// The servers that pods are for a port of their service, as address and port.
    pub(super) fn servers(&mut self, service: &Key, port: &ServicePort, pods: &[Key]) -> Vec<String> {
        let mut servers = Vec::new();
        for key in pods {
            let Some(pod) = self.topology.pods.get(key) else { continue };
            match grants::number_at(pod, port) {
                Some(number) if !pod.ip.is_empty() => servers.push(address(&pod.ip, number)),
                Some(_) => {}
                None => {
                    let message =
                        format!("port {} has no number at pod {key}, it gets no requests", port.number);
                    self.tell(Kind::Service, service, message);
                }
            }
        }
        if !self.settings.acl {
            servers.extend(self.written_by_hand(service, port));
        }
        servers
    }

    /// Servers that somebody wrote down without saying what they are. Nothing is known of their account, so no target
    /// opens them to anybody.
    fn written_by_hand(&self, service: &Key, port: &ServicePort) -> Vec<String> {
        let mut servers = BTreeSet::new();
        for slice in self.slices.get(service).into_iter().flatten() {
            let mut ports = slice.ports.iter();
            let of_port = ports.find(|other| other.name == port.name && other.protocol == port.protocol);
            let Some(number) = of_port.and_then(|port| port.number) else { continue };
            let is_bare = |target: &EndpointTarget| *target == EndpointTarget::Unknown;
            let endpoints =
                slice.endpoints.iter().filter(|endpoint| endpoint.is_ready && is_bare(&endpoint.target));
            servers.extend(endpoints.flat_map(|endpoint| &endpoint.addresses).map(|ip| address(ip, number)));
        }
        servers.into_iter().collect()
    }

    /// Who reaches which servers of these backends, each a service with one of its ports.
    pub(super) fn groups(&self, backends: &[(&Key, &ServicePort)], mode: Mode) -> Vec<Group> {
        if !self.settings.acl {
            let pods = |(service, _): &(&Key, &ServicePort)| {
                self.topology.services.get(*service).map(|service| service.pods.clone()).unwrap_or_default()
            };
            return vec![Group { ips: None, rule: None, pods: backends.iter().map(pods).collect() }];
        }
        let grants = |(service, port): &(&Key, &ServicePort)| {
            grants::at_port(self.topology, self.settings, &self.ips, service, port, mode)
        };
        let grants: Vec<Vec<Grant>> = backends.iter().map(grants).collect();
        let sources = match mode {
            Mode::Http => Sources::Enforced,
            Mode::Tcp => self.settings.tcp_sources,
            Mode::Udp => self.settings.udp_sources,
        };
        match sources {
            Sources::Enforced => grants::groups(&grants),
            Sources::Open if grants.iter().any(Vec::is_empty) => Vec::new(),
            Sources::Open => {
                vec![Group { ips: None, rule: None, pods: grants.iter().map(|all| pods(all)).collect() }]
            }
        }
    }

    /// The splits of a service that have backends, as they are asked: those with matches first, then by name.
    pub(super) fn splits_of(&mut self, service: &topology::Service) -> Vec<(&'a Key, &'a topology::Split)> {
        let mut splits = Vec::new();
        for key in &service.traffic_splits {
            let Some((key, split)) = self.topology.traffic_splits.get_key_value(key) else { continue };
            if split.backends.is_empty() {
                self.tell(Kind::TrafficSplit, key, "no backend is left, the root answers itself".to_owned());
            } else {
                splits.push((key, split));
            }
        }
        splits
    }
}

/// The port with a number.
pub(super) fn port_of(service: &Service, number: u16) -> Option<&ServicePort> {
    service.ports.iter().find(|port| port.number == number)
}

fn pods(grants: &[Grant]) -> Vec<Key> {
    let pods: BTreeSet<&Key> = grants.iter().flat_map(|grant| &grant.pods).collect();
    pods.into_iter().cloned().collect()
}

fn address(ip: &str, port: u16) -> String {
    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
}

const READINESS: &str = "readiness";
pub(super) const BLOCK_ALL_SERVICE: &str = "block-all-service";
pub(super) const BLOCK_ALL_MIDDLEWARE: &str = "block-all-middleware";

/// An address that no client has.
pub(super) const NOBODY: &str = "255.255.255.255";
