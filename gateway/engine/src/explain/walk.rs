//! The walk: from the first bytes of a connection to the service of a route.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use windrose_http::exchange::Tls;
use windrose_http::path::holds_escape;
use windrose_http::{Conn, Exchange, Failure, Id, Method};
use windrose_middleware::{Chain, Flow, Label, Stage};
use windrose_rule::RequestView;

use super::{Asked, Changes, Does, Fate, Hello, Prepared, Routed, Step};
use crate::route;
use crate::route::tcp::TcpRoute;
use crate::serve::http::prepare;
use crate::snapshot::{Listener, Snapshot};

/// Walks the way of a request as far as it can be walked without one.
#[must_use]
pub fn walk(snapshot: &Snapshot, asked: &Asked<'_>) -> Fate {
    let Some(listener) = snapshot.listeners.get(asked.place) else { return Fate::Unfit(Failure::Internal) };
    if let Some(taken) = connection(listener, asked) {
        return Fate::Connection(taken);
    }
    if let Some(Hello { server_name, .. }) = asked.hello
        && let Err(refused) = listener.acceptor.config_for(server_name, Some(asked.local.ip()))
    {
        return Fate::Refused(refused);
    }
    match exchange(asked) {
        Ok(mut ex) => routed(listener, asked, &mut ex),
        Err(failure) => Fate::Unfit(failure),
    }
}

/// The TCP router that takes the connection before HTTP is looked for in it.
fn connection(listener: &Listener, asked: &Asked<'_>) -> Option<Arc<TcpRoute>> {
    let routes = listener.tcp.as_deref()?;
    let peer = asked.peer.ip();
    let found = match asked.hello {
        None => routes.find_plain(peer),
        Some(Hello { server_name, protocols }) => {
            let name = server_name.unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
            routes.find_named(&RequestView::tcp(&name, protocols, peer))
        }
    };
    found.cloned()
}

/// The request, as fit for routing as a real one would be.
pub(super) fn exchange(asked: &Asked<'_>) -> Result<Exchange, Failure> {
    let Asked { options, peer, .. } = *asked;
    let conn = Conn {
        entry_point: Arc::clone(&options.name),
        peer,
        peer_ip: peer.ip().to_string().into(),
        local: asked.local,
        accepted: Instant::now(),
        desk: Rc::default(),
        trust: options.trusted.judge(peer.ip()),
        odd_names: options.odd_names,
        tls: asked.hello.map(|hello| Tls {
            server_name: hello.server_name.map(|name| name.to_ascii_lowercase().into()),
            version: "1.3",
            ..Tls::default()
        }),
    };
    let mut ex = Exchange::new(Rc::new(conn));
    ex.method = Method::from_token(asked.method.as_bytes());
    ex.set_host(asked.host.as_bytes())?;
    ex.target.parse(asked.target.as_bytes(), options.cleaning, options.semicolons)?;
    for (name, value) in asked.headers {
        ex.headers.receive(name.as_str(), value);
    }
    prepare(&mut ex, options, "")?;
    Ok(ex)
}

fn routed(listener: &Listener, asked: &Asked<'_>, ex: &mut Exchange) -> Fate {
    let prepared = Prepared { host: ex.host.name().to_owned(), path: ex.target.routing().to_owned() };
    let routes = if ex.is_secure() { &listener.secure } else { &listener.plain };
    let Some(found) = route::find(routes, ex) else { return Fate::Unrouted(prepared) };
    let Some(candidate) = routes.iter().find(|candidate| Arc::ptr_eq(&candidate.route, found.route)) else {
        return Fate::Unrouted(prepared);
    };
    let is_misdirected = asked.hello.is_some_and(|hello| {
        let connected = hello.server_name.unwrap_or_default();
        listener.acceptor.options_id(ex.host.name()) != listener.acceptor.options_id(connected)
    });
    let failure = if !found.route.is_open() {
        Some(Failure::NoRoute)
    } else if holds_escape(ex.target.path(), &asked.options.denied_escapes) {
        Some(Failure::BadRequest)
    } else if is_misdirected {
        Some(Failure::Misdirected)
    } else {
        None
    };
    let steps = match failure {
        None => steps(&found.route.chain, ex),
        Some(_) => idle(&found.route.chain),
    };
    Fate::Routed(Routed {
        prepared,
        route: Arc::clone(found.route),
        router: Arc::clone(&candidate.router),
        priority: candidate.priority,
        failure,
        steps,
        target: ex.target.as_str().to_owned(),
    })
}

fn idle(chain: &Chain) -> Vec<Step> {
    let idle = |label: &Label| Step { name: Arc::clone(&label.name), does: Does::Nothing };
    chain.labels.iter().map(idle).collect()
}

fn steps(chain: &Chain, ex: &mut Exchange) -> Vec<Step> {
    let mut is_answered = false;
    let mut steps = Vec::with_capacity(chain.stages.len());
    for (label, stage) in chain.labels.iter().zip(chain.stages.iter()) {
        let does = match stage {
            _ if is_answered => Does::Nothing,
            Stage::Around(_) | Stage::Many(_) => Does::Depends,
            Stage::Filter(filter) => {
                let before = Seen::of(ex);
                match filter.request(ex) {
                    Flow::Continue => Does::Passes(before.changes(&Seen::of(ex))),
                    Flow::Reply(reply) => {
                        is_answered = true;
                        let location = reply.headers.get_str(Id::LOCATION).map(str::to_owned);
                        Does::Answers { status: reply.status, location }
                    }
                }
            }
        };
        steps.push(Step { name: Arc::clone(&label.name), does });
    }
    steps
}

/// What of a request a middleware may change.
struct Seen {
    target: String,
    host: String,
    fields: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Seen {
    fn of(ex: &Exchange) -> Self {
        let mut fields: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for field in ex.headers.iter() {
            let name = String::from_utf8_lossy(field.name).to_ascii_lowercase();
            fields.entry(name).or_default().push(field.value.to_vec());
        }
        Self { target: ex.target.as_str().to_owned(), host: ex.host.as_str().to_owned(), fields }
    }

    fn changes(self, after: &Self) -> Changes {
        let is_other = |(name, values): &(&String, &Vec<Vec<u8>>)| self.fields.get(*name) != Some(*values);
        Changes {
            target: (self.target != after.target).then(|| after.target.clone()),
            host: (self.host != after.host).then(|| after.host.clone()),
            set: after.fields.iter().filter(is_other).map(|(name, _)| name.clone()).collect(),
            removed: self.fields.keys().filter(|name| !after.fields.contains_key(*name)).cloned().collect(),
        }
    }
}
