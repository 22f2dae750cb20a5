//! Services: servers that share requests, and services that share requests.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use windrose_config::dynamic_config::{LoadBalancer, Name, Service, ServiceKind, Weighted};
use windrose_config::{Section, Written};
use windrose_http::exchange::Upgrade;
use windrose_upstream::service::{self, Balancing, Child, Kind, Member, PassHost, Sharing, Upgrades};
use windrose_upstream::{Connector, Endpoint, Upstream};

use super::problems::{Dangling, Object};
use super::transports::same;
use super::{Compiler, Round};
use crate::merge::{At, INTERNAL, qualified};

/// What was made of a service.
#[derive(Default)]
pub(super) struct State {
    made: Option<Arc<Upstream>>,
    of: Of,
}

/// What a service is made of besides what is written in it.
#[derive(Default)]
enum Of {
    /// Nothing, or it could not be made.
    #[default]
    Nothing,
    /// What reaches its servers, also while there are none.
    Connector(Arc<Connector>),
    /// Other services.
    Services,
}

impl State {
    pub(super) fn retire(self, round: &mut Round<'_>) {
        if let Some(made) = self.made {
            round.retire_service(made);
        }
    }

    fn is_composite(&self) -> bool {
        matches!(self.of, Of::Services)
    }
}

/// Services made of services, on the way from one to the next.
#[derive(Default)]
struct Walk {
    path: Vec<At>,
    done: HashSet<At, RandomState>,
}

impl Compiler {
    /// First those that stand for themselves, then those made of others.
    pub(super) fn services(&mut self, round: &mut Round<'_>, changed: Vec<Vec<usize>>) {
        let mut any = !round.stale.is_empty();
        for (part, mut visit) in changed.into_iter().enumerate() {
            let Some(memory) = self.parts.get(part) else { continue };
            visit.extend_from_slice(memory.services.watched());
            if !round.kept.connectors.is_empty() {
                visit.extend(self.on_stale_connectors(round, part));
            }
            visit.sort_unstable();
            visit.dedup();
            any |= !visit.is_empty();
            let watch =
                visit.into_iter().filter(|index| self.leaf(round, At { part, index: *index })).collect();
            if let Some(memory) = self.parts.get_mut(part) {
                memory.services.watch(watch);
            }
        }
        if any || !round.stale.is_empty() {
            self.composites(round);
        }
    }

    fn on_stale_connectors(&self, round: &Round<'_>, part: usize) -> Vec<usize> {
        let states = self.parts.get(part).map(|memory| memory.services.iter().enumerate());
        let is_on = |state: &State| match &state.of {
            Of::Connector(connector) => round.is_stale(connector),
            Of::Nothing | Of::Services => false,
        };
        states.into_iter().flatten().filter(|(_, state)| is_on(state)).map(|(index, _)| index).collect()
    }

    /// Makes a service unless it refers to others; tells whether to look at it again next time.
    fn leaf(&mut self, round: &mut Round<'_>, at: At) -> bool {
        let Some((name, written)) = written(round, at) else { return false };
        let of = Object { section: Section::HttpServices, at, name, origin: &written.origin };
        let told = round.problems.len();
        let made = match &written.kind {
            ServiceKind::LoadBalancer(balancer) => self.load_balancer(round, of, balancer, written),
            ServiceKind::Weighted(_) => {
                if let Some(state) = self.service_mut(at) {
                    state.of = Of::Services;
                }
                return false;
            }
            other => {
                round.problems.error(of, format!("services of kind {} are not supported yet", other.name()));
                None
            }
        };
        let (made, of) =
            made.map_or((None, Of::Nothing), |(made, connector)| (Some(made), Of::Connector(connector)));
        self.keep(round, at, made, of);
        round.problems.len() > told
    }

    fn keep(&mut self, round: &mut Round<'_>, at: At, made: Option<Arc<Upstream>>, of: Of) {
        let Some(state) = self.service_mut(at) else { return };
        state.of = of;
        if !same(state.made.as_ref(), made.as_ref())
            && let Some(before) = std::mem::replace(&mut state.made, made)
        {
            round.retire_service(before);
        }
    }

