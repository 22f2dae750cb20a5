//! Things found by host name: exact names, then wildcards of one label.

use std::fmt;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::keys::HostKey;
use crate::matcher::host::parent_of;

/// Values by host name; the names share one string.
///
/// The names come from the configuration, so the fast seeded hash is enough: a client can choose what to look up, but
/// not what is stored.
pub(super) struct Hosts<T> {
    names: String,
    exact: HashTable<Slot<T>>,
    under: HashTable<Slot<T>>,
    state: RandomState,
}

#[derive(Clone, Copy)]
struct Slot<T> {
    start: u32,
    length: u32,
    value: T,
}

impl<T> Hosts<T> {
    /// Room for `count` exact names of `bytes` together.
    pub(super) fn with_capacity(count: usize, bytes: usize) -> Self {
        Self {
            names: String::with_capacity(bytes),
            exact: HashTable::with_capacity(count),
            under: HashTable::new(),
            state: RandomState::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.exact.len() + self.under.len()
    }

    /// The value of exactly this name.
    pub(super) fn exact(&self, host: &str) -> Option<&T> {
        find(&self.exact, &self.names, &self.state, host)
    }

    /// The value of the wildcard that stands one label above `host`.
    pub(super) fn under(&self, host: &str) -> Option<&T> {
        if self.under.is_empty() {
            return None;
        }
        find(&self.under, &self.names, &self.state, parent_of(host)?)
    }

    /// The value of `key`, which `make` makes if there is none yet.
    ///
    /// `None` for any host, whose value is kept elsewhere.
    pub(super) fn get_or_insert(&mut self, key: HostKey<'_>, make: impl FnOnce() -> T) -> Option<&mut T> {
        let (table, name) = match key {
            HostKey::Any => return None,
            HostKey::Exact(name) => (&mut self.exact, name),
            HostKey::Under(parent) => (&mut self.under, parent),
        };
        let start = u32::try_from(self.names.len()).expect("four gibibytes of names are never configured");
        let length = u32::try_from(name.len()).expect("a rule is shorter than four gibibytes");
        let hash = self.state.hash_one(name.as_bytes());
        let names = &mut self.names;
        let state = &self.state;
        let entry = table.entry(
            hash,
            |slot| slot.name(names) == Some(name),
            |slot| state.hash_one(slot.name(names).unwrap_or_default().as_bytes()),
        );
        let slot = entry.or_insert_with(|| {
            names.push_str(name);
            Slot { start, length, value: make() }
        });
        Some(&mut slot.into_mut().value)
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.names.shrink_to_fit();
        let Self { names, exact, under, state } = self;
        for table in [exact, under] {
            table.shrink_to_fit(|slot| state.hash_one(slot.name(names).unwrap_or_default().as_bytes()));
        }
    }
}

impl<T> Slot<T> {
    fn name<'n>(&self, names: &'n str) -> Option<&'n str> {
        let start = self.start as usize;
        names.get(start..start + self.length as usize)
    }
}

fn find<'t, T>(table: &'t HashTable<Slot<T>>, names: &str, state: &RandomState, name: &str) -> Option<&'t T> {
    let hash = state.hash_one(name.as_bytes());
    table.find(hash, |slot| slot.name(names) == Some(name)).map(|slot| &slot.value)
}

/// Values by host name, the most specific name first: `a.b.c`, then `*.b.c`, then `*`.
///
/// For whatever belongs to host names and has no rule: certificates, TLS options. Names and hosts are lower case.
pub struct HostIndex<T> {
    hosts: Hosts<T>,
    any: Option<T>,
}

impl<T> HostIndex<T> {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self { hosts: Hosts::with_capacity(0, 0), any: None }
    }

    /// Sets the value of `name` (`a.b`, `*.b` or `*`) and returns the one it had.
    pub fn insert(&mut self, name: &str, value: T) -> Option<T> {
        if name == "*" {
            return self.any.replace(value);
        }
        let key = name.strip_prefix("*.").map_or(HostKey::Exact(name), HostKey::Under);
        let mut value = Some(value);
        let mut make = || value.take().expect("made once");
        let slot = self.hosts.get_or_insert(key, &mut make)?;
        value.map(|value| std::mem::replace(slot, value))
    }

    /// The value of the most specific name that covers `host`.
    #[must_use]
    pub fn find(&self, host: &str) -> Option<&T> {
        self.hosts.exact(host).or_else(|| self.hosts.under(host)).or(self.any.as_ref())
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hosts.len() + usize::from(self.any.is_some())
    }

    /// Whether there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Default for HostIndex<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for HostIndex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostIndex").field("names", &self.len()).finish_non_exhaustive()
    }
}
