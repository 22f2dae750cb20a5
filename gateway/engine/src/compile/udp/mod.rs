//! UDP: services, and the one router that each entry point has.
//!
//! Of several routers on an entry point the one whose name sorts last counts, as in Traefik; where that one cannot be
//! used, datagrams go nowhere.

use std::sync::Arc;

use windrose_config::dynamic_config::{
    Name, UdpLoadBalancer, UdpRouter, UdpService, UdpServiceKind, UdpWeighted,
};
use windrose_config::{Problem, Section};
use windrose_upstream::HostPort;
use windrose_upstream::balance::Cycle;
use windrose_upstream::balance::Turns;
use windrose_upstream::udp::{Kind, Upstream};

use super::kept::Kept;
use super::problems::{Dangling, Object};
use super::{Compiler, Round};
use crate::entry;
use crate::merge::{At, qualified};
use crate::snapshot::Listener;

/// What is remembered of UDP.
#[derive(Default)]
pub(super) struct Memory {
    services: Kept<UdpService, Upstream>,
}

/// A router on an entry point.
struct Draft<'m> {
    name: Arc<str>,
    of: Object<'m>,
    /// `None` when it cannot be used.
    service: Option<Arc<Upstream>>,
}

impl Compiler {
    /// Compiles everything of UDP, and gives each listener its service.
    pub(super) fn udp(&mut self, round: &mut Round<'_>, listeners: &mut [Listener]) {
        let mut memory = std::mem::take(&mut self.udp);
        for (part, of) in round.merged.numbered() {
            for index in 0..of.config.udp.services.len() {
                memory.service(round, At { part, index });
            }
        }
        let mut by_place: Vec<Vec<Draft<'_>>> = listeners.iter().map(|_| Vec::new()).collect();
        memory.routers(round, &mut by_place);
        for (listener, drafts) in listeners.iter_mut().zip(by_place) {
            listener.udp = choose(round, drafts);
        }
        memory.services.settle();
        self.udp = memory;
    }
}

impl Memory {
    fn routers<'m>(&mut self, round: &mut Round<'m>, by_place: &mut [Vec<Draft<'m>>]) {
        let merged = round.merged;
        for (part, provider) in merged.numbered() {
            let written = provider.config.udp.routers.iter().map(|written| (written, false));
            let unread = provider.config.udp.closed.iter().map(|written| (written, true));
            for (index, ((name, written), is_lost)) in written.chain(unread).enumerate() {
                let at = At { part, index };
                let of = Object { section: Section::UdpRouters, at, name, origin: &written.origin };
                let service = if is_lost { None } else { self.service_of(round, of, written) };
                let full = qualified(name, &provider.provider);
                for place in places(round, of, written, is_lost) {
                    if let Some(drafts) = by_place.get_mut(place) {
                        drafts.push(Draft { name: Arc::clone(&full), of, service: service.clone() });
                    }
                }
            }
        }
    }

    fn service_of(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: &UdpRouter,
    ) -> Option<Arc<Upstream>> {
        let Some(reference) = written.service.as_ref().filter(|name| !name.is_empty()) else {
            round.problems.error(of, "router has no service, write one");
            return None;
        };
        self.found(round, of, reference)
    }

    /// The service that a name means; `None` after saying why it cannot be used.
    fn found(&mut self, round: &mut Round<'_>, of: Object<'_>, reference: &Name) -> Option<Arc<Upstream>> {
        let at = round.merged.find(reference, of.at.part, |config| &config.udp.services);
        let found = match at {
            Some(at) => self.service(round, at).ok_or(Dangling::Broken),
            None => Err(Dangling::of(round.merged, Section::UdpServices, reference, of.at.part)),
        };
        found.map_err(|why| round.problems.dangling(of, Section::UdpServices, reference, why)).ok()
    }

    fn service(&mut self, round: &mut Round<'_>, at: At) -> Option<Arc<Upstream>> {
        if let Some(made) = self.services.now(at) {
            return made;
        }
        let part = round.merged.parts.get(at.part)?;
        let (name, written) = part.config.udp.services.get_index(at.index)?;
        let of = Object { section: Section::UdpServices, at, name, origin: &written.origin };
        let name_of = qualified(name, &part.provider);
        let kind = if self.services.enter(at) > DEEPEST {
            round.problems.error(of, format!("services are nested deeper than {DEEPEST}"));
            None
        } else {
            match &written.kind {
                UdpServiceKind::LoadBalancer(balancer) => load_balancer(round, of, balancer),
                UdpServiceKind::Weighted(weighted) => self.weighted(round, of, weighted),
            }
        };
        let made = kind.map(|kind| {
            let before = self.services.unchanged(&name_of, written);
            before.filter(|before| is_same(&before.kind, &kind)).cloned().unwrap_or_else(|| {
                if let Some(before) = self.services.before(&name_of) {
                    kind.turns().resume(before.kind.turns());
                }
                Arc::new(Upstream { name: Arc::clone(&name_of), kind })
            })
        });
        self.services.leave(at, name_of, written, made.clone());
        made
    }

