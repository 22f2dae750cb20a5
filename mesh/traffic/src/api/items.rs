//! Figures of resources, out of what passed.

use std::collections::{BTreeMap, BTreeSet};

use windrose_mesh_topology::Key;

use super::kinds::{Kind, Of};
use super::selector::Selector;
use crate::directory::{Directory, Split};
use crate::report::Figures;
use crate::shown::{Direction, Edge, Item};
use crate::window::{Flow, Span, Window};

/// What items are made of.
pub(super) struct Items<'a> {
    pub(super) window: &'a Window,
    pub(super) directory: &'a Directory,
    pub(super) span: Span,
}

impl Items<'_> {
    /// What one resource received; nothing where it is not there.
    pub(super) fn one(&self, kind: &Kind, key: &Key) -> Option<Item> {
        let mut found = None;
        for flow in self.flows().filter(|flow| kind.server(flow).contains(key)) {
            found.get_or_insert_with(Figures::default).merge(&flow.figures);
        }
        let is_there = || self.is_there(kind, key);
        let figures = found.or_else(|| is_there().then(Figures::default))?;
        Some(received(kind, key.clone(), figures))
    }

    /// What all of a kind received.
    pub(super) fn all(&self, kind: &Kind, namespace: Option<&str>, selector: Option<&Selector>) -> Vec<Item> {
        let is_meant = |key: &Key| namespace.is_none_or(|namespace| *key.namespace == *namespace);
        if kind.of == Of::Split {
            let splits = self.directory.splits.keys().filter(|key| is_meant(key));
            return splits.filter_map(|key| self.split(kind, key)).flatten().collect();
        }
        let mut all: BTreeMap<Key, Figures> = BTreeMap::new();
        all.extend(kind.all(self.directory).into_iter().map(|key| (key, Figures::default())));
        for flow in self.flows() {
            for key in kind.server(flow) {
                all.entry(key).or_default().merge(&flow.figures);
            }
        }
        let chosen = selector.map(|selector| {
            let pods = self.directory.pods.values().filter(|pod| selector.holds(&pod.labels));
            pods.flat_map(|pod| kind.of_pod(pod)).collect::<BTreeSet<Key>>()
        });
        let is_chosen = |key: &Key| chosen.as_ref().is_none_or(|chosen| chosen.contains(key));
        let meant = all.into_iter().filter(|(key, _)| is_meant(key) && is_chosen(key));
        meant.map(|(key, figures)| received(kind, key, figures)).collect()
    }

    /// With whom a resource exchanged anything; nothing where it is not there.
    pub(super) fn edges(&self, kind: &Kind, key: &Key) -> Option<Vec<Item>> {
        let mut edges: BTreeMap<(Direction, Key), Figures> = BTreeMap::new();
        let mut had_traffic = false;
        for flow in self.flows() {
            let (clients, servers) = (kind.client(flow), kind.server(flow));
            let mut add = |direction, peers: &BTreeSet<Key>| {
                had_traffic = true;
                for peer in peers {
                    edges.entry((direction, peer.clone())).or_default().merge(&flow.figures);
                }
            };
            if servers.contains(key) {
                add(Direction::From, &clients);
            }
            if clients.contains(key) {
                add(Direction::To, &servers);
            }
        }
        if !had_traffic && !self.is_there(kind, key) {
            return None;
        }
        let item = |((direction, peer), figures)| Item {
            resource: kind.resource(key.clone()),
            edge: Edge { direction, resource: Some(kind.resource(peer)) },
            backend: None,
            figures,
        };
        Some(edges.into_iter().map(item).collect())
    }

    /// What each backend of a split was given.
    pub(super) fn split(&self, kind: &Kind, key: &Key) -> Option<Vec<Item>> {
        let Split { root, backends, .. } = self.directory.splits.get(key)?;
        let mut given: BTreeMap<&Key, Figures> = BTreeMap::new();
        for flow in self.flows().filter(|flow| flow.split.as_ref() == Some(key)) {
            if let Some(backend) = &flow.backend {
                given.entry(backend).or_default().merge(&flow.figures);
            }
        }
        let item = |(backend, weight): &(Key, u64)| Item {
            resource: kind.resource(key.clone()),
            edge: Edge { direction: Direction::From, resource: None },
            backend: Some((root.clone(), backend.clone(), *weight)),
            figures: given.get(backend).cloned().unwrap_or_default(),
        };
        Some(backends.iter().map(item).collect())
    }

    fn flows(&self) -> impl Iterator<Item = &Flow> {
        self.window.flows(self.span)
    }

    fn is_there(&self, kind: &Kind, key: &Key) -> bool {
        kind.all(self.directory).contains(key)
    }
}

fn received(kind: &Kind, key: Key, figures: Figures) -> Item {
    let edge = Edge { direction: Direction::From, resource: None };
    Item { resource: kind.resource(key), edge, backend: None, figures }
}
