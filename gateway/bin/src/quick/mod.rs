//! A gateway without a configuration: everything goes to some servers, or to a demo that prints each request.
//!
//! Owns what stands in for the files of an operator: the install configuration as flags, and a provider's worth of
//! routing. The demo is a real server behind the gateway: a second entry point on a loopback port that the first one
//! forwards to. Somebody sits at a terminal and waits, so failures are told there: a middleware of our own
//! ([`notice`]) sees every answer, which is how the engine need not know.

mod invitation;
mod notice;
mod terminal;
#[cfg(test)]
mod tests;
mod whoami;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Problem, Section, Source, StaticConfig, refuse};

use crate::arguments::{Forward, Quick, Security, Target};
use crate::check;

pub(crate) use notice::build;
pub(crate) use whoami::Whoami;

/// What replaces the operator's files.
#[derive(Debug)]
pub(crate) struct Plan {
    to: To,
    security: Security,
}

#[derive(Debug, PartialEq, Eq)]
enum To {
    Servers(Vec<Forward>),
    Demo(SocketAddr),
}

impl Plan {
    /// The install configuration, as flags, and what will be routed.
    ///
    /// The error is that of the system, when it has no port for the demo.
    pub(crate) fn new(quick: Quick) -> io::Result<(Vec<String>, Self)> {
        let Quick { to, listen, security, flags } = quick;
        let listen = listen.unwrap_or_else(|| match security {
            Security::Plain => LISTEN.to_owned(),
            Security::Tls => LISTEN_TLS.to_owned(),
        });
        let mut install =
            vec![format!("--entryPoints.{WEB}.address={listen}"), "--log.level=INFO".to_owned()];
        if security == Security::Tls {
            install.push(format!("--entryPoints.{WEB}.http.tls=true"));
        }
        let to = match to {
            Target::Servers(mut forwards) => {
                forwards.iter_mut().for_each(|forward| forward.server = with_scheme(&forward.server));
                To::Servers(forwards)
            }
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
        Ok((install, Self { to, security }))
    }

    /// Why the server cannot be used: what the operator typed a moment ago is refused, not worked around.
    pub(crate) fn check(&self, settings: &Arc<StaticConfig>) -> Result<(), Vec<Problem>> {
        let To::Servers(_) = &self.to else { return Ok(()) };
        let found = check::compiled(settings, vec![(PROVIDER.into(), Arc::new(self.routing()))]);
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
        let mut routing = Routing::default();
        match &self.to {
            To::Servers(forwards) => forwards.iter().for_each(|forward| routing.forward(forward)),
            To::Demo(address) => {
                routing.forward(&Forward { hosts: Vec::new(), server: format!("http://{address}") });
                routing.router(
                    "demo",
                    json!({
                        "rule": EVERYTHING, "entryPoints": [DEMO], "service": format!("{WHOAMI}@internal"),
                    }),
                );
            }
        }
        let Routing { routers, services, middlewares } = routing;
        decode(&json!({"http": {"routers": routers, "services": services, "middlewares": middlewares}}))
    }

    /// What to try, for an operator who sees this for the first time.
    pub(crate) fn invitation(&self, address: impl Fn(&str) -> Option<SocketAddr>) -> Option<String> {
        Some(invitation::text(&self.to, self.security, address(WEB)?))
    }
}

/// Sections of a routing configuration.
#[derive(Default)]
struct Routing {
    routers: Map<String, Value>,
    services: Map<String, Value>,
    middlewares: Map<String, Value>,
}

impl Routing {
    fn router(&mut self, name: &str, router: Value) {
        self.routers.insert(name.to_owned(), router);
    }

    /// A router for the hosts, the server behind it, and who watches over its answers.
    fn forward(&mut self, forward: &Forward) {
        let Forward { hosts, server } = forward;
        // Otherwise the longest rule would win, which may be that of everything.
        let (name, rule, priority) = match hosts.first() {
            None => ("everything", EVERYTHING.to_owned(), 1),
            Some(first) => {
                let rules: Vec<String> = hosts.iter().map(|host| format!("Host(`{host}`)")).collect();
                let is_any = hosts.iter().any(|host| host.starts_with('*'));
                (first.as_str(), rules.join(" || "), if is_any { 2 } else { 3 })
            }
        };
        let middleware = json!({notice::KIND: {"server": server}});
        let service = json!({"loadBalancer": {"servers": [{"url": server}]}});
        self.middlewares.insert(name.to_owned(), middleware);
        self.services.insert(name.to_owned(), service);
        self.router(
            name,
            json!({
                "rule": rule, "priority": priority, "entryPoints": [WEB], "middlewares": [name], "service": name,
            }),
        );
    }
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

/// The provider under whose name the routing appears.
pub(crate) const PROVIDER: &str = "commandline";
/// Where a quick gateway listens: nobody but this machine, until it is told otherwise.
const LISTEN: &str = "127.0.0.1:8080";
/// Where it listens with TLS.
const LISTEN_TLS: &str = "127.0.0.1:8443";
/// The rule of all requests.
const EVERYTHING: &str = "PathPrefix(`/`)";
/// The entry point that clients connect to.
const WEB: &str = "web";
/// The entry point of the demo, and its router.
const DEMO: &str = "demo";
/// The service that prints requests, without its provider.
pub(crate) const WHOAMI: &str = "whoami";
