//! Servers that share requests.

use std::sync::Arc;
use std::time::Duration;

use windrose_config::GoDuration;
use windrose_config::dynamic_config::{HealthCheck, LoadBalancer, PassiveHealthCheck, Sticky};
use windrose_http::exchange::Upgrade;
use windrose_upstream::endpoint::Scheme;
use windrose_upstream::health::{Mode, Passive, Probe, Redirects};
use windrose_upstream::service::{self, Balancing, Kind, Member, PassHost, Strategy, Upgrades};
use windrose_upstream::sticky::{Cookie, SameSite};
use windrose_upstream::{Connector, Endpoint, Upstream};

use super::{MAX_WEIGHT, Outcome};
use crate::compile::graph::Asking;
use crate::compile::problems::Object;
use crate::compile::transports::wanted;

/// Makes a balancer; nothing after saying what is wrong with it.
pub(super) fn make(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    written: &LoadBalancer,
    before: Option<&Arc<Upstream>>,
) -> Option<Outcome> {
    let connector = wanted(asking, of, written.servers_transport.as_ref());
    let balancing = balancing(asking, of, written);
    let servers = servers(asking, of, written, &connector?)?;
    let weights = written.servers.iter().map(|server| server.weight.unwrap_or(1).min(MAX_WEIGHT));
    let members = servers.into_iter().zip(weights).map(|(server, weight)| Member::new(server, weight));
    if written.response_forwarding.is_some() {
        let message =
            "responseForwarding has no effect: what has come of an answer is sent on at once; remove it";
        asking.problems().warning(of, message);
    }
    let was = before.and_then(|before| match &before.kind {
        Kind::LoadBalancer(was) => Some(was),
        _ => None,
    });
    let checks = &asking.tools().live.checks;
    let name = asking.qualified(of.name);
    let made = service::LoadBalancer::new(&name, members.collect(), balancing?, checks, was);
    match was {
        Some(was) if was.is_like(&made) => Some(Outcome::AsBefore),
        _ => Some(Outcome::New(Kind::LoadBalancer(made))),
    }
}

/// How it works; everything wrong is said.
fn balancing(asking: &Asking<'_, '_, '_>, of: Object<'_>, written: &LoadBalancer) -> Option<Balancing> {
    let strategy = strategy(asking, of, written);
    let sticky = cookie(asking, of, written.sticky.as_ref(), "loadBalancer.sticky.cookie");
    let probe = written.health_check.as_deref().map(|check| probe(asking, of, check));
    let passive = written.passive_health_check.as_ref().map(|check| passive(asking, of, check));
    let upgrades = upgrades(asking, of, written);
    let is_hashed = strategy == Some(Strategy::Hrw);
    if is_hashed && written.sticky.as_ref().is_some_and(|sticky| sticky.cookie.is_some()) {
        let message =
            "sticky has no effect beside strategy hrw, which keeps clients by their addresses; remove it";
        asking.problems().warning(of, message);
    }
    Some(Balancing {
        strategy: strategy?,
        sticky: sticky?,
        probe: transposed(probe)?.map(Arc::new),
        passive: transposed(passive)?,
        slow_start: None,
        pass_host: if written.pass_host_header { PassHost::Client } else { PassHost::Server },
        upgrades: upgrades?,
    })
}

/// Nothing when it was written and cannot be used.
#[allow(clippy::option_option, reason = "not written is no failure")]
fn transposed<T>(made: Option<Option<T>>) -> Option<Option<T>> {
    match made {
        None => Some(None),
        Some(made) => made.map(Some),
    }
}

fn strategy(asking: &Asking<'_, '_, '_>, of: Object<'_>, written: &LoadBalancer) -> Option<Strategy> {
    match &**written.strategy {
        "" | "wrr" => Some(Strategy::Wrr),
        "p2c" => Some(Strategy::P2c),
        "leasttime" => Some(Strategy::LeastTime),
        "hrw" => Some(Strategy::Hrw),
        other => {
            let message =
                format!("loadBalancer.strategy is {other:?}, write one of wrr, p2c, leasttime, hrw");
            asking.problems().error(of, message);
            None
        }
    }
}

