//! An HTTP/2 request as an exchange.

use std::rc::Rc;

use h2::RecvStream;
use http::Request;
use windrose_http::{Blame, Body, Exchange, Failure, Headers, Id, Key, Method, Protocol, Reply};
use windrose_stream::h2::Received;
use windrose_wire::head::{MOST_FIELDS, is_value};

use super::incoming::{Incoming, RequestBody};
use crate::entry::EntryOptions;
use crate::serve::http::{expectation, offer_web_socket};
use crate::worker::{Deadline, SlotGuard};

/// What comes behind the head of a request.
pub(super) enum Behind {
    Nothing,
    Body(Rc<Incoming>),
    /// Bytes of another protocol.
    Tunnel(RecvStream),
}

impl Behind {
    /// The body, or what is to become a tunnel.
    pub(super) fn into_parts(self) -> (Option<Rc<Incoming>>, Option<RecvStream>) {
        match self {
            Self::Nothing => (None, None),
            Self::Body(incoming) => (Some(incoming), None),
            Self::Tunnel(receive) => (None, Some(receive)),
        }
    }
}

/// Takes over a request; gives the reply to those that are answered here. Its body is there also when its head is not
/// good.
pub(super) fn take(
    request: Request<RecvStream>,
    ex: &mut Exchange,
    options: &EntryOptions,
    slot: &Rc<SlotGuard>,
) -> (Result<Option<Reply>, Failure>, Behind) {
    let (parts, body) = request.into_parts();
    let taken = take_head(&parts, ex, options);
    if taken.as_ref().is_ok_and(|head| head.is_tunnel) {
        slot.set_deadline(Deadline::None);
        return (Ok(None), Behind::Tunnel(body));
    }
    if body.is_end_stream() {
        ex.expects_continue = false;
        slot.set_deadline(Deadline::None);
        return (taken.map(|head| head.reply), Behind::Nothing);
    }
    let length = taken.as_ref().ok().and_then(|head| head.length);
    let incoming = Incoming::new(Received::new(body, length, Blame::Client), slot);
    if taken.is_ok() {
        ex.body = Body::Stream(Box::new(RequestBody(Rc::clone(&incoming))));
    }
    (taken.map(|head| head.reply), Behind::Body(incoming))
}

/// What a head says besides what goes on.
struct Head {
    /// The length that it announces.
    length: Option<u64>,
    /// The reply to a request that goes no further.
    reply: Option<Reply>,
    /// Whether the stream is to carry bytes both ways (RFC 8441).
    is_tunnel: bool,
}

/// Takes over the head.
fn take_head(
    parts: &http::request::Parts,
    ex: &mut Exchange,
    options: &EntryOptions,
) -> Result<Head, Failure> {
    ex.protocol = Protocol::Http2;
    ex.method = Method::from_token(parts.method.as_str().as_bytes());
    take_fields(&parts.headers, &mut ex.headers)?;
    take_host(parts, ex)?;
    let protocol = parts.extensions.get::<h2::ext::Protocol>();
    let target = parts.uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    match target {
        "*" if ex.method == Method::Options => {}
        _ if ex.method == Method::Connect && protocol.is_none() => return Err(Failure::ConnectMethod),
        target => ex.target.parse(target.as_bytes(), options.cleaning, options.semicolons)?,
    }
    let length = windrose_http::framing::content_length(&ex.headers).map_err(|_| Failure::BadRequest)?;
    match expectation(ex) {
        Some(true) => ex.expects_continue = ex.headers.take(Id::EXPECT),
        Some(false) => return Err(Failure::BadRequest),
        None => {}
    }
    if let Some(protocol) = protocol {
        offer_web_socket(ex, protocol.as_str().as_bytes())?;
    }
    // RFC 9110 §7.1: it asks about the gateway, not about anything behind it.
    let reply = (target == "*").then(|| Reply::empty(200));
    Ok(Head { length, reply, is_tunnel: protocol.is_some() })
}

fn take_host(parts: &http::request::Parts, ex: &mut Exchange) -> Result<(), Failure> {
    let mut hosts = ex.headers.get_all(Id::HOST);
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Failure::BadRequest);
    }
    match (parts.uri.authority(), host) {
        (Some(authority), host) => {
            let authority = authority.as_str().as_bytes();
            if host.is_some_and(|host| !host.eq_ignore_ascii_case(authority)) {
                return Err(Failure::BadRequest);
            }
            ex.host.set(authority)?;
        }
        (None, Some(host)) => ex.host.set(host)?,
        (None, None) => return Err(Failure::BadRequest),
    }
    drop(hosts);
    ex.headers.take(Id::HOST);
    Ok(())
}

fn take_fields(map: &http::HeaderMap, headers: &mut Headers) -> Result<(), Failure> {
    if map.len() > MOST_FIELDS {
        return Err(Failure::HeadTooLarge);
    }
    headers.reserve(map.len());
    let mut cookies: Vec<u8> = Vec::new();
    for (name, value) in map {
        let id = Id::of(name.as_str().as_bytes());
        if id == Id::COOKIE {
            // RFC 9113 §8.2.3: crumbs become one field again.
            if !cookies.is_empty() {
                cookies.extend_from_slice(b"; ");
            }
            cookies.extend_from_slice(value.as_bytes());
        } else {
            let value = value.as_bytes().trim_ascii();
            if !is_value(value) {
                return Err(Failure::BadRequest);
            }
            headers.receive(Key::from(name.as_str()), value);
        }
    }
    if !cookies.is_empty() {
        headers.receive(Id::COOKIE, &cookies);
    }
    Ok(())
}
