//! Services: servers that share requests, and services that share requests.

use std::sync::Arc;

use windrose_config::dynamic_config::{LoadBalancer, Objects, Service, ServiceKind, Weighted};
use windrose_config::{DynamicConfig, Section, Written};
use windrose_http::exchange::Upgrade;
use windrose_upstream::balance::Cycle;
use windrose_upstream::service::{self, Kind, PassHost, Turns, Upgrades};
use windrose_upstream::{Connector, Endpoint, Upstream};

use super::align::Column;
use super::graph::{Asking, Group, Own, State};
use super::memory::Memory;
use super::problems::Object;
use super::transports::wanted;
use crate::merge::{INTERNAL, qualified};

/// The section `http.services`.
pub(super) struct Services;

impl Group for Services {
    const SECTION: Section = Section::HttpServices;
    type Written = Service;
    type Made = Upstream;

    fn written(config: &DynamicConfig) -> &Objects<Service> {
        &config.http.services
    }

    fn column(memory: &Memory) -> &Column<State<Upstream>> {
        &memory.services
    }

    fn column_mut(memory: &mut Memory) -> &mut Column<State<Upstream>> {
        &mut memory.services
    }

    fn make(
        asking: &Asking<'_, '_, '_>,
        of: Object<'_>,
        written: &Written<Service>,
        before: Option<&Arc<Upstream>>,
    ) -> Option<Arc<Upstream>> {
        let is_fronted = !written.middlewares.is_empty();
        let kind = match &written.kind {
            ServiceKind::LoadBalancer(balancer) => load_balancer(asking, of, balancer, is_fronted, before),
            ServiceKind::Weighted(weighted) => self::weighted(asking, of, weighted, is_fronted, before),
            other => {
                let message = format!("services of kind {} are not supported yet", other.name());
                asking.problems().error(of, message);
                None
            }
        };
        match kind? {
            Outcome::AsBefore => before.cloned(),
            Outcome::New(kind) => Some(Arc::new(Upstream { name: asking.qualified(of.name), kind })),
        }
    }

    fn own(own: &Own<'_>, reference: &str, author: usize) -> Option<Arc<Upstream>> {
        let is_internal = || own.merged.parts.get(author).is_some_and(|part| &*part.provider == INTERNAL);
        match reference.contains('@') {
            true => own.services.get(reference).cloned(),
            false if is_internal() => own.services.get(&qualified(reference, INTERNAL)).cloned(),
            false => None,
        }
    }
}

/// What came of making a service.
enum Outcome {
    /// What there was, which would come out equal.
    AsBefore,
    New(Kind),
}

fn load_balancer(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    balancer: &LoadBalancer,
    is_fronted: bool,
    before: Option<&Arc<Upstream>>,
) -> Option<Outcome> {
    if let Some(option) = unsupported(balancer, is_fronted) {
        asking.problems().error(of, format!("{option} is not supported yet"));
        return None;
    }
    let connector = wanted(asking, of, balancer.servers_transport.as_ref())?;
    let servers = servers(asking, of, balancer, &connector)?;
    let weights: Vec<i64> =
        balancer.servers.iter().map(|server| server.weight.unwrap_or(1).min(MAX_WEIGHT)).collect();
    let turns = Turns::new(Cycle::new(&weights));
    if balancer.response_forwarding.is_some() {
        let message =
            "responseForwarding has no effect: what has come of an answer is sent on at once; remove it";
        asking.problems().warning(of, message);
    }
    let upgrades = upgrades(asking, of, balancer)?;
    let pass_host = if balancer.pass_host_header { PassHost::Client } else { PassHost::Server };
    if let Some(before) = before
        && let Kind::LoadBalancer(was) = &before.kind
    {
        let is_equal = was.servers.len() == servers.len()
            && was.servers.iter().zip(&servers).all(|(was, is)| Arc::ptr_eq(was, is));
        let is_equal = is_equal && was.pass_host == pass_host && was.upgrades == upgrades;
        if is_equal && was.turns.cycle() == turns.cycle() {
            return Some(Outcome::AsBefore);
        }
        turns.resume(&was.turns);
    }
    let servers = servers.into();
    let kind = Kind::LoadBalancer(service::LoadBalancer { servers, turns, pass_host, upgrades });
    Some(Outcome::New(kind))
}

