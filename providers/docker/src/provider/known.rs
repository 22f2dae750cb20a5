//! The containers that are known, and what each declares.
//!
//! What a container declares is made when it is looked at, and kept. Invariant: a change costs the container it is about
//! and those that share its network.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use windrose_config::DynamicConfig;
use windrose_providers_core::labels::merge;

use super::late::Late;
use super::stand_in;
use crate::container::{Around, Container, Mode};
use crate::options::Choice;

/// All containers of interest, by identity.
pub(crate) struct Known<'a> {
    choice: &'a Choice,
    /// The address of the host, once a container has needed it.
    host: Option<String>,
    containers: BTreeMap<String, Container>,
    declared: BTreeMap<String, DynamicConfig>,
    /// Those that are about to end, whose servers others stand in for; and when to look whether they did.
    ending: BTreeMap<String, Instant>,
    /// Those that could not be looked at in time.
    pub(super) late: Late,
}

impl<'a> Known<'a> {
    pub(crate) fn new(choice: &'a Choice) -> Self {
        Self {
            choice,
            host: None,
            containers: BTreeMap::new(),
            declared: BTreeMap::new(),
            ending: BTreeMap::new(),
            late: Late::default(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.containers.len()
    }

    /// Whether the address of the host has to be known before this container is taken over.
    pub(super) fn needs_host(&self, container: &Container) -> bool {
        self.host.is_none() && container.mode == Mode::Host
    }

    /// The address of the host is this.
    pub(crate) fn learn_host(&mut self, host: String) {
        self.host = Some(host);
    }

    /// Takes over many containers.
    pub(crate) fn put_all(&mut self, containers: Vec<Container>) {
        let ids: Vec<String> = containers.iter().map(|container| container.id.clone()).collect();
        self.containers.extend(containers.into_iter().map(|container| (container.id.clone(), container)));
        ids.iter().for_each(|id| self.declare(id));
    }

    /// Takes over a container that was looked at.
    pub(super) fn put(&mut self, container: Container) {
        let id = container.id.clone();
        self.late.remove(&id);
        self.containers.insert(id.clone(), container);
        self.changed(&id);
    }

    /// A container got a signal. If that is the one by which it ends, and others serve all that it serves, its servers go
    /// before it does; says whether they went.
    pub(super) fn signalled(&mut self, id: &str, signal: &str, now: Instant) -> bool {
        let Some(container) = self.containers.get(id) else { return false };
        let stop = container.stop;
        if !stop.is_by(signal) || self.ending.contains_key(id) || !self.has_stand_ins(id) {
            return false;
        }
        self.ending.insert(id.to_owned(), now + stop.grace + AFTER);
        true
    }

    /// When a container that should have ended is to be looked at again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.ending.values().min().copied()
    }

    /// The containers that should have ended by now.
    pub(super) fn survivors(&self, now: Instant) -> Vec<String> {
        self.ending.iter().filter(|(_, due)| **due <= now).map(|(id, _)| id.clone()).collect()
    }

    /// A container did not end although it should have.
    pub(super) fn lives_on(&mut self, id: &str) {
        self.ending.remove(id);
    }

    /// Whether others that stay declare all that a container declares, with servers for all that has servers.
    fn has_stand_ins(&self, id: &str) -> bool {
        let Some(own) = self.declared.get(id) else { return false };
        let stay =
            self.declared.iter().filter(|(other, _)| *other != id && !self.ending.contains_key(*other));
        let others: Vec<&DynamicConfig> = stay.map(|(_, config)| config).collect();
        stand_in::has_servers(own) && stand_in::is_covered(own, &others)
    }

    /// Whoever has lost its stand-ins meanwhile serves as long as it runs.
    fn look_at_stand_ins(&mut self) {
        let ending: Vec<String> = self.ending.keys().cloned().collect();
        for id in ending {
            if !self.has_stand_ins(&id) {
                self.ending.remove(&id);
            }
        }
    }

    /// A container does not run any more.
    pub(super) fn stop(&mut self, id: &str) {
        self.ending.remove(id);
        self.late.remove(id);
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
        self.ending.remove(id);
        self.late.remove(id);
        if let Some(container) = self.containers.remove(id) {
            self.declared.remove(id);
            self.followers(&container).iter().for_each(|id| self.declare(id));
            self.look_at_stand_ins();
        }
    }

    /// All that is declared, the oldest container first.
    pub(crate) fn merged(&self) -> DynamicConfig {
        let mut parts: Vec<(&Container, &DynamicConfig)> = self
            .declared
            .iter()
            .filter(|(id, _)| !self.ending.contains_key(*id))
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
        self.look_at_stand_ins();
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
        let declared = container
            .declare(self.choice, &Around { host: self.host.as_deref().unwrap_or_default(), find: &find });
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

/// How long after its grace time an engine may take to end a container.
const AFTER: Duration = Duration::from_secs(2);
