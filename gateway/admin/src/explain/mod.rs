//! What would become of a request, and why: entry point, router, middlewares, service, certificate, and what nearly
//! matched, each with the place it was written at.
//!
//! [`explain`] reads what is in force and asks the engine for the way; it sends nothing and changes nothing. The API
//! answers with the outcome, and the program prints it. Invariant: no value of a header of the configuration, and no
//! password of a URL, is part of it.

mod ask;
mod facts;
mod pieces;
mod secure;
#[cfg(test)]
mod tests;
mod text;
mod verdict;

use std::net::SocketAddr;
use std::sync::Arc;

use windrose_config::dynamic_config::TcpRouter;
use windrose_config::{Section, Written};
use windrose_engine::Opening;
use windrose_engine::compile::entries::entries;
use windrose_engine::entry::Kind;
use windrose_engine::explain::{Asked, Fate, Hello, Miss, Neighbours, neighbours, walk};
use windrose_engine::route::tcp::{TcpRoute, TlsUse, Way};
use windrose_engine::snapshot::Snapshot;

use crate::view::View;

pub use ask::{BadQuestion, Question};
pub use facts::{
    Certificate, Choice, Entry, Explanation, Lack, Middleware, Neighbour, Request, Router, Secure, Server,
    Service, Unusable, Verdict,
};

pub(crate) use secure::described;

use ask::Parsed;
use pieces::Pieces;

/// What there is to look at.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The configuration in force.
    pub view: &'a View,
    /// What traffic sees.
    pub snapshot: &'a Snapshot,
    /// Where entry points listen; empty where nobody knows.
    pub addresses: &'a [(Arc<str>, SocketAddr)],
}

/// Explains what would become of a request.
///
/// # Errors
/// The question makes no request.
pub fn explain(sight: Sight<'_>, question: &Question) -> Result<Explanation, BadQuestion> {
    let parsed = Parsed::new(question)?;
    let settings = &sight.view.merged().settings;
    let openings = entries(settings).map_err(|_| BadQuestion::NoEntryPoint)?;
    let doors = ask::doors(sight, question, &parsed)?;
    // The first door that leads somewhere; where none does, the first.
    let mut chosen = None;
    for door in doors.list {
        let of_door = |one: &&Opening| one.options.name == door.name && one.kind == Kind::Tcp;
        let Some(opening) = openings.iter().find(of_door) else { continue };
        let hello = Hello { server_name: parsed.server_name(), protocols: PROTOCOLS };
        let asked = Asked {
            place: door.place,
            options: &opening.options,
            method: &parsed.method,
            target: &parsed.target,
            host: &parsed.host,
            headers: &parsed.headers,
            peer: SocketAddr::new(parsed.from, CLIENT_PORT),
            local: door.local,
            hello: parsed.is_secure.then_some(hello),
        };
        let fate = walk(sight.snapshot, &asked);
        let leads = matches!(fate, Fate::Routed(_) | Fate::Connection(_));
        if leads || chosen.is_none() {
            chosen = Some((asked, fate, door.name));
        }
        if leads {
            break;
        }
    }
    let Some((asked, fate, name)) = chosen else { return Err(BadQuestion::NoEntryPoint) };
    let beside = neighbours(sight.snapshot, sight.view.merged(), &asked, &fate);
    let entry_point =
        Entry { address: sight.address_of(&name), name: name.to_string(), choice: doors.choice };
    Ok(Explainer { sight, parsed: &parsed, asked: &asked }.explain(fate, &beside, entry_point))
}

impl Sight<'_> {
    /// The address as written.
    fn address_of(&self, entry_point: &str) -> String {
        let all = windrose_engine::merge::effective(&self.view.merged().settings);
        all.get(entry_point).map(|entry| entry.address.to_string()).unwrap_or_default()
    }
}

/// Puts an explanation together.
struct Explainer<'a> {
    sight: Sight<'a>,
    parsed: &'a Parsed,
    asked: &'a Asked<'a>,
}