/// The cookie of sticky sessions that is written, if one is.
#[allow(clippy::option_option, reason = "not written is no failure")]
pub(super) fn cookie(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    sticky: Option<&Sticky>,
    option: &str,
) -> Option<Option<Cookie>> {
    let Some(written) = sticky.and_then(|sticky| sticky.cookie.as_deref()) else { return Some(None) };
    let made = SameSite::from_text(&written.same_site).and_then(|same_site| {
        let cookie = Cookie {
            name: written.name.clone(),
            secure: written.secure,
            http_only: written.http_only,
            same_site,
            max_age: written.max_age,
            path: written.path.clone().unwrap_or_else(|| "/".into()),
            domain: written.domain.clone(),
            partitioned: false,
        };
        cookie.check().map(|()| cookie)
    });
    match made {
        Ok(cookie) => Some(Some(cookie)),
        Err(error) => {
            asking.problems().error(of, format!("{option}: {error}"));
            None
        }
    }
}

fn probe(asking: &Asking<'_, '_, '_>, of: Object<'_>, written: &HealthCheck) -> Option<Probe> {
    let wrong = |message: String| {
        asking.problems().error(of, format!("loadBalancer.healthCheck: {message}"));
        None
    };
    let mode = match &*written.mode {
        "" | "http" => Mode::Http,
        "grpc" => Mode::Grpc,
        other => return wrong(format!("mode is {other:?}, write http or grpc")),
    };
    let scheme = match written.scheme.as_deref() {
        None | Some("") => None,
        Some("http") => Some(Scheme::Http),
        Some("https") => Some(Scheme::Https),
        Some("h2c") => Some(Scheme::H2c),
        Some(other) => return wrong(format!("scheme is {other:?}, write http, https or h2c")),
    };
    let interval = time(written.interval);
    let made = Probe {
        mode,
        scheme,
        port: Some(written.port).filter(|port| *port != 0),
        hostname: written.hostname.clone(),
        path: written.path.clone(),
        method: written.method.clone(),
        headers: written.headers.iter().map(|(name, value)| ((**name).into(), (**value).into())).collect(),
        status: Some(written.status).filter(|status| *status != 0),
        redirects: if written.follow_redirects { Redirects::Follow } else { Redirects::Judge },
        interval,
        unhealthy_interval: written.unhealthy_interval.map_or(interval, time),
        timeout: time(written.timeout),
    };
    if let Err(error) = made.check() {
        return wrong(error.to_string());
    }
    if let Some(idle) = idle(&made) {
        asking.problems().warning(of, format!("loadBalancer.healthCheck: {idle}"));
    }
    Some(made)
}

/// What is written of a probe and changes nothing (traefik: the same, without a word).
fn idle(probe: &Probe) -> Option<&'static str> {
    let has_path = !probe.path.is_empty() || !probe.method.is_empty();
    if probe.mode == Mode::Grpc && (has_path || probe.status.is_some() || !probe.headers.is_empty()) {
        return Some("path, method, status and headers have no effect with mode grpc; remove them");
    }
    let names_host = probe.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    names_host.then_some("a Host among headers has no effect; write it as hostname")
}

fn passive(asking: &Asking<'_, '_, '_>, of: Object<'_>, written: &PassiveHealthCheck) -> Option<Passive> {
    match Passive::new(time(written.failure_window), written.max_failed_attempts) {
        Ok(passive) => Some(passive),
        Err(error) => {
            asking.problems().error(of, format!("loadBalancer.passiveHealthCheck: {error}"));
            None
        }
    }
}

/// A time; none below 0.
fn time(written: GoDuration) -> Duration {
    written.positive().unwrap_or_default()
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
