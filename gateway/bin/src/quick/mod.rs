//! A gateway without a configuration: everything goes to one server, or to a demo that prints each request.
//!
//! Owns what stands in for the files of an operator: the install configuration as flags, and a provider's worth of
//! routing. The demo is a real server behind the gateway: a second entry point on a loopback port that the first one
//! forwards to.

#[cfg(test)]
mod tests;
mod whoami;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Problem, Section, Source, StaticConfig, refuse};

use crate::arguments::{Quick, Target};
use crate::check;

pub(crate) use whoami::Whoami;

/// What replaces the operator's files.
#[derive(Debug)]
pub(crate) struct Plan {
    to: To,
}

#[derive(Debug, PartialEq, Eq)]
enum To {
    Server(String),
    Demo(SocketAddr),
}

impl Plan {
    /// The install configuration, as flags, and what will be routed.
    ///
    /// The error is that of the system, when it has no port for the demo.
    pub(crate) fn new(quick: Quick) -> io::Result<(Vec<String>, Self)> {
        let Quick { to, listen, flags } = quick;
        let mut install =
            vec![format!("--entryPoints.{WEB}.address={listen}"), "--log.level=INFO".to_owned()];
        let to = match to {
            Target::Server(server) => To::Server(with_scheme(&server)),
            Target::Demo => {
                let address = free()?;
                install.push(format!("--entryPoints.{DEMO}.address={address}"));
                // It shows what the gateway before it says of the client.
                install.push(format!("--entryPoints.{DEMO}.forwardedHeaders.trustedIPs={}", address.ip()));
                To::Demo(address)
            }
        };
        // The operator's own come last, so that they count.
        install.extend(flags);
        Ok((install, Self { to }))
    }

    /// Why the server cannot be used: what the operator typed a moment ago is refused, not worked around.
    pub(crate) fn check(&self, settings: &Arc<StaticConfig>) -> Result<(), Vec<Problem>> {
        let To::Server(_) = &self.to else { return Ok(()) };
        let found = check::compiled(settings, self.routing());
        let is_cause = |problem: &Problem| {
            problem.object.as_ref().is_some_and(|object| object.section == Section::HttpServices)
        };
        match found.into_iter().find(is_cause) {
            Some(problem) => Err(vec![Problem::error(format!("--to {}", problem.message))]),
            None => Ok(()),
        }
    }

    /// The routing.
    pub(crate) fn routing(&self) -> DynamicConfig {
        let (url, demo) = match &self.to {
            To::Server(url) => (url.clone(), None),
            To::Demo(address) => {
                (format!("http://{address}"), Some(everything(DEMO, &format!("{WHOAMI}@internal"))))
            }
        };
        let mut routers = json!({"everything": everything(WEB, "server")});
        if let (Some(demo), Value::Object(routers)) = (demo, &mut routers) {
            routers.insert("demo".to_owned(), demo);
        }
        let service = json!({"loadBalancer": {"servers": [{"url": url}]}});
        let document = json!({"http": {"routers": routers, "services": {"server": service}}});
        decode(&document)
    }

    /// What to try, for an operator who sees this for the first time.
    pub(crate) fn invitation(&self, address: impl Fn(&str) -> Option<SocketAddr>) -> Option<String> {
        let reachable = address(WEB).map(reachable)?;
        let what = match &self.to {
            To::Server(url) => format!("forwards to {url}"),
            To::Demo(_) => "forwards to a demo that prints each request".to_owned(),
        };
        Some(format!(
            "Windrose listens on {reachable} and {what}. Try:\n\n    curl -i http://{reachable}/hello\n"
        ))
    }
}

fn everything(entry_point: &str, service: &str) -> Value {
    json!({"rule": "PathPrefix(`/`)", "entryPoints": [entry_point], "service": service})
}

fn decode(document: &Value) -> DynamicConfig {
    let source = Source::other("the command line");
    match parse(Format::Json, &document.to_string(), &source) {
        Ok(tree) => DynamicConfig::decode(tree, &source, refuse::DYNAMIC),
        Err(problem) => {
            DynamicConfig { problems: vec![Problem { origin: None, ..problem }], ..DynamicConfig::default() }
        }
    }
}

/// People write `localhost:3000`.
fn with_scheme(server: &str) -> String {
    if server.contains("://") { server.to_owned() } else { format!("http://{server}") }
}

/// An address that is free now, and will be in a moment when the gateway takes it.
fn free() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// What a client on this machine connects to.
fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        return format!("localhost:{}", address.port());
    }
    address.to_string()
}

/// The provider under whose name the routing appears.
pub(crate) const PROVIDER: &str = "commandline";
/// The entry point that clients connect to.
const WEB: &str = "web";
/// The entry point of the demo, and its router.
const DEMO: &str = "demo";
/// The service that prints requests, without its provider.
pub(crate) const WHOAMI: &str = "whoami";
