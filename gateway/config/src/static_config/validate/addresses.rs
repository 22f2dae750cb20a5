//! What is wrong with addresses that entry points have between them, and with those of peers that are trusted.

use std::net::IpAddr;

use super::{Check, TRAEFIK, has_entry_point};
use crate::dynamic_config::Name;
use crate::origin::Mark;
use crate::problem::Problem;
use crate::static_config::StaticConfig;

pub(super) fn check(config: &StaticConfig, check: &mut Check<'_>) {
    twice(config, check);
    for (name, entry_point) in &config.entry_points {
        let at = format!("entryPoints.{name}");
        trusted(&format!("{at}.forwardedHeaders"), &entry_point.forwarded_headers.trusted_ips, check);
        if let Some(proxy) = &entry_point.proxy_protocol {
            trusted(&format!("{at}.proxyProtocol"), &proxy.trusted_ips, check);
        }
    }
}

/// Two entry points cannot listen on one address, unless both let others listen there.
fn twice(config: &StaticConfig, check: &mut Check<'_>) {
    let written = config.entry_points.iter().map(|(name, entry_point)| {
        (&**name, &*entry_point.address.value, entry_point.address.mark, entry_point.reuse_port)
    });
    let is_implied = has_entry_point(config, TRAEFIK) && !config.entry_points.contains_key(TRAEFIK);
    let implied = is_implied.then_some((TRAEFIK, ":8080", Mark::default(), false));
    let mut seen: Vec<(&str, Listen<'_>, bool)> = Vec::new();
    for (name, text, mark, shares) in implied.into_iter().chain(written) {
        let Some(listen) = Listen::of(text) else { continue };
        let twin = seen.iter().find(|(_, other, others)| other.meets(&listen) && !(shares && *others));
        if let Some((other, ..)) = twin {
            let message = format!(
                "entryPoints.{name}.address: entry point {other} listens there, give one another port"
            );
            let problem = Problem::error(message).at(check.source, mark);
            check.problems.push(problem.spanning(text.chars().count()));
        }
        seen.push((name, listen, shares));
    }
}

/// Where an address listens.
struct Listen<'a> {
    host: &'a str,
    port: u16,
    is_udp: bool,
}

impl<'a> Listen<'a> {
    /// `None` for a port that the system chooses, and for what is no address, which is told elsewhere.
    fn of(text: &'a str) -> Option<Self> {
        let (address, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (host, port) = address.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port != 0)?;
        Some(Self { host, port, is_udp: protocol.eq_ignore_ascii_case("udp") })
    }

    fn meets(&self, other: &Self) -> bool {
        let same_host = self.host.eq_ignore_ascii_case(other.host);
        let covers = |all: &Self, one: &Self| match all.host {
            "" | "[::]" => true,
            "0.0.0.0" => !one.host.starts_with('[') || one.host == "[::]",
            _ => false,
        };
        self.port == other.port
            && self.is_udp == other.is_udp
            && (same_host || covers(self, other) || covers(other, self))
    }
}

fn trusted(at: &str, ranges: &[Name], check: &mut Check<'_>) {
    for range in ranges.iter().filter(|range| !is_range(range)) {
        let message = format!("{at}.trustedIPs: `{}` is no address and no network", &*range.value);
        let problem = Problem::error(message).at(check.source, range.mark);
        let problem = problem.spanning(range.chars().count());
        check
            .problems
            .push(problem.expecting("an address such as 10.0.0.1, or a network such as 10.0.0.0/8"));
    }
}

fn is_range(text: &str) -> bool {
    let (address, length) =
        text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    length.is_none_or(|length| {
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        digits && length.parse::<u8>().is_ok_and(|length| length <= longest)
    })
}