    fn weighted(&mut self, round: &mut Round<'_>, of: Object<'_>, written: &UdpWeighted) -> Option<Kind> {
        let mut services = Vec::with_capacity(written.services.len());
        for child in &written.services {
            let at = round.merged.find(&child.name, of.at.part, |config| &config.udp.services);
            if at.is_some_and(|at| self.services.cycle(at).is_some()) {
                let message = format!("service refers to itself by way of {}", child.name.value);
                round.problems.error_at(of, &child.name, message);
                continue;
            }
            services.extend(self.found(round, of, &child.name));
        }
        if services.len() < written.services.len() {
            return None;
        }
        let weights: Vec<i64> = written.services.iter().map(|child| child.weight.min(MAX_WEIGHT)).collect();
        Some(Kind::Weighted { services: services.into(), turns: Turns::new(Cycle::new(&weights)) })
    }
}

fn load_balancer(round: &mut Round<'_>, of: Object<'_>, written: &UdpLoadBalancer) -> Option<Kind> {
    let mut servers: Vec<HostPort> = Vec::with_capacity(written.servers.len());
    for server in &written.servers {
        match server.address.parse() {
            Ok(address) => servers.push(address),
            Err(error) => {
                let message = format!("{:?}: {error}", server.address.value);
                round.problems.error_at(of, &server.address, message);
            }
        }
    }
    if servers.len() < written.servers.len() {
        return None;
    }
    let turns = Turns::new(Cycle::new(&vec![1; servers.len()]));
    Some(Kind::LoadBalancer { servers: servers.into(), turns })
}

/// The entry points that a router is on; `is_told` when what is wrong with it has been told.
fn places(round: &mut Round<'_>, of: Object<'_>, written: &UdpRouter, is_told: bool) -> Vec<usize> {
    let places = round.merged.places.iter().enumerate();
    let udp = places.filter(|(_, place)| place.kind == entry::Kind::Udp);
    if written.entry_points.is_empty() {
        let all: Vec<usize> = udp.map(|(index, _)| index).collect();
        if all.is_empty() && !is_told {
            round
                .problems
                .error(of, "there is no entry point for this router, write one with /udp in its address");
        }
        return all;
    }
    let mut on = Vec::new();
    let mut unknown = Vec::new();
    for name in &written.entry_points {
        match udp.clone().find(|(_, place)| place.name == name.value) {
            Some((index, _)) if on.contains(&index) => {}
            Some((index, _)) => on.push(index),
            None => unknown.push(name),
        }
    }
    for name in unknown.into_iter().filter(|_| !is_told) {
        let message = format!("entry point {} does not exist", name.value);
        let problem = if on.is_empty() { Problem::error(message) } else { Problem::warning(message) };
        round.problems.unknown_entry_point(of, name, problem);
    }
    on
}

/// The service of the router that counts; tells the others that they do not.
fn choose(round: &mut Round<'_>, mut drafts: Vec<Draft<'_>>) -> Option<Arc<Upstream>> {
    drafts.sort_by(|left, right| left.name.cmp(&right.name));
    let chosen = drafts.pop()?;
    for other in drafts {
        let message = format!(
            "router {} is on the same entry point and counts, as its name sorts last; an entry point of UDP has one",
            chosen.name
        );
        round.problems.warning(other.of, message);
    }
    chosen.service
}

/// Whether two services that are written alike are made of the same.
fn is_same(before: &Kind, made: &Kind) -> bool {
    match (before, made) {
        (Kind::LoadBalancer { .. }, Kind::LoadBalancer { .. }) => true,
        (Kind::Weighted { services: was, .. }, Kind::Weighted { services: is, .. }) => {
            was.iter().map(Arc::as_ptr).eq(is.iter().map(Arc::as_ptr))
        }
        _ => false,
    }
}

/// Larger weights differ in nothing that traffic could show, and their sum would not fit.
const MAX_WEIGHT: i64 = 1 << 32;
/// Services may be nested so deep.
const DEEPEST: usize = 100;
