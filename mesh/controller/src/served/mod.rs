//! `mesh@internal`: what nodes and people ask the controller.
//!
//! The paths and answers of the mesh's own API are those that its tools know; versions for our nodes are beside them. Must
//! not know how the outcome is made.

mod looked;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use windrose_courier::{Https, Limits, Request};
use windrose_http::body::Gathered;
use windrose_http::{Exchange, Id, Method, Reply};
use windrose_mesh_topology::{Facts, Mesh, Ports, Settings, change};
use windrose_mesh_traffic::{Answer, Asked, report};
use windrose_pages::Pages;
use windrose_tls::ClientTlsOptions;
use windrose_upstream::service::Internal;

use crate::figures::{Figures, NotTaken};
use crate::pages;
use crate::shown::{Audience, Outcome, Shown, Version};

/// Answers for the mesh.
pub struct Service {
    shown: Shown,
    is_running: IsRunning,
    pages: Pages,
}

/// Whether the gateway goes on; nobody should wait at one that stops.
pub type IsRunning = Box<dyn Fn() -> bool + Send + Sync>;

impl Service {
    /// Shows what the controller makes.
    #[must_use]
    pub fn new(shown: Shown, is_running: IsRunning) -> Self {
        Self { shown, is_running, pages: pages::all() }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Internal for Service {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(async move {
            match ex.target.path() {
                "/api/configuration/current" => json(200, current(&self.shown.look())),
                "/api/topology/current" => json(200, self.shown.look().topology.clone()),
                "/api/status/nodes" => nodes(&self.shown.look()),
                "/api/status/readiness" => readiness(&self.shown.look()),
                VERSIONS => self.version(ex).await,
                FIGURES => self.take(ex).await,
                "/" => windrose_pages::welcome("", ex),
                "/dashboard" => looked::aside(ex),
                path if path.starts_with(looked::PAGES) => self.page(ex),
                path if path == looked::VERSION || path.starts_with(looked::MESH) => self.looked(ex).await,
                path if path == GROUPS || path.starts_with("/apis/") => {
                    aggregated(self.shown.figures(), ex).await
                }
                path => match of_node(path) {
                    Some(name) => self.routing_of(name).await,
                    None => Reply::error(404, "404 page not found\n"),
                },
            }
        })
    }
}

impl Service {
    /// The version that is new to whoever asks; waits for one as long as the question says.
    async fn version(&self, ex: &Exchange) -> Reply {
        let field = |name| ex.headers.get(name).and_then(|value| std::str::from_utf8(value).ok());
        let known = field("If-None-Match").map(|tag| tag.trim().trim_matches('"').to_owned());
        let wait = field("Prefer").and_then(wait).unwrap_or_default().min(LONGEST);
        let takes_changes = field("Accept").is_some_and(|kinds| kinds.contains(CHANGE));
        let mut news = self.shown.subscribe();
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            // Before it is looked, so that nothing is missed in between.
            let is_over = news.borrow_and_update().is_over;
            let outcome = self.shown.look();
            if outcome.audience == Audience::Nodes && !self.shown.figures().is_node(ex.conn.peer.ip()) {
                return Reply::error(
                    403,
                    "only nodes of the mesh are told, and this address is none of theirs\n",
                );
            }
            if let Some(last) = outcome.versions.first()
                && known.as_ref() != Some(&last.tag)
            {
                let before = outcome.versions.iter().find(|version| known.as_ref() == Some(&version.tag));
                return told(last, before.filter(|_| takes_changes));
            }
            let now = tokio::time::Instant::now();
            let is_late = is_over || now >= deadline || !(self.is_running)();
            if is_late {
                return match known.filter(|_| !outcome.versions.is_empty()) {
                    Some(tag) => tagged(Reply::empty(304), &tag),
                    None => Reply::error(503, "the controller has not seen the cluster yet\n"),
                };
            }
            // Whichever comes first: something new, the end of the wait, or another look whether it is worth it.
            let _ = tokio::time::timeout_at(deadline.min(now + BEAT), news.changed()).await;
        }
    }

    /// What a node reports.
    async fn take(&self, ex: &mut Exchange) -> Reply {
        let (figures, peer) = (self.shown.figures().clone(), ex.conn.peer.ip());
        if !figures.are_kept() {
            return Reply::error(404, "no figures are kept here\n");
        }
        if ex.method != Method::Post {
            return Reply::empty(405);
        }
        // Before anything of it is read: whoever is no node has nothing to say.
        if !figures.is_node(peer) {
            return Reply::error(403, "this address is that of no node of the mesh\n");
        }
        let body = match ex.body.gather(report::LARGEST).await {
            Ok(Gathered::Whole(body)) => body,
            Ok(Gathered::Longer) => return Reply::error(413, "a report is not as long as that\n"),
            Err(_) => return Reply::error(400, "the body cannot be read\n"),
        };
        let port = ex.conn.local.port();
        match ex.conn.desk.compute(move || figures.take(&body, peer, port)).await {
            Ok(Ok(receipt)) => json(200, Bytes::from(receipt)),
            Ok(Err(NotTaken::Stranger)) => Reply::error(403, "this address is that of no node of the mesh\n"),
            Ok(Err(why @ (NotTaken::Unread(_) | NotTaken::Refused(_)))) => {
                tracing::warn!(%peer, %why, "what a node counted is not taken");
                Reply::with_body(422, format!("{why}\n"))
            }
            Ok(Err(NotTaken::Answer(_))) => windrose_http::Failure::Internal.reply(),
            Err(failure) => failure.reply(),
        }
    }

