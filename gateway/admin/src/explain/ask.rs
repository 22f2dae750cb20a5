//! The question: an address with everything a client may send along, and the entry points it may mean.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use windrose_engine::entry::Kind;
use windrose_http::headers::Name;

use super::Sight;
use super::facts::Choice;
use crate::query::pairs;

/// A request to be explained.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// The address, such as `https://app.example.org/login?x=1`.
    pub url: String,
    /// The method; GET when empty.
    pub method: String,
    /// Header fields, as `Name: value`.
    pub headers: Vec<String>,
    /// The entry point; the one of the port when empty.
    pub entry_point: String,
    /// The client's address; this machine's own when empty.
    pub from: String,
}

/// A question that makes no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuestion {
    /// There is no address.
    #[error("url is missing, write for example url=https://app.example.org/")]
    NoUrl,
    /// It is none of HTTP.
    #[error("`{0}` is no address, write for example https://app.example.org/login")]
    Url(String),
    /// It names a user.
    #[error("the address names a user, write the header Authorization instead")]
    User,
    /// A line that is no header.
    #[error("`{0}` is no header, write for example `Accept: text/html`")]
    Header(String),
    /// A word that is no method.
    #[error("`{0}` is no method, write for example POST")]
    Method(String),
    /// Something that is no address of a client.
    #[error("`{0}` is no IP address")]
    From(String),
    /// An entry point that does not exist.
    #[error("entry point {0} does not exist or takes no HTTP, use one of {1}")]
    EntryPoint(String, String),
    /// Nothing takes requests.
    #[error("no entry point takes HTTP")]
    NoEntryPoint,
    /// A parameter nobody knows.
    #[error("unknown parameter {0}, use url, method, header, entrypoint or from")]
    Parameter(String),
}

impl Question {
    /// Reads the query of a URL: `url`, `method`, `header` (several times), `entrypoint`, `from`.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, BadQuestion> {
        let mut question = Self::default();
        for (name, value) in pairs(query) {
            match &*name {
                "url" => question.url = value.into_owned(),
                "method" => question.method = value.into_owned(),
                "header" => question.headers.push(value.into_owned()),
                "entrypoint" => question.entry_point = value.into_owned(),
                "from" => question.from = value.into_owned(),
                other => return Err(BadQuestion::Parameter(other.to_owned())),
            }
        }
        Ok(question)
    }

    /// The same as a query, to be asked elsewhere.
    #[must_use]
    pub fn query(&self) -> String {
        let one = |name: &str, value: &str| match value {
            "" => String::new(),
            value => format!("&{name}={}", encode(value)),
        };
        let mut query = format!("url={}", encode(&self.url));
        query += &one("method", &self.method);
        query += &one("entrypoint", &self.entry_point);
        query += &one("from", &self.from);
        for header in &self.headers {
            query += &format!("&header={}", encode(header));
        }
        query
    }
}

/// A question taken apart.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) url: String,
    pub(super) is_secure: bool,
    pub(super) method: String,
    /// As the request asks for it.
    pub(super) host: String,
    /// What the client connects to, without port.
    connects: String,
    port: u16,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) from: IpAddr,
}

impl Parsed {
    pub(super) fn new(question: &Question) -> Result<Self, BadQuestion> {
        let url = question.url.trim();
        if url.is_empty() {
            return Err(BadQuestion::NoUrl);
        }
        let bad = || BadQuestion::Url(url.chars().take(200).collect());
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let (is_secure, is_socket) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (false, false),
            "https" => (true, false),
            "ws" => (false, true),
            "wss" => (true, true),
            _ => return Err(bad()),
        };
        // A browser keeps what follows `#` to itself.
        let rest = rest.split('#').next().unwrap_or_default();
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(cut).unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(BadQuestion::User);
        }
        let (name, port) = split(authority).ok_or_else(bad)?;
        let mut headers = headers(question)?;
        if is_socket {
            headers.push(("Connection".to_owned(), "Upgrade".to_owned()));
            headers.push(("Upgrade".to_owned(), "websocket".to_owned()));
        }
        let host = headers.iter().position(|(name, _)| name.eq_ignore_ascii_case("host"));
        let host = host.map_or_else(|| authority.to_owned(), |at| headers.swap_remove(at).1);
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let method = if question.method.is_empty() { "GET" } else { &question.method };
        if Name::new(method).is_err() {
            return Err(BadQuestion::Method(method.to_owned()));
        }
        let from = match question.from.trim() {
            "" => IpAddr::V4(Ipv4Addr::LOCALHOST),
            text => text.parse().map_err(|_| BadQuestion::From(text.to_owned()))?,
        };
        Ok(Self {
            url: format!("{scheme}://{authority}{target}"),
            is_secure,
            method: method.to_ascii_uppercase(),
            host,
            connects: name.to_owned(),
            port: port.unwrap_or(if is_secure { 443 } else { 80 }),
            target,
            headers,
            from,
        })
    }

    /// The name a client says when TLS begins: none for an address (RFC 6066 §3).
    pub(super) fn server_name(&self) -> Option<&str> {
        let bare = self.connects.trim_start_matches('[').trim_end_matches(']');
        Some(self.connects.trim_end_matches('.')).filter(|_| bare.parse::<IpAddr>().is_err())
    }
}

