//! One question to one server, by the way that its requests go.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use windrose_http::exchange::{OddNames, Trust};
use windrose_http::path::{Cleaning, Semicolons, Target};
use windrose_http::{Body, Conn, Exchange, Failure, Headers, Id, Method, Reply};

use super::probe::{Mode, Probe, Redirects};
use super::{Sick, grpc};
use crate::endpoint::{Endpoint, Scheme};
use crate::forward;
use crate::pool::Local;
use crate::service::PassHost;

/// Asks a server whether it is well.
///
/// # Errors
/// Why it is not.
pub(super) async fn ask(to: &Arc<Endpoint>, probe: &Probe, local: &Rc<Local>) -> Result<(), Sick> {
    match probe.mode {
        Mode::Grpc => grpc::ask(to, probe, local).await,
        Mode::Http => http(to, probe, local).await,
    }
}

async fn http(to: &Arc<Endpoint>, probe: &Probe, local: &Rc<Local>) -> Result<(), Sick> {
    let own = match &*probe.path {
        "" => path_of(&to.url).to_owned(),
        path => rooted(path),
    };
    let (mut to, mut path, mut method) = (Arc::clone(to), own, probe.method());
    let mut host = Some(&*probe.hostname).filter(|host| !host.is_empty());
    for _ in 0..=MOST_REDIRECTS {
        let mut ex = request(host, &path, method.clone())?;
        for (name, value) in &probe.headers {
            if !name.eq_ignore_ascii_case("host") {
                ex.headers.set(&**name, value.as_bytes());
            }
        }
        let pass_host = if host.is_some() { PassHost::Client } else { PassHost::Server };
        let mut reply = forward::forward(&mut ex, &to, pass_host, local).await.map_err(Sick::Failed)?;
        let Some(next) = next(probe.redirects, &reply, &to, &path) else {
            drain(&mut reply).await;
            return if probe.is_good(reply.status) { Ok(()) } else { Err(Sick::Status(reply.status)) };
        };
        drain(&mut reply).await;
        if !matches!(reply.status, 307 | 308) && method != Method::Head {
            method = Method::Get;
        }
        if let Some(other) = next.elsewhere {
            (to, host) = (other, None);
        }
        path = next.path;
    }
    Err(Sick::Redirects)
}

/// A request of our own.
pub(super) fn request(host: Option<&str>, path: &str, method: Method) -> Result<Exchange, Sick> {
    let nobody = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let mut ex = Exchange::new(Rc::new(Conn {
        entry_point: "".into(),
        peer: nobody,
        peer_ip: "127.0.0.1".into(),
        local: nobody,
        accepted: Instant::now(),
        desk: Rc::default(),
        trust: Trust::Trusted,
        odd_names: OddNames::KEPT,
        tls: None,
    }));
    ex.method = method;
    ex.target = target(path).ok_or(Sick::Target)?;
    ex.set_host(host.unwrap_or_default().as_bytes()).map_err(|_| Sick::Target)?;
    ex.appends_peer = false;
    ex.started = Instant::now();
    ex.headers.set(Id::USER_AGENT, "windrose-health-check");
    Ok(ex)
}

/// Path and query as a server is asked for them.
pub(super) fn target(path: &str) -> Option<Target> {
    let mut target = Target::default();
    target.parse(path.as_bytes(), Cleaning::Keep, Semicolons::Encode).ok()?;
    Some(target)
}

/// A path of the server, from its root.
pub(super) fn rooted(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").filter(|(scheme, _)| *scheme != "unix").map_or("", |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or_default();
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

/// Where a redirection leads.
struct Next {
    path: String,
    elsewhere: Option<Arc<Endpoint>>,
}

fn next(redirects: Redirects, reply: &Reply, to: &Endpoint, path: &str) -> Option<Next> {
    if redirects == Redirects::Judge || !matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to_there = reply.headers.get_str(Id::LOCATION).filter(|location| !location.is_empty())?;
    let to_there = to_there.split('#').next().unwrap_or_default();
    let absolute = match to_there.strip_prefix("//") {
        Some(rest) => Some(format!("{}://{rest}", if to.scheme == Scheme::Https { "https" } else { "http" })),
        None => to_there.contains("://").then(|| to_there.to_owned()),
    };
    if let Some(url) = absolute {
        let there = Endpoint::new(&url, false, Arc::clone(&to.connector)).ok()?;
        return Some(Next { path: path_of(&url).to_owned(), elsewhere: Some(Arc::new(there)) });
    }
    let here = path.split('?').next().unwrap_or_default();
    let path = match to_there.as_bytes().first() {
        Some(b'/') => to_there.to_owned(),
        Some(b'?') => format!("{here}{to_there}"),
        _ => format!("{}/{to_there}", here.rsplit_once('/').map_or("", |(folder, _)| folder)),
    };
    Some(Next { path, elsewhere: None })
}

/// Where an answer leads, as text.
#[cfg(test)]
pub(super) fn lead(reply: &Reply, to: &Endpoint, path: &str) -> Option<String> {
    let next = next(Redirects::Follow, reply, to, path)?;
    let authority = next.elsewhere.map_or_else(|| to.authority.clone(), |there| there.authority.clone());
    Some(format!("{} @{authority}", next.path))
}

/// Reads a little, so that the connection can be kept; what is longer is not worth it.
async fn drain(reply: &mut Reply) {
    let mut body = std::mem::take(&mut reply.body);
    let _ = body.gather(DRAINED).await;
}

/// The whole answer to a request with a body, and what came after it.
pub(super) async fn call(
    mut ex: Exchange,
    to: &Arc<Endpoint>,
    pass_host: PassHost,
    local: &Rc<Local>,
) -> Result<(u16, Headers, Vec<u8>), Sick> {
    let mut reply = forward::forward(&mut ex, to, pass_host, local).await.map_err(Sick::Failed)?;
    let (mut fields, mut data) = (reply.headers, Vec::new());
    while let Some(frame) = reply.body.frame().await {
        match frame.map_err(|error| Sick::Failed(Failure::from(error)))? {
            windrose_http::Frame::Data(bytes) if data.len() + bytes.len() <= DRAINED => {
                data.extend_from_slice(&bytes);
            }
            windrose_http::Frame::Data(_) => return Err(Sick::Answer),
            windrose_http::Frame::Trailers(trailers) => {
                fields = trailers.judged(None).map_err(|_| Sick::Answer)?;
                break;
            }
        }
    }
    drop(std::mem::replace(&mut reply.body, Body::Empty));
    Ok((reply.status, fields, data))
}

/// As many as Go follows.
const MOST_REDIRECTS: usize = 10;
/// What is read of an answer.
const DRAINED: usize = 64 * 1024;
