//! The names that the mesh knows, and what a name of a question is among them.
//!
//! Owns the table and how it is replaced. Must not know messages. Invariant: a question sees one table or the next,
//! never parts of both, and waits for none.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use thiserror::Error;

use crate::Zone;

/// The names in force. Whoever clones it has the same ones.
#[derive(Clone, Debug, Default)]
pub struct Names(Arc<ArcSwap<Table>>);

/// Services with their addresses, the same in every zone.
#[derive(Clone, Debug, Default)]
pub struct Table {
    namespaces: HashMap<Box<[u8]>, Services>,
    serial: u32,
}

/// A service or namespace whose name cannot be part of a name of DNS.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} cannot be a part of a name of DNS")]
pub struct NotALabel(String);

/// The services of a namespace, by their names in lower case.
type Services = HashMap<Box<[u8]>, Addresses>;

/// The addresses of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Addresses {
    pub(crate) v4: Vec<Ipv4Addr>,
    pub(crate) v6: Vec<Ipv6Addr>,
}

/// What a name is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// A service.
    Service(&'a Addresses),
    /// A namespace that has services.
    Namespace,
    /// A zone itself.
    Zone,
    /// Nothing, in one of our zones.
    Unknown,
}

impl Names {
    /// No names yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts another table in force, at once and as a whole.
    pub fn replace(&self, mut table: Table) {
        table.serial = self.0.load().serial.wrapping_add(1);
        self.0.store(Arc::new(table));
    }

    pub(crate) fn load(&self) -> Guard<Arc<Table>> {
        self.0.load()
    }
}

impl Table {
    /// No names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds addresses to a service. One without addresses exists and has none.
    ///
    /// # Errors
    ///
    /// A name that DNS cannot hold; the table is as before.
    pub fn add(
        &mut self,
        service: &str,
        namespace: &str,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) -> Result<(), NotALabel> {
        let (service, namespace) = (label(service)?, label(namespace)?);
        let known = self.namespaces.entry(namespace).or_default().entry(service).or_default();
        for address in addresses {
            match address {
                IpAddr::V4(address) if !known.v4.contains(&address) => known.v4.push(address),
                IpAddr::V6(address) if !known.v6.contains(&address) => known.v6.push(address),
                _ => {}
            }
        }
        Ok(())
    }

    /// How many services it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.namespaces.values().map(HashMap::len).sum()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.namespaces.is_empty()
    }

    /// Another number for each table that was in force.
    pub(crate) const fn serial(&self) -> u32 {
        self.serial
    }

    /// What the labels of a name are, first to last, and how many of them stand before the zone; nothing where the name
    /// is in none of our zones. The case of letters has no meaning.
    pub(crate) fn find(&self, labels: &[&[u8]]) -> Option<(Found<'_>, usize)> {
        let before = Zone::ALL.iter().find_map(|zone| before(labels, *zone))?;
        let found = match before {
            [] => Found::Zone,
            [namespace] if self.namespace(namespace).is_some() => Found::Namespace,
            [service, namespace] => self
                .namespace(namespace)
                .and_then(|services| services.get(service.to_ascii_lowercase().as_slice()))
                .map_or(Found::Unknown, Found::Service),
            _ => Found::Unknown,
        };
        Some((found, before.len()))
    }

    fn namespace(&self, name: &[u8]) -> Option<&Services> {
        self.namespaces.get(name.to_ascii_lowercase().as_slice())
    }
}

/// The labels before those of a zone, where the name is in it.
fn before<'a, 'b>(labels: &'a [&'b [u8]], zone: Zone) -> Option<&'a [&'b [u8]]> {
    let mut rest = labels;
    for wanted in zone.name().rsplit('.') {
        let (last, others) = rest.split_last()?;
        if !last.eq_ignore_ascii_case(wanted.as_bytes()) {
            return None;
        }
        rest = others;
    }
    Some(rest)
}

fn label(text: &str) -> Result<Box<[u8]>, NotALabel> {
    if (1..=63).contains(&text.len()) && !text.contains('.') {
        Ok(text.to_ascii_lowercase().into_bytes().into_boxed_slice())
    } else {
        Err(NotALabel(text.to_owned()))
    }
}