impl Explainer<'_> {
    fn explain(&self, fate: Fate, beside: &Neighbours, entry_point: Entry) -> Explanation {
        let pieces = Pieces(self.sight.view);
        let mut out = Explanation {
            request: self.request(&fate),
            verdict: verdict::verdict(&fate, &pieces),
            entry_point,
            tls: self.asked.hello.map(|hello| secure::secure(self.sight, self.asked, hello, &fate)),
            router: None,
            middlewares: Vec::new(),
            service: None,
            later: beside.later.iter().map(|miss| self.neighbour(miss)).collect(),
            nearest: beside.nearest.iter().map(|miss| self.neighbour(miss)).collect(),
            unusable: Vec::new(),
        };
        match &fate {
            Fate::Connection(route) => self.connection(route, &pieces, &mut out),
            Fate::Routed(routed) => {
                let router = pieces.router(routed);
                out.middlewares = pieces.middlewares(routed, &router);
                out.service = pieces.service_of(routed, &router);
                out.router = Some(router);
            }
            Fate::Unrouted(_) => out.unusable = pieces.unusable(&out.request.host),
            Fate::Refused(_) | Fate::Unfit(_) => {}
        }
        out
    }

    fn request(&self, fate: &Fate) -> Request {
        let Parsed { method, url, from, .. } = self.parsed;
        let prepared = fate.prepared();
        Request {
            method: method.clone(),
            url: url.clone(),
            from: from.to_string(),
            host: prepared.map(|prepared| prepared.host.clone()).unwrap_or_default(),
            path: prepared.map(|prepared| prepared.path.clone()).unwrap_or_default(),
        }
    }

    fn connection(&self, route: &TcpRoute, pieces: &Pieces<'_>, out: &mut Explanation) {
        let written: Option<(&str, &Arc<Written<TcpRouter>>)> =
            pieces.find(&route.name, |config| &config.tcp.routers);
        let mut router = Router { protocol: "tcp".to_owned(), ..Router::default() };
        router.name = route.name.to_string();
        router.problems = pieces.problems(Section::TcpRouters, &route.name);
        if let Some((_, written)) = written {
            router.rule = written.rule.to_string();
            router.priority = written.priority.to_string();
            router.place = pieces::place(&written.origin);
            let provider = facts::provider(&route.name);
            out.service = written.service.as_ref().map(|name| pieces.tcp_service(name, provider));
        }
        if let Way::Open(open) = &route.way {
            router.note = match open.tls {
                TlsUse::Nothing => String::new(),
                TlsUse::Passthrough => "TLS is passed through to the server".to_owned(),
                TlsUse::Terminate(_) => "TLS ends here".to_owned(),
            };
        }
        out.router = Some(router);
    }

    fn neighbour(&self, miss: &Miss) -> Neighbour {
        let mut missed: Vec<Lack> = Vec::new();
        if let Some(place) = &miss.elsewhere {
            let here = &self.asked.options.name;
            missed.push(Lack {
                clause: format!("entry point {place}"),
                found: format!("the request comes by {here}"),
            });
        }
        if miss.other_security {
            let is_secure = self.asked.hello.is_some();
            let (wants, has) = if is_secure { ("no TLS", "TLS") } else { ("TLS", "no TLS") };
            missed.push(Lack { clause: wants.to_owned(), found: format!("the request comes with {has}") });
        }
        missed.extend(
            miss.missed
                .iter()
                .map(|missed| Lack { clause: missed.clause.clone(), found: missed.found.clone() }),
        );
        Neighbour {
            name: miss.route.name.to_string(),
            rule: miss.router.rule.to_string(),
            priority: miss.priority.to_string(),
            place: pieces::place(&miss.router.origin),
            missed,
        }
    }
}

/// What browsers offer.
const PROTOCOLS: &[&[u8]] = &[b"h2", b"http/1.1"];
/// Clients come from any port; rules do not look at it.
const CLIENT_PORT: u16 = 40_000;
