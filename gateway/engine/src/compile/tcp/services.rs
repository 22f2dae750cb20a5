//! Services of TCP.

use std::sync::Arc;
use std::time::Duration;

use windrose_config::Section;
use windrose_config::dynamic_config::{
    Name, TcpHealthCheck, TcpLoadBalancer, TcpService, TcpServiceKind, TcpWeighted,
};
use windrose_upstream::HostPort;
use windrose_upstream::balance::Cycle;
use windrose_upstream::balance::Turns;
use windrose_upstream::tcp::health::Check;
use windrose_upstream::tcp::{
    Connector, Encryption, Health, Kind, LoadBalancer, Minds, Server, Upstream, Weighted,
};

use super::{Memory, full, transports};
use crate::compile::Round;
use crate::compile::problems::{Dangling, Object};
use crate::merge::At;

impl Memory {
    /// Makes all services.
    pub(super) fn services(&mut self, round: &mut Round<'_>) {
        let merged = round.merged;
        for (part, of) in merged.numbered() {
            for index in 0..of.config.tcp.services.len() {
                self.service(round, At { part, index });
            }
        }
    }

    /// The service that `reference` means when it is written by `author`.
    pub(super) fn find_service(
        &mut self,
        round: &mut Round<'_>,
        reference: &str,
        author: usize,
    ) -> Result<Arc<Upstream>, Dangling> {
        match round.merged.find(reference, author, |config| &config.tcp.services) {
            Some(at) => self.service(round, at).ok_or(Dangling::Broken),
            None => Err(Dangling::of(round.merged, Section::TcpServices, reference, author)),
        }
    }

    fn service(&mut self, round: &mut Round<'_>, at: At) -> Option<Arc<Upstream>> {
        if let Some(made) = self.services.now(at) {
            return made;
        }
        let part = round.merged.parts.get(at.part)?;
        let (name, written) = part.config.tcp.services.get_index(at.index)?;
        let of = Object { section: Section::TcpServices, at, name, origin: &written.origin };
        let name_of = full(round, name, at.part);
        let made = if self.services.enter(at) > DEEPEST {
            round.problems.error(of, format!("services are nested deeper than {DEEPEST}"));
            None
        } else {
            self.make(round, of, &name_of, written)
        };
        // What is written and made as it was goes on where it was.
        let made = made.map(|made| {
            let before = self.services.unchanged(&name_of, written);
            before.filter(|before| is_same(before, &made)).cloned().unwrap_or_else(|| {
                if let Some(before) = self.services.before(&name_of) {
                    resume(&made, before);
                }
                Arc::new(made)
            })
        });
        self.services.leave(at, name_of, written, made.clone());
        made
    }

    fn make(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        name: &Arc<str>,
        written: &TcpService,
    ) -> Option<Upstream> {
        let kind = match &written.kind {
            TcpServiceKind::LoadBalancer(balancer) => self.load_balancer(round, of, name, balancer)?,
            TcpServiceKind::Weighted(weighted) => self.weighted(round, of, weighted)?,
        };
        Some(Upstream { name: Arc::clone(name), kind })
    }

    fn load_balancer(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        name: &Arc<str>,
        written: &TcpLoadBalancer,
    ) -> Option<Kind> {
        let connector = self.connector(round, of, written)?;
        let mut servers = Vec::with_capacity(written.servers.len());
        for server in &written.servers {
            match server.address.parse::<HostPort>() {
                Ok(address) => {
                    let encryption = if server.tls { Encryption::Tls } else { Encryption::Nothing };
                    servers.push(Arc::new(Server::new(address, encryption, Arc::clone(&connector))));
                }
                Err(error) => {
                    let message = format!("{:?}: {error}", server.address.value);
                    round.problems.error_at(of, &server.address, message);
                }
            }
        }
        if servers.len() < written.servers.len() {
            return None;
        }
        let servers: Arc<[Arc<Server>]> = servers.into();
        let health = match written.health_check.as_deref().map(|written| check(round, of, written)) {
            None => None,
            Some(check) => Some(Arc::new(Health::new(Arc::clone(name), Arc::clone(&servers), check?))),
        };
        let turns = Turns::new(Cycle::new(&vec![1; servers.len()]));
        Some(Kind::LoadBalancer(LoadBalancer { servers, turns, health }))
    }

    /// How the servers are reached: as the transport says, or the service itself where it names none.
    fn connector(
        &mut self,
        round: &mut Round<'_>,
        of: Object<'_>,
        written: &TcpLoadBalancer,
    ) -> Option<Arc<Connector>> {
        let reference = written.servers_transport.as_ref().filter(|name| !name.is_empty());
        let transport = match self.find_transport(round, reference, of.at.part) {
            Ok(made) => made,
            Err(why) => {
                match reference {
                    Some(name) => round.problems.dangling(of, Section::TcpServersTransports, name, why),
                    None => {
                        round.problems.error(of, "tcpServersTransport cannot be used, see what is told of it")
                    }
                }
                return None;
            }
        };
        let own = [
            (written.termination_delay.is_some(), "terminationDelay"),
            (written.proxy_protocol.is_some(), "proxyProtocol"),
        ];
        for (_, option) in own.iter().filter(|(is_written, _)| *is_written) {
            let message = if reference.is_some() {
                format!("{option} has no effect beside serversTransport, write it there")
            } else {
                format!("{option} of a service is deprecated, write it in a serversTransport")
            };
            round.problems.warning(of, message);
        }
        if reference.is_some() || own.iter().all(|(is_written, _)| !is_written) {
            return Some(Arc::clone(&transport.connector));
        }
        // Below zero there is no end.
        let delay = |delay| u64::try_from(delay).ok().map(Duration::from_millis);
        let delay = written.termination_delay.map(delay);
        let proxy = match &written.proxy_protocol {
            None => None,
            Some(of_service) => match transports::version(of_service) {
                Some(version) => Some(version),
                None => {
                    round.problems.error(of, transports::UNKNOWN_VERSION);
                    return None;
                }
            },
        };
        Some(Arc::new(transports::with(&transport.connector, delay, proxy)))
    }

