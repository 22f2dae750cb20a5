//! A node as an install configuration: the entry points that the controller's routing names, and the way to the
//! controller.

use super::WordError;
use super::words::{GRACE, Known, Words};

/// The flags of the install configuration.
pub(super) fn flags(words: &Words) -> Result<Vec<String>, WordError> {
    let namespace = words.get("namespace").unwrap_or("maesh");
    let domain = words.get("clusterDomain").unwrap_or("cluster.local");
    let controller = words.get("controller").map_or_else(
        || format!("http://traefik-mesh-controller.{namespace}.svc.{domain}:9000"),
        str::to_owned,
    );
    let host = words.get("host").unwrap_or_default();
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let at = |port: u16| format!("{host}:{port}");
    let mut flags = vec![
        format!("--entryPoints.readiness.address={}", at(READINESS)),
        format!("--entryPoints.liveness.address={}", at(LIVENESS)),
        format!("--entryPoints.traefik.address={}", at(API)),
        "--api.insecure=true".to_owned(),
        "--api.dashboard=false".to_owned(),
        "--ping=true".to_owned(),
        // The routing is written as for the proxies that the mesh had before.
        "--core.defaultRuleSyntax=v2".to_owned(),
        format!("--providers.meshNode.endpoint={controller}"),
        // What the controller says is whole, and it says it no oftener than it should.
        "--providers.providersThrottleDuration=0s".to_owned(),
    ];
    flags.extend(words.passed("meshNode", KNOWN));
    let ranges = [
        ("http", 5000, words.number("limitHTTPPort", 10)?, ""),
        ("tcp", 10_000, words.number("limitTCPPort", 25)?, ""),
        ("udp", 15_000, words.number("limitUDPPort", 25)?, "/udp"),
    ];
    let grace = words.get(GRACE);
    for (kind, first, count, suffix) in ranges {
        for port in first..first + count.min(MOST) {
            let entry = format!("--entryPoints.{kind}-{port}");
            flags.push(format!("{entry}.address={}{suffix}", at(port)));
            flags.extend(grace.map(|grace| format!("{entry}.transport.lifeCycle.{GRACE}={grace}")));
        }
    }
    flags.extend(words.log()?);
    flags.extend(words.further.iter().cloned());
    Ok(flags)
}

/// All options.
pub(super) const KNOWN: &[Known] = &[
    Known::value("controller"),
    Known::value("namespace"),
    Known::value("clusterDomain"),
    Known::value("cache").passed("cache"),
    Known::value("token").passed("token"),
    Known::value("host"),
    Known::value("limitHTTPPort"),
    Known::value("limitTCPPort"),
    Known::value("limitUDPPort"),
    Known::value(GRACE),
    Known::value("logLevel"),
    Known::value("logFormat"),
    Known::switch("debug"),
];

/// The ports of a node that are no services': who asks for readiness, for life, and for what is routed.
const READINESS: u16 = 1081;
const LIVENESS: u16 = 1082;
const API: u16 = 8080;
/// The ports of one kind are 5,000 apart from those of the next.
const MOST: u16 = 5000;