/// Name and port of an authority.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = if authority.starts_with('[') { authority.find(']')? + 1 } else { 0 };
    let colon = authority.get(end..)?.find(':').map(|at| at + end);
    let (name, port) = match colon {
        Some(at) => (authority.get(..at)?, authority.get(at + 1..)?),
        None => (authority, ""),
    };
    if name.is_empty() {
        return None;
    }
    Some((name, if port.is_empty() { None } else { Some(port.parse().ok()?) }))
}

fn headers(question: &Question) -> Result<Vec<(String, String)>, BadQuestion> {
    let read = |line: &String| {
        let (name, value) = line.split_once(':')?;
        let (name, value) = (name.trim(), value.trim());
        Name::new(name).ok()?;
        let is_text = !value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t');
        is_text.then(|| (name.to_owned(), value.to_owned()))
    };
    let all = question.headers.iter();
    all.map(|line| read(line).ok_or_else(|| BadQuestion::Header(line.chars().take(200).collect()))).collect()
}

/// An entry point that the request may come in by.
pub(super) struct Door {
    pub(super) place: usize,
    pub(super) name: Arc<str>,
    pub(super) local: SocketAddr,
}

/// The entry points it may come in by, the likeliest first, and why.
pub(super) struct Doors {
    pub(super) list: Vec<Door>,
    pub(super) choice: Choice,
}

pub(super) fn doors(sight: Sight<'_>, question: &Question, parsed: &Parsed) -> Result<Doors, BadQuestion> {
    let places = &sight.view.merged().places;
    let all = places.iter().enumerate().filter(|(_, place)| place.kind == Kind::Tcp);
    let door = |(place, of): (usize, &windrose_engine::merge::Place)| {
        let bound = sight.addresses.iter().find(|(name, _)| *name == of.name).map(|(_, address)| *address);
        let written = sight.address_of(&of.name);
        let local = bound.or_else(|| address_of(&written));
        (Door { place, name: Arc::clone(&of.name), local: local.unwrap_or(NOWHERE) }, of.default)
    };
    let mut all: Vec<(Door, bool)> = all.map(door).collect();
    if !question.entry_point.is_empty() {
        let names: Vec<&str> = all.iter().map(|(door, _)| &*door.name).collect();
        let names = names.join(", ");
        all.retain(|(door, _)| *door.name == *question.entry_point);
        if all.is_empty() {
            return Err(BadQuestion::EntryPoint(question.entry_point.clone(), names));
        }
        return Ok(Doors { list: all.into_iter().map(|(door, _)| door).collect(), choice: Choice::Asked });
    }
    if all.iter().any(|(door, _)| door.local.port() == parsed.port) {
        all.retain(|(door, _)| door.local.port() == parsed.port);
        return Ok(Doors { list: all.into_iter().map(|(door, _)| door).collect(), choice: Choice::Port });
    }
    // Not at the API, unless there is nothing else.
    if all.iter().any(|(_, is_default)| *is_default) {
        all.retain(|(_, is_default)| *is_default);
    }
    // Where there is TLS, or where there is none.
    let fits = |door: &Door| {
        let listener = sight.snapshot.listeners.get(door.place);
        listener.is_some_and(|of| if parsed.is_secure { !of.secure.is_empty() } else { !of.plain.is_empty() })
    };
    all.sort_by_key(|(door, _)| !fits(door));
    Ok(Doors { list: all.into_iter().map(|(door, _)| door).collect(), choice: Choice::Assumed })
}

/// The address in `host:port`, with `/tcp` behind it or not.
fn address_of(written: &str) -> Option<SocketAddr> {
    let address = written.split('/').next().unwrap_or_default();
    let (host, port) = address.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let ip = host.parse().unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    Some(SocketAddr::new(ip, port))
}

/// Escapes what may not stand in a query.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
