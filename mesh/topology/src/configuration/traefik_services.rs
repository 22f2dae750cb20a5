//! `TraefikService`s that answer for a Service.
//!
//! Requests go to the pods of those Services that share them, as with splits. Invariant: all that one leads to is there,
//! or it is not followed; with access control a client is let in whom targets of every Service that may get its
//! request, or a copy of it, let in.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::builder::{Builder, NOBODY};
use super::grants::Group;
use super::http::{Served, balancer};
use super::l4::nth;
use super::model::{HttpService, Middleware, Router};
use super::references::{DEEPEST, EdgeError, Names};
use super::rule::{self, Class};
use super::subjects::Policy;
use crate::annotations::{Balance, Behaviour, Scheme};
use crate::facts::{Key, PartKind, PodPort, Protocol, ServicePort, SharedPart, Sharing, TraefikService, Way};
use crate::settings::Mode;

/// What a Service names, and all that it leads to.
#[derive(Debug)]
pub(super) struct Shared<'f> {
    key: Key,
    all: BTreeMap<Key, Found<'f>>,
    leaves: BTreeMap<(Key, u16), &'f ServicePort>,
}

/// An object and whom its parts mean, in the same order.
#[derive(Debug)]
struct Found<'f> {
    sharing: &'f Sharing,
    parts: Vec<Part<'f>>,
}

#[derive(Debug)]
enum Part<'f> {
    Service { key: Key, port: &'f ServicePort, scheme: Scheme, balance: Balance },
    TraefikService(Key),
}

/// The pods of one group of clients, by Service and port.
type Pods<'g> = BTreeMap<&'g (Key, u16), &'g [Key]>;

impl<'a> Builder<'a> {
    /// Finds what an annotation names.
    pub(super) fn find_traefik_service(&self, service: &Key, written: &str) -> Result<Shared<'a>, EdgeError> {
        let names = Names {
            kind: KIND,
            table: &self.facts.traefik_services,
            settings: self.settings,
            from: &service.namespace,
        };
        let key = names.written(written.trim())?;
        let mut shared = Shared { key: key.clone(), all: BTreeMap::new(), leaves: BTreeMap::new() };
        self.follow_traefik_service(&key, &mut Vec::new(), &mut shared)?;
        Ok(shared)
    }

    fn follow_traefik_service(
        &self,
        key: &Key,
        way: &mut Vec<Key>,
        shared: &mut Shared<'a>,
    ) -> Result<(), EdgeError> {
        if way.contains(key) {
            return Err(EdgeError::Circle { kind: KIND, key: key.clone() });
        }
        if way.len() >= DEEPEST {
            return Err(EdgeError::Deep { kind: KIND, key: key.clone() });
        }
        if shared.all.contains_key(key) {
            return Ok(());
        }
        let missing = || EdgeError::Missing { kind: KIND, key: key.clone() };
        let TraefikService(found) = &**key.find(&self.facts.traefik_services).ok_or_else(missing)?;
        let refused =
            |why: &Arc<str>| EdgeError::Refused { kind: KIND, key: key.clone(), why: Arc::clone(why) };
        let sharing = found.as_ref().map_err(refused)?;
        way.push(key.clone());
        let mut parts = Vec::new();
        for part in &sharing.parts {
            parts.push(match &part.kind {
                PartKind::TraefikService => {
                    let table = &self.facts.traefik_services;
                    let names = Names { kind: KIND, table, settings: self.settings, from: &key.namespace };
                    let named = names.named(&part.named)?;
                    self.follow_traefik_service(&named, way, shared)?;
                    Part::TraefikService(named)
                }
                PartKind::Service { port, scheme, .. } => self.leaf(key, part, port, scheme, shared)?,
            });
        }
        way.pop();
        shared.all.insert(key.clone(), Found { sharing, parts });
        Ok(())
    }

    /// A Service of the mesh that shares requests.
    fn leaf(
        &self,
        of: &Key,
        part: &SharedPart,
        port: &PodPort,
        scheme: &str,
        shared: &mut Shared<'a>,
    ) -> Result<Part<'a>, EdgeError> {
        let table = &self.facts.services;
        let names = Names { kind: SERVICE, table, settings: self.settings, from: &of.namespace };
        if part.named.name.contains('@') {
            return Err(EdgeError::NoName(part.named.name.to_string()));
        }
        let key = names.named(&part.named)?;
        let missing = || EdgeError::Missing { kind: SERVICE, key: key.clone() };
        if !self.topology.services.contains_key(&key) {
            return Err(missing());
        }
        let fact = key.find(table).ok_or_else(missing)?;
        let is_it = |own: &&ServicePort| match port {
            PodPort::Number(number) => own.number == *number,
            PodPort::Name(name) => own.name == *name,
        };
        let found = fact.ports.iter().filter(|own| own.protocol == Protocol::Tcp).find(is_it);
        let found = found.ok_or_else(|| EdgeError::NoPort { key: key.clone(), port: text(port) })?;
        let refused = |why: String| EdgeError::Refused { kind: SERVICE, key: key.clone(), why: why.into() };
        let behaviour = Behaviour::read(fact, self.settings).map_err(|error| refused(error.to_string()))?;
        shared.leaves.insert((key.clone(), found.number), found);
        let scheme = match scheme {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            "h2c" => Scheme::H2c,
            _ => behaviour.scheme,
        };
        Ok(Part::Service { key, port: found, scheme, balance: behaviour.balance })
    }

    /// The routers that lead to what was found, in the place of those that lead to the Service's own pods.
    pub(super) fn shared(&mut self, served: &Served<'_>, shared: &Shared<'_>) {
        let leaves: Vec<(&Key, &ServicePort)> =
            shared.leaves.iter().map(|((key, _), port)| (key, *port)).collect();
        let groups = self.groups(&leaves, Mode::Http);
        let is_alone = groups.len() == 1;
        for (index, group) in groups.iter().enumerate() {
            let service = self.shared_services(served.key, shared, group, index);
            let others: Vec<&str> = group.rule.iter().map(String::as_str).collect();
            let mut rule = rule::all(&served.hosts, &others);
            let priority = rule::priority(Class::TraefikService, &rule);
            let mut middlewares = served.middlewares.clone();
            if let Some(ips) = &group.ips {
                let ips = if ips.is_empty() { vec![NOBODY.into()] } else { ips.clone() };
                if !is_alone {
                    rule = format!("({rule}) && {}", rule::client(&ips));
                }
                let parts = [&*served.key.namespace, &*served.key.name, "whitelist-traefik-service"];
                let list = self.keys.name_of(&parts, &nth(index));
                let middleware = Middleware::IpWhiteList { source_range: ips };
                self.made.http.middlewares.insert(list.clone(), middleware);
                middlewares.push(list);
            }
            let policy = if group.ips.is_some() { Policy::TraefikService(&shared.key) } else { Policy::Open };
            for (entry, port) in &served.ports {
                let number = port.number.to_string();
                let parts = [&*served.key.namespace, &*served.key.name, &number, "traefik-service-direct"];
                let router = Router {
                    entry_points: vec![entry.clone()],
                    middlewares: middlewares.clone(),
                    service: service.clone(),
                    rule: rule.clone(),
                    priority,
                };
                let name = self.keys.name_of(&parts, &nth(index));
                self.stands_for(&name, (served.key, port.number), None, &policy);
                self.put_router(name, router, &served.further);
            }
        }
    }

    /// Declares the services of a group of clients; the name of the first.
    fn shared_services(&mut self, root: &Key, shared: &Shared<'_>, group: &Group, index: usize) -> String {
        let pods: Pods<'_> = shared.leaves.keys().zip(group.pods.iter().map(Vec::as_slice)).collect();
        for (key, found) in &shared.all {
            let mut names = Vec::new();
            for (place, (part, written)) in found.parts.iter().zip(&found.sharing.parts).enumerate() {
                names.push(match part {
                    Part::TraefikService(other) => self.shared_name(root, other, index),
                    Part::Service { key: leaf, port, scheme, balance } => {
                        let mine = pods.get(&(leaf.clone(), port.number)).copied().unwrap_or_default();
                        let servers = self.servers(leaf, port, mine);
                        let made = balancer(*scheme, balance, servers);
                        let parts = [&*root.namespace, &*root.name, &*key.name, &*leaf.name, "backend"];
                        let which = format!("{}/{}/{place}/{}", key.namespace, leaf.namespace, nth(index));
                        let name = self.keys.name_of(&parts, &which);
                        self.made.http.services.insert(name.clone(), as_written(made, &written.kind));
                        name
                    }
                });
            }
            let name = self.shared_name(root, key, index);
            let made = HttpService::Written(sharing(found.sharing, names));
            self.made.http.services.insert(name, made);
        }
        self.shared_name(root, &shared.key, index)
    }

    fn shared_name(&mut self, root: &Key, key: &Key, index: usize) -> String {
        let parts = [&*root.namespace, &*root.name, &*key.name, "traefik-service"];
        self.keys.name_of(&parts, &format!("{}/{}", key.namespace, nth(index)))
    }
}

