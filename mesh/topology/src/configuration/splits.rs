//! Splits of HTTP services.
//!
//! Requests go to the backends' own pods and not to their mesh names: one proxy, and what it knows of the client is
//! true. So whatever the backends' targets demand is demanded here.

use super::builder::{Builder, port_of};
use super::grants::Group;
use super::http::{Served, balancer};
use super::l4::nth;
use super::model::{Balance, HttpService, Middleware, Part, Router, Weighted};
use super::rule::{self, Class};
use super::subjects::Policy;
use crate::annotations::{Behaviour, Scheme};
use crate::facts::{Key, ServicePort};
use crate::problem::Kind;
use crate::settings::Mode;
use crate::topology::Split;

/// A backend at one port of the root.
struct Backend<'b> {
    service: &'b Key,
    port: &'b ServicePort,
    scheme: Scheme,
    balance: Balance,
    weight: u64,
}

impl Builder<'_> {
    pub(super) fn http_splits(&mut self, served: &Served<'_>) {
        let mut asked = Vec::new();
        for (key, split) in self.splits_of(served.service) {
            match rule::requests(&split.rules) {
                Ok(requests) => asked.push((key, split, requests)),
                Err(error) => self.tell(Kind::TrafficSplit, key, format!("{error}: the root answers itself")),
            }
        }
        // Those that take everything come last, and only the first of them has something to take.
        asked.sort_by_key(|(_, _, requests)| requests.is_none());
        let mut is_all_taken = false;
        for (key, split, requests) in asked {
            if is_all_taken {
                let message = "another split of the same root takes all requests before, by name";
                self.tell(Kind::TrafficSplit, key, message.to_owned());
                continue;
            }
            is_all_taken = requests.is_none();
            for (entry, port) in &served.ports {
                self.http_split(served, entry, port, (key, split, requests.as_deref()));
            }
        }
    }

    fn http_split(
        &mut self,
        served: &Served<'_>,
        entry: &str,
        port: &ServicePort,
        (key, split, requests): (&Key, &Split, Option<&str>),
    ) {
        let backends = self.backends(key, split, port);
        let at: Vec<(&Key, &ServicePort)> =
            backends.iter().map(|backend| (backend.service, backend.port)).collect();
        if at.is_empty() {
            return;
        }
        let mut groups = self.groups(&at, Mode::Http);
        if groups.is_empty() {
            // Nobody may ask all backends: the router is there and refuses.
            let pods = backends.iter().map(|_| Vec::new()).collect();
            groups.push(Group { ips: Some(Vec::new()), rule: None, pods });
        }
        let is_alone = groups.len() == 1;
        for (index, group) in groups.iter().enumerate() {
            let service = self.split_service(served, key, port, (&backends, group, index));
            let others: Vec<&str> = requests.into_iter().chain(group.rule.as_deref()).collect();
            let mut rule = rule::all(&served.hosts, &others);
            let priority = rule::priority(Class::Split, &rule);
            let mut middlewares = served.middlewares.clone();
            if let Some(ips) = &group.ips {
                let ips = if ips.is_empty() { vec![super::builder::NOBODY.into()] } else { ips.clone() };
                if !is_alone {
                    rule = format!("({rule}) && {}", rule::client(&ips));
                }
                middlewares.push(self.split_whitelist(
                    served.key,
                    key,
                    port,
                    Middleware::IpWhiteList { source_range: ips },
                ));
            }
            let name = self.split_name(served.key, key, port, &["traffic-split-direct"], index);
            let policy = if group.ips.is_some() { Policy::Split(key) } else { Policy::Open };
            self.stands_for(&name, (served.key, port.number), Some(key), &policy);
            let router =
                Router { entry_points: vec![entry.to_owned()], middlewares, service, rule, priority };
            self.put_router(name, router, &served.further);
        }
    }

    /// The backends that can be asked at a port of the root.
    fn backends<'s>(&mut self, key: &Key, split: &'s Split, port: &ServicePort) -> Vec<Backend<'s>>
    where
        Self: 's,
    {
        let facts = self.facts;
        let mut backends = Vec::new();
        for backend in &split.backends {
            let Some(fact) = backend.service.find(&facts.services) else { continue };
            let Some(own) = port_of(fact, port.number) else { continue };
            match Behaviour::read(fact, self.settings) {
                Ok(Behaviour { scheme, balance, .. }) => {
                    backends.push(Backend {
                        service: &backend.service,
                        port: own,
                        scheme,
                        balance,
                        weight: backend.weight,
                    });
                }
                Err(error) => {
                    self.tell(
                        Kind::TrafficSplit,
                        key,
                        format!("backend {} is left out: {error}", backend.service),
                    );
                }
            }
        }
        backends
    }

    /// The service of a group of clients.
    fn split_service(
        &mut self,
        served: &Served<'_>,
        key: &Key,
        port: &ServicePort,
        (backends, group, index): (&[Backend<'_>], &Group, usize),
    ) -> String {
        let mut parts = Vec::new();
        for (backend, pods) in backends.iter().zip(&group.pods) {
            let last = [&*backend.service.name, "traffic-split-backend"];
            let name = self.split_name(served.key, key, port, &last, index);
            let servers = self.servers(backend.service, backend.port, pods);
            self.made.http.services.insert(name.clone(), balancer(backend.scheme, &backend.balance, servers));
            self.is_backend(&name, backend.service);
            parts.push(Part { name, weight: backend.weight });
        }
        let name = self.split_name(served.key, key, port, &["traffic-split"], index);
        let weighted = HttpService::Weighted(Weighted { services: parts });
        self.made.http.services.insert(name.clone(), weighted);
        name
    }

    /// One list for all ports of a split, as long as it is the same.
    fn split_whitelist(&mut self, root: &Key, key: &Key, port: &ServicePort, list: Middleware) -> String {
        let parts = [&*root.namespace, &*root.name, &*key.name, "whitelist-traffic-split-direct"];
        let mut name = self.keys.name(&parts);
        let mut index = 0;
        while self.made.http.middlewares.get(&name).is_some_and(|other| *other != list) {
            name = self.keys.name_of(&parts, &format!("{}/{index}", port.number));
            index += 1;
        }
        self.made.http.middlewares.insert(name.clone(), list);
        name
    }

    fn split_name(
        &mut self,
        root: &Key,
        key: &Key,
        port: &ServicePort,
        last: &[&str],
        index: usize,
    ) -> String {
        let number = port.number.to_string();
        let first = [&*root.namespace, &*root.name, &*key.name, &number];
        self.keys.name_of(&[&first, last].concat(), &nth(index))
    }
}
