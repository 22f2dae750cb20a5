//! Splits with ACL.
//!
//! Whoever calls the service must be allowed at every backend, and so must be what is asked. Since a backend is asked
//! without a second hop, its targets are part of the rule here: for each choice of one target of every backend there is
//! a router, for the clients that all of them name and the requests that all of them allow, to the pods that they are about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::Writer;
use super::super::rules::{both, clients};
use super::{Allowed, At, white_list};
use crate::facts::Key;
use crate::topology::{Split, Target};

/// One target of every backend.
#[derive(Clone, Default)]
struct Choice<'a> {
    targets: Vec<(&'a Key, &'a Target)>,
    rule: Option<String>,
    /// Who is allowed so far; nothing is decided before the first.
    clients: Option<BTreeSet<Arc<str>>>,
}

impl<'a> Writer<'a> {
    pub(super) fn split_of_allowed(&mut self, at: &At<'_>, split: &'a Split, rule: &str) {
        let mut choices = vec![Choice::default()];
        for backend in &split.backends {
            choices = self.extended(at, &choices, &backend.service);
            if choices.len() > MOST {
                let message = format!(
                    "TrafficSplit {:?}: more than {MOST} combinations of targets; nothing is shared out",
                    split.name
                );
                return self.tell(at.key, message);
            }
        }
        let is_alone = choices.len() == 1;
        for (number, choice) in choices.iter().enumerate() {
            let sources: Vec<Arc<str>> = choice.clients.iter().flatten().cloned().collect();
            if sources.is_empty() {
                continue;
            }
            let mut rule =
                choice.rule.as_ref().map_or_else(|| rule.to_owned(), |allowed| both(rule, allowed));
            let mut base = format!("{}-{}-{}", at.key.0, at.key.1, split.name);
            if !is_alone {
                rule = both(&rule, &clients(&sources));
                base = format!("{base}-{number}");
            }
            let list = format!("{base}-whitelist-traffic-split-direct");
            self.http.middlewares.insert(list.clone(), white_list(&sources));
            let pods: BTreeMap<&Key, Option<&[Key]>> =
                choice.targets.iter().map(|(of, target)| (*of, Some(&*target.destination.pods))).collect();
            let base = format!("{base}-{}", at.port.port);
            self.split(at, split, &base, &rule, &pods, &[list]);
        }
    }

    /// Every choice so far with every target of one more backend.
    fn extended(&self, at: &At<'_>, choices: &[Choice<'a>], backend: &'a Key) -> Vec<Choice<'a>> {
        let topology = self.topology;
        let Some(service) = topology.services.get(backend) else { return Vec::new() };
        let Some(port) = service.ports.iter().find(|port| port.port == at.port.port) else {
            return Vec::new();
        };
        let mut more = Vec::new();
        for target in
            service.traffic_targets.iter().filter_map(|key| topology.service_traffic_targets.get(key))
        {
            let allowed = match self.allowed(target, port) {
                // What is wrong with it is told where it stands alone.
                Err(_) | Ok(Allowed::Nothing) => continue,
                Ok(Allowed::Everything) => None,
                Ok(Allowed::Some(rule)) => Some(rule),
            };
            let own: BTreeSet<Arc<str>> = self.sources(target).into_iter().collect();
            for choice in choices {
                let rule = match (&choice.rule, &allowed) {
                    (Some(left), Some(right)) if left != right => Some(both(left, right)),
                    (left, right) => left.clone().or_else(|| right.clone()),
                };
                let clients = match &choice.clients {
                    None => own.clone(),
                    Some(known) => known.intersection(&own).cloned().collect(),
                };
                if clients.is_empty() {
                    continue;
                }
                let mut targets = choice.targets.clone();
                targets.push((backend, target));
                more.push(Choice { targets, rule, clients: Some(clients) });
            }
        }
        more
    }
}

/// The most routers that one split may become.
const MOST: usize = 64;