    fn load_balancer(
        &self,
        round: &mut Round<'_>,
        of: Object<'_>,
        balancer: &LoadBalancer,
        service: &Service,
    ) -> Option<(Arc<Upstream>, Arc<Connector>)> {
        if let Some(option) = unsupported(balancer, service) {
            round.problems.error(of, format!("{option} is not supported yet"));
            return None;
        }
        let connector = match self.connector(round, balancer.servers_transport.as_ref(), of.at.part) {
            Ok(connector) => connector,
            Err(why) => {
                let default = Name::from(Arc::from("default@internal"));
                let reference = balancer.servers_transport.as_ref().unwrap_or(&default);
                round.problems.dangling(of, Section::HttpServersTransports, reference, why);
                return None;
            }
        };
        let servers = servers(round, of, balancer, &connector)?;
        let weights = balancer.servers.iter().map(|server| server.weight.unwrap_or(1).min(MAX_WEIGHT));
        let members = servers.into_iter().zip(weights).map(|(server, weight)| Member::new(server, weight));
        if balancer.response_forwarding.is_some() {
            let message =
                "responseForwarding has no effect: what has come of an answer is sent on at once; remove it";
            round.problems.warning(of, message);
        }
        let upgrades = upgrades(round, of, balancer)?;
        let pass_host = if balancer.pass_host_header { PassHost::Client } else { PassHost::Server };
        let before = self.service(of.at).and_then(|state| state.made.as_ref());
        let was = before.and_then(|before| match &before.kind {
            Kind::LoadBalancer(was) => Some(was),
            _ => None,
        });
        let name = qualified_at(round, of);
        let balancing = Balancing { pass_host, upgrades, ..Balancing::default() };
        let checks = &round.tools.live.checks;
        let made = service::LoadBalancer::new(&name, members.collect(), balancing, checks, was);
        if let (Some(before), Some(was)) = (before, was)
            && was.is_like(&made)
        {
            return Some((Arc::clone(before), connector));
        }
        Some((Arc::new(Upstream { name, kind: Kind::LoadBalancer(made) }), connector))
    }

    fn composites(&mut self, round: &mut Round<'_>) {
        let mut all = Vec::new();
        for (part, memory) in self.parts.iter().enumerate() {
            let composites = memory.services.iter().enumerate().filter(|(_, state)| state.is_composite());
            all.extend(composites.map(|(index, _)| At { part, index }));
        }
        let mut walk = Walk::default();
        let told = round.problems.len();
        for at in &all {
            self.composite(round, *at, &mut walk);
        }
        if round.problems.len() > told {
            // Said again next time: one of them brings all of them here.
            for at in all {
                if let Some(memory) = self.parts.get_mut(at.part) {
                    let mut watched = memory.services.watched().to_vec();
                    watched.push(at.index);
                    memory.services.watch(watched);
                }
            }
        }
    }

    fn composite(&mut self, round: &mut Round<'_>, at: At, walk: &mut Walk) {
        if walk.done.contains(&at) {
            return;
        }
        let Some((name, written)) = written(round, at) else { return };
        let of = Object { section: Section::HttpServices, at, name, origin: &written.origin };
        let ServiceKind::Weighted(weighted) = &written.kind else { return };
        walk.path.push(at);
        let made = self.weighted(round, of, weighted, written, walk);
        walk.path.pop();
        walk.done.insert(at);
        self.keep(round, at, made, Of::Services);
    }

    fn weighted(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        weighted: &Weighted,
        service: &Service,
        walk: &mut Walk,
    ) -> Option<Arc<Upstream>> {
        let refused = match (&weighted.sticky, &weighted.health_check) {
            (Some(_), _) => Some("weighted.sticky"),
            (_, Some(_)) => Some("weighted.healthCheck"),
            _ if !service.middlewares.is_empty() => Some("middlewares"),
            _ => None,
        };
        if let Some(option) = refused {
            round.problems.error(of, format!("{option} is not supported yet"));
            return None;
        }
        let mut children = Vec::with_capacity(weighted.services.len());
        let mut is_whole = true;
        for child in &weighted.services {
            let weight = child.weight.min(MAX_WEIGHT);
            match self.child(round, &child.name, of, walk) {
                Some(service) => children.push(Child { name: (**child.name).into(), service, weight }),
                None => is_whole = false,
            }
        }
        if !is_whole {
            return None;
        }
        let before = self.service(of.at).and_then(|state| state.made.as_ref());
        let was = before.and_then(|before| match &before.kind {
            Kind::Weighted(was) => Some(was),
            _ => None,
        });
        let name = qualified_at(round, of);
        let made = match service::Weighted::new(&name, children, Sharing::default(), was) {
            Ok(made) => made,
            Err(error) => {
                round.problems.error(of, error.to_string());
                return None;
            }
        };
        if let (Some(before), Some(was)) = (before, was)
            && was.is_like(&made)
        {
            return Some(Arc::clone(before));
        }
        Some(Arc::new(Upstream { name, kind: Kind::Weighted(made) }))
    }

