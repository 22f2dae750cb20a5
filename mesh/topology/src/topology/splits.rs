//! Splits, in an order in which those for some requests come before those for all.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Backend, Builder, Split};
use crate::facts::{self, Key, shown};

impl Builder<'_> {
    pub(super) fn splits(&mut self) {
        let facts = self.facts;
        for (key, split) in &facts.splits {
            if self.settings.sees(&key.0, "") {
                match self.split(key, split) {
                    Ok(view) => self.add_split(key, view),
                    Err(why) => self.tell("TrafficSplit", key, &why),
                }
            }
        }
        self.cut_circles();
        let incoming: Vec<(Key, Vec<Key>)> =
            self.topology.traffic_splits.keys().map(|key| (key.clone(), self.incoming(key))).collect();
        for (key, pods) in incoming {
            if let Some(split) = self.topology.traffic_splits.get_mut(&key) {
                split.incoming = pods;
            }
        }
    }

    fn split(&mut self, key: &Key, split: &facts::Split) -> Result<Split, String> {
        let root = (Arc::clone(&key.0), Arc::clone(&split.service));
        let missing = |kind: &str, key: &Key| format!("unable to find {kind} Service {:?}", shown(key));
        let ports = match self.topology.services.get(&root) {
            Some(service) => service.ports.clone(),
            None => return Err(missing("root", &root)),
        };
        let rules = self.rules(&key.0, &split.matches)?;
        let mut view = Split {
            name: Arc::clone(&key.1),
            namespace: Arc::clone(&key.0),
            service: root,
            rules,
            ..Split::default()
        };
        for backend in &split.backends {
            let service = (Arc::clone(&key.0), Arc::clone(&backend.service));
            let problem = match self.topology.services.get(&service) {
                None => Some(missing("backend", &service)),
                Some(there) => {
                    let lacks =
                        ports.iter().find(|port| !there.ports.iter().any(|own| own.port == port.port));
                    lacks.map(|port| format!("port {} must be exposed", port.port))
                }
            };
            match problem {
                None => view.backends.push(Backend { weight: backend.weight, service }),
                Some(why) => {
                    self.tell("TrafficSplit", key, &why);
                    view.errors.get_or_insert_default().push(why);
                }
            }
        }
        Ok(view)
    }

    fn add_split(&mut self, key: &Key, view: Split) {
        if let Some(root) = self.topology.services.get_mut(&view.service) {
            root.traffic_splits.push(key.clone());
        }
        for backend in &view.backends {
            if let Some(service) = self.topology.services.get_mut(&backend.service)
                && !service.backend_of.contains(key)
            {
                service.backend_of.push(key.clone());
            }
        }
        self.topology.traffic_splits.insert(key.clone(), view);
    }

    /// Takes out each split that closes a circle. A split to its own service is none: that means its own pods.
    fn cut_circles(&mut self) {
        let all: Vec<Key> = self.topology.traffic_splits.keys().cloned().collect();
        for key in all {
            let Some(split) = self.topology.traffic_splits.get(&key) else { continue };
            let root = split.service.clone();
            if !self.leads_back(&key, &root, &mut BTreeSet::new()) {
                continue;
            }
            let why = format!(
                "circular reference detected on TrafficSplit {:?} in Service {:?}",
                shown(&key),
                shown(&root)
            );
            self.tell("TrafficSplit", &key, &why);
            self.topology.traffic_splits.remove(&key);
            for service in self.topology.services.values_mut() {
                service.traffic_splits.retain(|known| *known != key);
                service.backend_of.retain(|known| *known != key);
            }
            if let Some(service) = self.topology.services.get_mut(&root) {
                service.errors.get_or_insert_default().push(why);
            }
        }
    }

    /// Whether following a split leads to a service again.
    fn leads_back(&self, key: &Key, root: &Key, seen: &mut BTreeSet<Key>) -> bool {
        if !seen.insert(key.clone()) {
            return false;
        }
        let Some(split) = self.topology.traffic_splits.get(key) else { return false };
        let next = split.backends.iter().filter(|backend| backend.service != split.service);
        next.into_iter().any(|backend| {
            backend.service == *root
                || self.topology.services.get(&backend.service).is_some_and(|service| {
                    service.traffic_splits.iter().any(|next| self.leads_back(next, root, seen))
                })
        })
    }

    /// The pods that every backend of a split allows.
    fn incoming(&self, key: &Key) -> Vec<Key> {
        let Some(split) = self.topology.traffic_splits.get(key) else { return Vec::new() };
        let allowed = split.backends.iter().map(|backend| self.allowed(&split.service, &backend.service));
        let common = allowed.reduce(|left, right| left.intersection(&right).cloned().collect());
        common.unwrap_or_default().into_iter().collect()
    }

    /// The pods that a backend allows, through its own splits as well.
    fn allowed(&self, root: &Key, backend: &Key) -> BTreeSet<Key> {
        let Some(service) = self.topology.services.get(backend) else { return BTreeSet::new() };
        let targets = service.traffic_targets.iter();
        let views = targets.filter_map(|target| self.topology.service_traffic_targets.get(target));
        let own = views.flat_map(|target| &target.sources).flat_map(|source| &source.pods).cloned();
        let mut allowed: BTreeSet<Key> = own.collect();
        if backend != root {
            for split in &service.traffic_splits {
                allowed.extend(self.incoming(split));
            }
        }
        allowed
    }
}
