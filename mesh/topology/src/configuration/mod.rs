//! What nodes route: the dynamic configuration of Traefik in its second version.

mod annotations;
mod http;
mod rules;
mod streams;

use serde_json::{Map, Value, json};

use crate::Problem;
use crate::facts::{Facts, Key, ServicePort};
use crate::settings::{Mode, Settings};
use crate::shadow::{self, Ports};
use crate::topology::{Service, Topology};

/// What is being written.
struct Writer<'a> {
    topology: &'a Topology,
    facts: &'a Facts,
    ports: &'a Ports,
    settings: &'a Settings,
    http: Part,
    tcp: Part,
    udp: Part,
    /// What is wrong with which service.
    wrong: Vec<(Key, String)>,
}

/// The routers, services and middlewares of one protocol.
#[derive(Debug, Default)]
struct Part {
    routers: Map<String, Value>,
    services: Map<String, Value>,
    middlewares: Map<String, Value>,
}

/// The routing of a cluster in which there is nothing.
#[must_use]
pub fn empty() -> Value {
    json!({"http": always().written()})
}

/// Makes the routing; what is wrong with a service is told to it.
pub fn build(
    topology: &mut Topology,
    facts: &Facts,
    ports: &Ports,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Value {
    let (tcp, udp) = (Part::default(), Part::default());
    let mut writer = Writer { topology, facts, ports, settings, http: always(), tcp, udp, wrong: Vec::new() };
    for (key, service) in &topology.services {
        writer.service(key, service);
    }
    let Writer { http, tcp, udp, wrong, .. } = writer;
    for (key, message) in wrong {
        problems.push(Problem::new("Service", &key, message.clone()));
        if let Some(service) = topology.services.get_mut(&key) {
            service.errors.get_or_insert_default().push(message);
        }
    }
    let mut routing = json!({"http": http.written()});
    for (name, part) in [("tcp", tcp), ("udp", udp)] {
        if !part.is_empty() {
            routing[name] = part.written();
        }
    }
    routing
}

/// What is there whatever a cluster says: how a node tells that it is ready, and how nothing is answered.
fn always() -> Part {
    let mut part = Part::default();
    let router = json!({"entryPoints": ["readiness"], "service": "readiness", "rule": "Path(`/ping`)"});
    part.routers.insert("readiness".to_owned(), router);
    let own =
        json!({"loadBalancer": {"servers": [{"url": "http://127.0.0.1:8080"}], "passHostHeader": true}});
    part.services.insert("readiness".to_owned(), own);
    let nobody = json!({"loadBalancer": {"passHostHeader": false}});
    part.services.insert(BLOCK_SERVICE.to_owned(), nobody);
    let nowhere = json!({"ipWhiteList": {"sourceRange": ["255.255.255.255"]}});
    part.middlewares.insert(BLOCK_MIDDLEWARE.to_owned(), nowhere);
    part
}

impl Part {
    fn is_empty(&self) -> bool {
        self.routers.is_empty() && self.services.is_empty()
    }

    fn written(self) -> Value {
        let parts =
            [("routers", self.routers), ("services", self.services), ("middlewares", self.middlewares)];
        let some = parts.into_iter().filter(|(_, part)| !part.is_empty());
        some.map(|(name, part)| (name.to_owned(), Value::Object(part))).collect::<Map<_, _>>().into()
    }
}

impl Writer<'_> {
    fn service(&mut self, key: &Key, service: &Service) {
        let Some(fact) = self.facts.services.get(key) else { return };
        let Some(mode) = shadow::mode(fact, self.settings) else {
            let written = fact.annotation("traffic-type").unwrap_or_default();
            return self.tell(key, format!("unsupported traffic type \"traffic-type\": {written:?}"));
        };
        match annotations::read(fact) {
            Err(why) => self.tell(key, why),
            Ok(wishes) => match mode {
                Mode::Http => self.http_service(key, service, &wishes),
                mode => self.stream_service(key, service, mode),
            },
        }
    }

    fn tell(&mut self, key: &Key, message: String) {
        self.wrong.push((key.clone(), message));
    }

    /// Addresses of the pods behind a port. A pod whose ports have no such name has none.
    fn addresses(&self, pods: &[Key], port: &ServicePort) -> Vec<String> {
        let address = |key: &Key| {
            let pod = self.facts.pods.get(key)?;
            Some(joined(&pod.ip, pod.resolve(port)?))
        };
        pods.iter().filter_map(address).collect()
    }
}

/// Address and port as one.
fn joined(ip: &str, port: u16) -> String {
    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
}

/// What routers and services of a port are called.
fn named(key: &Key, port: u16) -> String {
    format!("{}-{}-{port}", key.0, key.1)
}

/// A service of Traefik that shares requests or connections out.
fn weighted(shares: Vec<(String, u64)>) -> Value {
    let share = |(name, weight): (String, u64)| json!({"name": name, "weight": weight});
    json!({"weighted": {"services": shares.into_iter().map(share).collect::<Vec<_>>()}})
}

/// Who answers what nobody is allowed, and what stands before.
const BLOCK_SERVICE: &str = "block-all-service";
const BLOCK_MIDDLEWARE: &str = "block-all-middleware";
