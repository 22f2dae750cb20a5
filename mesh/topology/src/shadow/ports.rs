//! Which entry point of the proxies belongs to which port of a TCP or UDP service.
//!
//! There are few of them for the whole cluster. A port keeps its entry point as long as it is there; those for which
//! none is free are asked for again with every [`Ports::settle`], so one that is given back goes to one that waits.
//! Invariant: an entry point belongs to one port at most.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{names, suitable};
use crate::annotations;
use crate::facts::{Facts, Key, Protocol};
use crate::settings::{Mode, Settings};

/// A port of a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The service.
    pub service: Key,
    /// The number of its port.
    pub port: u16,
}

/// The entry points that are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    tcp: BTreeMap<Claim, u16>,
    udp: BTreeMap<Claim, u16>,
}

impl Claim {
    /// A port of a service.
    #[must_use]
    pub fn new(service: &Key, port: u16) -> Self {
        Self { service: service.clone(), port }
    }
}

impl Ports {
    /// What the shadow services of the mesh say, which are there before the mesh begins. Where two say the same entry
    /// point, the first service has it.
    #[must_use]
    pub fn restore<'v>(shadows: impl IntoIterator<Item = &'v Value>, settings: &Settings) -> Self {
        let mut found = BTreeSet::new();
        for shadow in shadows {
            let Some(service) = names::origin(shadow, &settings.mesh_namespace) else { continue };
            let ports = shadow.pointer("/spec/ports").and_then(Value::as_array);
            for port in ports.into_iter().flatten() {
                let number = |name: &str| port.get(name)?.as_u64()?.try_into().ok();
                if let (Some(number), Some(target)) = (number("port"), number("targetPort")) {
                    found.insert((Claim::new(&service, number), target));
                }
            }
        }
        let mut ports = Self::default();
        for (claim, target) in found {
            let range =
                [Mode::Tcp, Mode::Udp].into_iter().find(|mode| range(*mode, settings).contains(&target));
            let Some(mode) = range else { continue };
            let taken = ports.of_mut(mode);
            if !taken.values().any(|other| *other == target) {
                taken.entry(claim).or_insert(target);
            }
        }
        ports
    }

    /// Gives back what nobody needs any more, and gives entry points to ports that have none: the first that is
    /// free, to the first service by namespace and name.
    pub fn settle(&mut self, facts: &Facts, settings: &Settings) {
        let mut wanted = BTreeMap::from([(Protocol::Tcp, Vec::new()), (Protocol::Udp, Vec::new())]);
        for (key, service) in settings.services(facts) {
            let Ok(mode @ (Mode::Tcp | Mode::Udp)) = annotations::mode(service, settings) else { continue };
            for (_, port) in suitable(service, mode) {
                wanted.entry(port.protocol).or_default().push(Claim::new(&key, port.number));
            }
        }
        for (mode, protocol) in [(Mode::Tcp, Protocol::Tcp), (Mode::Udp, Protocol::Udp)] {
            let claims = wanted.remove(&protocol).unwrap_or_default();
            let range = range(mode, settings);
            let taken = self.of_mut(mode);
            let kept: BTreeSet<&Claim> = claims.iter().collect();
            taken.retain(|claim, target| kept.contains(claim) && range.contains(target));
            let used: BTreeSet<u16> = taken.values().copied().collect();
            let mut free = range.filter(|target| !used.contains(target));
            for claim in claims {
                if taken.contains_key(&claim) {
                    continue;
                }
                let Some(target) = free.next() else { break };
                taken.insert(claim, target);
            }
        }
    }

    /// The entry point of a port; none while it waits for one.
    #[must_use]
    pub fn find(&self, protocol: Protocol, claim: &Claim) -> Option<u16> {
        match protocol {
            Protocol::Tcp => self.tcp.get(claim).copied(),
            Protocol::Udp => self.udp.get(claim).copied(),
            Protocol::Other => None,
        }
    }

    fn of_mut(&mut self, mode: Mode) -> &mut BTreeMap<Claim, u16> {
        if mode == Mode::Udp { &mut self.udp } else { &mut self.tcp }
    }
}

/// The entry points of a traffic type.
fn range(mode: Mode, settings: &Settings) -> std::ops::Range<u16> {
    let (first, limit) = match mode {
        Mode::Udp => (FIRST_UDP, settings.limits.udp),
        Mode::Tcp | Mode::Http => (FIRST_TCP, settings.limits.tcp),
    };
    first..first.saturating_add(limit)
}

/// Entry points for TCP begin here.
const FIRST_TCP: u16 = 10000;

/// Entry points for UDP begin here.
const FIRST_UDP: u16 = 15000;
