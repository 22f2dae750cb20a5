//! The containers that are known, and what each declares.
//!
//! What a container declares is made when it is looked at, and kept. Invariant: a change costs the container it is about
//! and those that share its network.

use std::collections::BTreeMap;

use windrose_config::DynamicConfig;
use windrose_providers_core::labels::merge;

use crate::container::{Around, Container, Mode};
use crate::options::Choice;

/// All containers of interest, by identity.
pub(super) struct Known<'a> {
    choice: &'a Choice,
    host: String,
    containers: BTreeMap<String, Container>,
    declared: BTreeMap<String, DynamicConfig>,
}

impl<'a> Known<'a> {
    pub(super) fn new(choice: &'a Choice, host: String) -> Self {
        Self { choice, host, containers: BTreeMap::new(), declared: BTreeMap::new() }
    }

    pub(super) fn count(&self) -> usize {
        self.containers.len()
    }

    /// Takes over many containers.
    pub(super) fn put_all(&mut self, containers: Vec<Container>) {
        let ids: Vec<String> = containers.iter().map(|container| container.id.clone()).collect();
        self.containers.extend(containers.into_iter().map(|container| (container.id.clone(), container)));
        ids.iter().for_each(|id| self.declare(id));
    }

    /// Takes over a container that was looked at.
    pub(super) fn put(&mut self, container: Container) {
        let id = container.id.clone();
        self.containers.insert(id.clone(), container);
        self.changed(&id);
    }

    /// A container does not run any more.
    pub(super) fn stop(&mut self, id: &str) {
        let Some(container) = self.containers.get_mut(id) else { return };
        if !Container::may_be_stopped(&container.labels) {
            return self.forget(id);
        }
        "exited".clone_into(&mut container.status);
        container.health.clear();
        self.changed(id);
    }

    /// A container is there no more.
    pub(super) fn forget(&mut self, id: &str) {
        if let Some(container) = self.containers.remove(id) {
            self.declared.remove(id);
            self.followers(&container).iter().for_each(|id| self.declare(id));
        }
    }

    /// All that is declared, the oldest container first.
    pub(super) fn merged(&self) -> DynamicConfig {
        let mut parts: Vec<(&Container, &DynamicConfig)> = self
            .declared
            .iter()
            .filter_map(|(id, config)| Some((self.containers.get(id)?, config)))
            .collect();
        parts
            .sort_by(|(left, _), (right, _)| (&left.created, &left.name).cmp(&(&right.created, &right.name)));
        merge(parts.into_iter().map(|(_, config)| config))
    }

    fn changed(&mut self, id: &str) {
        self.declare(id);
        if let Some(container) = self.containers.get(id) {
            self.followers(container).iter().for_each(|id| self.declare(id));
        }
    }

    /// The containers that share the network of this one.
    fn followers(&self, of: &Container) -> Vec<String> {
        let follows =
            |container: &&Container| matches!(&container.mode, Mode::Of(target) if is_it(of, target));
        self.containers.values().filter(follows).map(|container| container.id.clone()).collect()
    }

    fn declare(&mut self, id: &str) {
        let Some(container) = self.containers.get(id) else { return };
        let find = |target: &str| self.containers.values().find(|container| is_it(container, target));
        let declared = container.declare(self.choice, &Around { host: &self.host, find: &find });
        match declared {
            Some(mut config) => {
                if let Some(before) = self.declared.get(id) {
                    config.reuse_unchanged(before);
                }
                self.declared.insert(id.to_owned(), config);
            }
            None => drop(self.declared.remove(id)),
        }
    }
}

fn is_it(container: &Container, target: &str) -> bool {
    container.id == target || container.name == target
}