    fn weighted(&mut self, round: &mut Round<'_>, of: Object<'_>, written: &TcpWeighted) -> Option<Kind> {
        let mut services = Vec::with_capacity(written.services.len());
        for child in &written.services {
            services.extend(self.child(round, of, &child.name));
        }
        if services.len() < written.services.len() {
            return None;
        }
        let minds = if written.health_check.is_some() { Minds::Health } else { Minds::Nothing };
        if minds == Minds::Health
            && let Some(careless) = services.iter().find(|service| !service.is_checked())
        {
            let message =
                format!("healthCheck needs one in service {} as well, write it there", careless.name);
            round.problems.error(of, message);
            return None;
        }
        let weights: Vec<i64> = written.services.iter().map(|child| child.weight.min(MAX_WEIGHT)).collect();
        let turns = Turns::new(Cycle::new(&weights));
        Some(Kind::Weighted(Weighted { services: services.into(), turns, minds }))
    }

    /// A service that another is made of; `None` after saying why it cannot be used.
    fn child(&mut self, round: &mut Round<'_>, of: Object<'_>, name: &Name) -> Option<Arc<Upstream>> {
        let at = round.merged.find(name, of.at.part, |config| &config.tcp.services);
        if let Some(cycle) = at.and_then(|at| self.services.cycle(at)) {
            let name_at = |at: At| {
                let part = round.merged.parts.get(at.part)?;
                Some(full(round, part.config.tcp.services.get_index(at.index)?.0, at.part).to_string())
            };
            let cycle = cycle.into_iter().filter_map(name_at).collect::<Vec<_>>().join(" -> ");
            round.problems.error_at(of, name, format!("service refers to itself: {cycle}"));
            return None;
        }
        match self.find_service(round, name, of.at.part) {
            Ok(service) => Some(service),
            Err(why) => {
                round.problems.dangling(of, Section::TcpServices, name, why);
                None
            }
        }
    }
}

fn check(round: &mut Round<'_>, of: Object<'_>, written: &TcpHealthCheck) -> Option<Check> {
    let unhealthy = written.unhealthy_interval.unwrap_or(written.interval);
    let times =
        [("interval", written.interval), ("unhealthyInterval", unhealthy), ("timeout", written.timeout)];
    let mut positive = Vec::with_capacity(times.len());
    for (option, time) in times {
        match time.positive() {
            Some(time) => positive.push(time),
            None => round.problems.error(of, format!("healthCheck.{option} is not above zero")),
        }
    }
    for (option, text) in [("send", &written.send), ("expect", &written.expect)] {
        if text.len() > LONGEST_TEXT {
            let message = format!("healthCheck.{option} is longer than {LONGEST_TEXT} bytes, shorten it");
            round.problems.error(of, message);
            return None;
        }
    }
    let &[interval, unhealthy_interval, timeout] = &*positive else { return None };
    Some(Check {
        port: Some(written.port).filter(|port| *port != 0),
        send: Box::from(written.send.as_bytes()),
        expect: Box::from(written.expect.as_bytes()),
        interval,
        unhealthy_interval,
        timeout,
    })
}

/// Whether two services that are written alike are made of the same.
fn is_same(before: &Upstream, made: &Upstream) -> bool {
    match (&before.kind, &made.kind) {
        (Kind::LoadBalancer(was), Kind::LoadBalancer(is)) => {
            let mut servers = was.servers.iter().zip(&*is.servers);
            servers.all(|(was, is)| transports::is_same(&was.connector, &is.connector))
        }
        (Kind::Weighted(was), Kind::Weighted(is)) => {
            was.services.iter().map(Arc::as_ptr).eq(is.services.iter().map(Arc::as_ptr))
        }
        _ => false,
    }
}

/// Lets a service go on where the one before it was.
fn resume(made: &Upstream, before: &Upstream) {
    match (&made.kind, &before.kind) {
        (Kind::LoadBalancer(is), Kind::LoadBalancer(was)) => is.turns.resume(&was.turns),
        (Kind::Weighted(is), Kind::Weighted(was)) => is.turns.resume(&was.turns),
        _ => {}
    }
}

/// Larger weights differ in nothing that traffic could show, and their sum would not fit.
const MAX_WEIGHT: i64 = 1 << 32;
/// Services may be nested so deep.
const DEEPEST: usize = 100;
/// As much as Traefik sends and compares.
const LONGEST_TEXT: usize = 65_535;