    /// A service that another is made of; `None` after saying why it cannot be used.
    fn child(
        &mut self,
        round: &mut Round<'_>,
        name: &Name,
        of: Object<'_>,
        walk: &mut Walk,
    ) -> Option<Arc<Upstream>> {
        if let Some(at) = round.merged.find(name, of.at.part, |config| &config.http.services)
            && self.service(at).is_some_and(State::is_composite)
        {
            if let Some(from) = walk.path.iter().position(|step| *step == at) {
                let cycle = walk.path.iter().skip(from).chain([&at]).map(|at| name_at(round, *at));
                let cycle = cycle.collect::<Vec<_>>().join(" -> ");
                round.problems.error_at(of, name, format!("service refers to itself: {cycle}"));
                return None;
            }
            if walk.path.len() >= DEEPEST {
                round.problems.error_at(of, name, format!("services are nested deeper than {DEEPEST}"));
                return None;
            }
            self.composite(round, at, walk);
        }
        match self.find_service(round, name, of.at.part) {
            Ok(service) => Some(service),
            Err(why) => {
                round.problems.dangling(of, Section::HttpServices, name, why);
                None
            }
        }
    }

    /// The service that `reference` means when it is written by `author`.
    pub(super) fn find_service(
        &self,
        round: &Round<'_>,
        reference: &str,
        author: usize,
    ) -> Result<Arc<Upstream>, Dangling> {
        if let Some(at) = round.merged.find(reference, author, |config| &config.http.services) {
            return self.service(at).and_then(|state| state.made.clone()).ok_or(Dangling::Broken);
        }
        let is_internal = || round.merged.parts.get(author).is_some_and(|part| &*part.provider == INTERNAL);
        let own = match reference.contains('@') {
            true => self.own.get(reference),
            false if is_internal() => self.own.get(&qualified(reference, INTERNAL)),
            false => None,
        };
        own.cloned().ok_or_else(|| Dangling::of(round.merged, Section::HttpServices, reference, author))
    }

    fn service(&self, at: At) -> Option<&State> {
        self.parts.get(at.part)?.services.get(at.index)
    }

    fn service_mut(&mut self, at: At) -> Option<&mut State> {
        self.parts.get_mut(at.part)?.services.get_mut(at.index)
    }
}

fn written<'m>(round: &Round<'m>, at: At) -> Option<(&'m Arc<str>, &'m Arc<Written<Service>>)> {
    round.merged.parts.get(at.part)?.config.http.services.get_index(at.index)
}

fn name_at(round: &Round<'_>, at: At) -> String {
    let provider = round.merged.parts.get(at.part).map_or("", |part| &*part.provider);
    written(round, at).map_or_else(String::new, |(name, _)| qualified(name, provider).to_string())
}

fn qualified_at(round: &Round<'_>, of: Object<'_>) -> Arc<str> {
    qualified(of.name, round.merged.parts.get(of.at.part).map_or("", |part| &*part.provider))
}

fn servers(
    round: &mut Round<'_>,
    of: Object<'_>,
    balancer: &LoadBalancer,
    connector: &Arc<Connector>,
) -> Option<Vec<Arc<Endpoint>>> {
    let mut servers = Vec::with_capacity(balancer.servers.len());
    for server in &balancer.servers {
        match round.tools.live.endpoint(&server.url, server.preserve_path, connector) {
            Ok(endpoint) => servers.push(endpoint),
            Err(error) => {
                round.problems.error_at(of, &server.url, format!("{:?}: {error}", server.url.value))
            }
        }
    }
    (servers.len() == balancer.servers.len()).then_some(servers)
}

/// What is written and has no effect yet.
/// What connections to the servers may change to.
fn upgrades(round: &mut Round<'_>, of: Object<'_>, balancer: &LoadBalancer) -> Option<Upgrades> {
    for name in &balancer.upgrade_protocols {
        if Upgrade::from_token(name.as_bytes()).is_none() {
            let message = format!(
                "upgradeProtocols: `{name}` is no protocol that a connection may change to; write names with or \
                 without a version, such as mine/1, and not those of HTTP itself"
            );
            round.problems.error(of, message);
            return None;
        }
    }
    Some(Upgrades::new(&balancer.upgrade_protocols))
}

fn unsupported(balancer: &LoadBalancer, service: &Service) -> Option<&'static str> {
    let written = [
        (!service.middlewares.is_empty(), "middlewares"),
        (balancer.sticky.is_some(), "loadBalancer.sticky"),
        (balancer.health_check.is_some(), "loadBalancer.healthCheck"),
        (balancer.passive_health_check.is_some(), "loadBalancer.passiveHealthCheck"),
        (!matches!(&**balancer.strategy, "" | "wrr"), "loadBalancer.strategy other than wrr"),
    ];
    written.into_iter().find(|(is_written, _)| *is_written).map(|(_, option)| option)
}

/// Larger weights differ in nothing that traffic could show, and their sum would not fit.
const MAX_WEIGHT: i64 = 1 << 32;
/// Services may be nested so deep.
const DEEPEST: usize = 100;
