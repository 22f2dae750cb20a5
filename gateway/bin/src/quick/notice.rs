//! Tells a failed request on the terminal: once for each cause, with what to do about it.
//!
//! A middleware of the quick gateway's own, known to no other configuration. It sees failures on the way back and
//! asks, away from the requests, what is wrong with the server. Owns those words.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use windrose_config::dynamic_config::Middleware;
use windrose_config::{Problem, Source};
use windrose_http::{Exchange, Failure, Reply};
use windrose_middleware::{BuildContext, Filter, Flow, Stage, list};

use super::terminal;

/// Builds this kind, and those that everybody has.
pub(crate) fn build(
    middleware: &Middleware,
    source: &Arc<Source>,
    cx: &BuildContext<'_>,
) -> Result<Stage, Vec<Problem>> {
    if **middleware.kind != *KIND {
        return list::build(middleware, source, cx);
    }
    let server = middleware.options.field("server").and_then(|server| server.as_text()).unwrap_or_default();
    Ok(Stage::filter(Notice { server: server.into(), told: AtomicU32::new(0) }))
}

/// Watches over the answers of one server.
struct Notice {
    server: Arc<str>,
    /// A bit for each cause that was told.
    told: AtomicU32,
}

impl Filter for Notice {
    fn request(&self, _: &mut Exchange) -> Flow {
        Flow::Continue
    }

    fn response(&self, _: &Exchange, reply: &mut Reply) {
        let Some(cause) = reply.failure.and_then(Cause::of) else { return };
        let bit = 1 << cause as u32;
        if self.told.load(Ordering::Relaxed) & bit != 0
            || self.told.fetch_or(bit, Ordering::Relaxed) & bit != 0
        {
            return;
        }
        let (server, status) = (Arc::clone(&self.server), reply.status);
        // Looking up a name may take its time, and so may a terminal.
        let tell = move || terminal::warn(&text(cause, &server, status));
        let _ = thread::Builder::new().name("notice".to_owned()).spawn(tell);
    }
}

/// Why a server did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Connect,
    Timeout,
    Handshake,
    Closed,
    NotHttp,
    Late,
}

impl Cause {
    /// What the server is to blame for.
    fn of(failure: Failure) -> Option<Self> {
        Some(match failure {
            Failure::Connect => Self::Connect,
            Failure::ConnectTimeout => Self::Timeout,
            Failure::Handshake => Self::Handshake,
            Failure::Closed => Self::Closed,
            Failure::BadAnswer => Self::NotHttp,
            Failure::AnswerTimeout => Self::Late,
            _ => return None,
        })
    }
}

/// What is told.
pub(super) fn text(cause: Cause, server: &str, status: u16) -> String {
    let (scheme, place) = server.split_once("://").unwrap_or(("http", server));
    let is_tls = scheme.eq_ignore_ascii_case("https");
    let what = match cause {
        Cause::Connect => unreachable_because(place, scheme),
        Cause::Timeout => {
            format!("{place} does not answer at all: check its address, and the firewalls on the way")
        }
        Cause::Handshake => format!(
            "the certificate of {server} is not trusted, or its TLS is not acceptable: give the certificate or its \
             authority with --serversTransport.rootCAs=FILE, or do without checking with \
             --serversTransport.insecureSkipVerify=true; if it speaks no TLS, write --to http://{place}"
        ),
        Cause::Closed | Cause::NotHttp if scheme.eq_ignore_ascii_case("h2c") => format!(
            "{server} closes the connection, or its answer is not HTTP/2: if it speaks HTTP/1.1, write \
             --to http://{place}; if it speaks TLS, --to https://{place}"
        ),
        Cause::Closed | Cause::NotHttp if !is_tls && scheme != "unix" => format!(
            "{server} closes the connection, or its answer is not HTTP: if it speaks TLS, write --to https://{place}; \
             if only HTTP/2, --to h2c://{place}"
        ),
        Cause::Closed => format!("{server} closes the connection before it answers: look at its own log"),
        Cause::NotHttp => format!("the answer of {server} is not HTTP: look at what listens there"),
        Cause::Late => format!("{server} takes the request and does not answer in time: look at its own log"),
    };
    format!("\nA request was answered {status}, as {what}. This is told once.\n")
}

/// Asks again what the request found out.
fn unreachable_because(place: &str, scheme: &str) -> String {
    if scheme == "unix" {
        return match UnixStream::connect(place) {
            Err(error) => {
                format!("the socket {place} cannot be connected to ({error}): start what listens on it")
            }
            Ok(_) => format!("nothing listened on {place} a moment ago, but now something does: try again"),
        };
    }
    let authority = place.split(['/', '?', '#']).next().unwrap_or(place);
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    let full = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
    let addresses = match full.to_socket_addrs() {
        Ok(addresses) => addresses,
        Err(error) => return format!("the name in {full} has no address ({error}): check its spelling"),
    };
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => {
                return format!("nothing listened on {full} a moment ago, but now something does: try again");
            }
            Err(error) => last = error,
        }
    }
    if last.kind() == io::ErrorKind::ConnectionRefused {
        return format!("nothing listens on {full}: start it, or name another server with --to");
    }
    format!("{full} cannot be reached ({last}): check its address, and the network on the way")
}

/// The kind, under a name that no configuration can hold by accident.
pub(super) const KIND: &str = "windrose-notice";
/// How long the server is asked what is wrong.
const PATIENCE: Duration = Duration::from_secs(3);