/// A service of servers with what is written beside the Service's name.
fn as_written(made: HttpService, kind: &PartKind) -> HttpService {
    let PartKind::Service { options, .. } = kind else { return made };
    let mut options = options.clone();
    let timeouts = options.remove("timeouts");
    if options.is_empty() && timeouts.is_none() {
        return made;
    }
    let mut document = json!(made);
    if let Some(fields) = document.pointer_mut("/loadBalancer").and_then(Value::as_object_mut) {
        fields.append(&mut options);
    }
    if let Some(timeouts) = timeouts {
        document["timeouts"] = timeouts;
    }
    HttpService::Written(document)
}

/// A service of services with these names.
fn sharing(sharing: &Sharing, names: Vec<String>) -> Value {
    let mut options = sharing.options.clone();
    let parts = names.into_iter().zip(&sharing.parts).map(|(name, part)| {
        let name = Map::from_iter([("name".to_owned(), Value::from(name))]);
        Value::Object(name.into_iter().chain(part.place.clone()).collect())
    });
    let mut parts: Vec<Value> = parts.collect();
    let name = |part: Value| part["name"].clone();
    match sharing.way {
        Way::Weighted | Way::HighestRandomWeight => {
            options.insert("services".to_owned(), parts.into());
        }
        Way::Mirroring => {
            options.insert("service".to_owned(), name(parts.remove(0)));
            options.insert("mirrors".to_owned(), parts.into());
        }
        Way::Failover => {
            for (field, part) in ["service", "fallback"].into_iter().zip(parts) {
                options.insert(field.to_owned(), name(part));
            }
        }
    }
    json!({ sharing.way.text(): options })
}

fn text(port: &PodPort) -> String {
    match port {
        PodPort::Number(number) => number.to_string(),
        PodPort::Name(name) => name.to_string(),
    }
}

const KIND: &str = "TraefikService";
const SERVICE: &str = "Service";