    /// What a node says of itself.
    async fn routing_of(&self, name: &str) -> Reply {
        let outcome = self.shown.look();
        let Some(node) = outcome.nodes.iter().find(|node| &*node.name == name) else {
            return Reply::error(404, "there is no such node\n");
        };
        let host = if node.ip.contains(':') { format!("[{}]", node.ip) } else { node.ip.to_string() };
        let limits = Limits { whole: PATIENCE, head: PATIENCE };
        let no_files = |path: &str| Err(std::io::Error::other(path.to_owned()));
        let Ok(https) = Https::new(&ClientTlsOptions::default(), &no_files, limits) else {
            return Reply::error(500, "nothing can be asked\n");
        };
        match https.send(&Request::get(format!("http://{host}:{NODE_API}/api/rawdata"))).await {
            Ok(answer) if answer.status == 200 => json(200, Bytes::from(answer.body)),
            Ok(_) => Reply::error(502, "the node does not say what it routes\n"),
            Err(_) => Reply::error(502, "the node does not answer\n"),
        }
    }
}

/// A question that the API server hands on, and nobody else.
async fn aggregated(figures: &Figures, ex: &Exchange) -> Reply {
    let chain = ex.conn.tls.as_ref().map(|tls| Arc::clone(&tls.peer_certificates)).unwrap_or_default();
    if !figures.is_front(&chain) {
        return answer(&Answer::failure(
            401,
            "Unauthorized",
            "only the API server may ask, for those it let in",
        ));
    }
    if ex.method != Method::Get {
        return answer(&Answer::failure(405, "MethodNotAllowed", "figures can only be read"));
    }
    let accept = ex.headers.get("Accept").unwrap_or_default();
    let accept = String::from_utf8_lossy(accept).into_owned();
    let (path, query) = (ex.target.path().to_owned(), ex.target.query().unwrap_or_default().to_owned());
    let figures = figures.clone();
    let answered =
        ex.conn.desk.compute(move || figures.answer(&Asked { path: &path, query: &query, accept: &accept }));
    match answered.await {
        Ok(found) => answer(&found),
        Err(failure) => failure.reply(),
    }
}

fn answer(found: &Answer) -> Reply {
    json(found.status, Bytes::from(found.body.to_string()))
}

/// The routing; before there is any, that of an empty cluster.
fn current(outcome: &Outcome) -> Bytes {
    let last = outcome.versions.first();
    let of_nothing = || {
        let nothing = Mesh::build(&Facts::default(), &Ports::default(), &Settings::default());
        Bytes::from(serde_json::to_vec(&nothing.configuration).unwrap_or_default())
    };
    last.map_or_else(of_nothing, |version| version.plain())
}

fn nodes(outcome: &Outcome) -> Reply {
    match serde_json::to_vec(&outcome.nodes) {
        Ok(text) => json(200, Bytes::from(text)),
        Err(_) => windrose_http::Failure::Internal.reply(),
    }
}

fn readiness(outcome: &Outcome) -> Reply {
    match outcome.versions.is_empty() {
        false => json(200, Bytes::from_static(b"true")),
        true => json(500, Bytes::from_static(b"false")),
    }
}

/// A version, as a change of one that is known or as a whole, whichever is shorter.
fn told(last: &Version, before: Option<&Arc<Version>>) -> Reply {
    let change = before.map(|before| change::patch(&before.routing, &last.routing).to_string());
    let reply = match change.filter(|change| change.len() < last.text.len()) {
        Some(change) => {
            let mut reply = Reply::with_body(200, Bytes::from(change));
            reply.headers.append(Id::CONTENT_TYPE, CHANGE);
            reply
        }
        None => json(200, last.text.clone()),
    };
    tagged(reply, &last.tag)
}

fn tagged(mut reply: Reply, tag: &str) -> Reply {
    reply.headers.append("ETag", format!("\"{tag}\""));
    reply
}

fn json(status: u16, body: Bytes) -> Reply {
    let mut reply = Reply::with_body(status, body);
    reply.headers.append(Id::CONTENT_TYPE, "application/json");
    reply
}

/// The time in `wait=SECONDS` (RFC 7240).
fn wait(prefer: &str) -> Option<Duration> {
    let mut wishes = prefer.split([',', ';']);
    let seconds = wishes.find_map(|wish| wish.trim().strip_prefix("wait="))?;
    seconds.parse().ok().map(Duration::from_secs)
}

/// The node in `/api/status/node/NAME/configuration`.
fn of_node(path: &str) -> Option<&str> {
    let name = path.strip_prefix("/api/status/node/")?.strip_suffix("/configuration")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// Where versions are told.
const VERSIONS: &str = "/api/windrose/mesh/configuration";
/// Where nodes report what they counted.
const FIGURES: &str = "/api/windrose/mesh/figures";
/// What the API server hands on begins with this.
const GROUPS: &str = "/apis";
/// A change (RFC 7396).
const CHANGE: &str = "application/merge-patch+json";
/// The longest wait for something new, so that whoever has gone is noticed.
const LONGEST: Duration = Duration::from_secs(60);
/// How often it is looked whether the gateway stops.
const BEAT: Duration = Duration::from_millis(250);
/// Where nodes show what they know.
const NODE_API: u16 = 8080;
/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