fn weighted(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    weighted: &Weighted,
    is_fronted: bool,
    before: Option<&Arc<Upstream>>,
) -> Option<Outcome> {
    let refused = match (&weighted.sticky, &weighted.health_check) {
        (Some(_), _) => Some("weighted.sticky"),
        (_, Some(_)) => Some("weighted.healthCheck"),
        _ if is_fronted => Some("middlewares"),
        _ => None,
    };
    if let Some(option) = refused {
        asking.problems().error(of, format!("{option} is not supported yet"));
        return None;
    }
    // All of them, so that everything wrong is said at once.
    let services: Vec<Option<Arc<Upstream>>> =
        weighted.services.iter().map(|child| asking.want::<Services>(of, &child.name)).collect();
    let services = services.into_iter().collect::<Option<Vec<_>>>()?;
    let weights: Vec<i64> = weighted.services.iter().map(|child| child.weight.min(MAX_WEIGHT)).collect();
    let turns = Turns::new(Cycle::new(&weights));
    if let Some(before) = before
        && let Kind::Weighted(was) = &before.kind
    {
        let is_equal = was.services.len() == services.len()
            && was.services.iter().zip(&services).all(|(was, is)| Arc::ptr_eq(was, is));
        if is_equal && was.turns.cycle() == turns.cycle() {
            return Some(Outcome::AsBefore);
        }
        turns.resume(&was.turns);
    }
    let kind = Kind::Weighted(service::Weighted { services: services.into(), turns });
    Some(Outcome::New(kind))
}

fn servers(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    balancer: &LoadBalancer,
    connector: &Arc<Connector>,
) -> Option<Vec<Arc<Endpoint>>> {
    let mut servers = Vec::with_capacity(balancer.servers.len());
    for server in &balancer.servers {
        match asking.tools().live.endpoint(&server.url, server.preserve_path, connector) {
            Ok(endpoint) => servers.push(endpoint),
            Err(error) => {
                asking.problems().error_at(of, &server.url, format!("{:?}: {error}", server.url.value))
            }
        }
    }
    (servers.len() == balancer.servers.len()).then_some(servers)
}

/// What connections to the servers may change to.
fn upgrades(asking: &Asking<'_, '_, '_>, of: Object<'_>, balancer: &LoadBalancer) -> Option<Upgrades> {
    for name in &balancer.upgrade_protocols {
        if Upgrade::from_token(name.as_bytes()).is_none() {
            let message = format!(
                "upgradeProtocols: `{name}` is no protocol that a connection may change to; write names with or \
                 without a version, such as mine/1, and not those of HTTP itself"
            );
            asking.problems().error(of, message);
            return None;
        }
    }
    Some(Upgrades::new(&balancer.upgrade_protocols))
}

/// What is written and has no effect yet.
fn unsupported(balancer: &LoadBalancer, is_fronted: bool) -> Option<&'static str> {
    let written = [
        (is_fronted, "middlewares"),
        (balancer.sticky.is_some(), "loadBalancer.sticky"),
        (balancer.health_check.is_some(), "loadBalancer.healthCheck"),
        (balancer.passive_health_check.is_some(), "loadBalancer.passiveHealthCheck"),
        (!matches!(&**balancer.strategy, "" | "wrr"), "loadBalancer.strategy other than wrr"),
    ];
    written.into_iter().find(|(is_written, _)| *is_written).map(|(_, option)| option)
}

/// Larger weights differ in nothing that traffic could show, and their sum would not fit.
const MAX_WEIGHT: i64 = 1 << 32;
