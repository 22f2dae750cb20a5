//! A section of fields as the head of an exchange.

use std::ops::ControlFlow;

use windrose_http::{Exchange, Failure, Headers, Id, Key, Method, Protocol, Reply};
use windrose_wire::h3::qpack::{Defect, decode};
use windrose_wire::head::{MOST_FIELDS, is_token, is_value};

use crate::entry::EntryOptions;
use crate::serve::http::{expectation, offer_web_socket};

/// What a head says besides what goes on.
#[derive(Debug)]
pub(super) struct Head {
    /// The length that it announces.
    pub(super) length: Option<u64>,
    /// The reply to a request that goes no further.
    pub(super) reply: Option<Reply>,
    /// Whether the stream is to carry bytes both ways (RFC 9220).
    pub(super) is_tunnel: bool,
    /// The fields, and their bytes.
    pub(super) fields: usize,
    pub(super) bytes: usize,
}

impl Head {
    /// That of a request that is answered so.
    pub(super) fn failed(failure: Failure) -> Self {
        Self { length: None, reply: Some(failure.reply()), is_tunnel: false, fields: 0, bytes: 0 }
    }
}

/// Why a head is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoHead {
    /// The connection cannot go on.
    Undecodable,
    /// It breaks a rule of HTTP/3 (RFC 9114 §4.1.2).
    Malformed,
    /// It is answered so.
    Failed(Failure),
}

/// What the pseudo fields say.
#[derive(Default)]
struct Pseudo {
    method: Option<Vec<u8>>,
    scheme: Option<Vec<u8>>,
    authority: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
    protocol: Option<Vec<u8>>,
}

/// Takes over a head.
pub(super) fn take(
    section: &[u8],
    scratch: &mut Vec<u8>,
    ex: &mut Exchange,
    options: &EntryOptions,
) -> Result<Head, NoHead> {
    ex.protocol = Protocol::Http3;
    let mut reading =
        Reading { pseudo: Pseudo::default(), cookies: Vec::new(), size: 0, fields: 0, wrong: None };
    let mut headers = std::mem::take(&mut ex.headers);
    let decoded = decode(section, scratch, |name, value| {
        reading.size += name.len() + value.len() + FIELD;
        reading.fields += 1;
        let taken = if reading.size > options.max_head || reading.fields > MOST_FIELDS {
            Err(NoHead::Failed(Failure::HeadTooLarge))
        } else {
            reading.take(name, value, &mut headers)
        };
        match taken {
            Ok(()) => ControlFlow::Continue(()),
            Err(wrong) => {
                reading.wrong = Some(wrong);
                ControlFlow::Break(())
            }
        }
    });
    if !reading.cookies.is_empty() {
        headers.receive(Id::COOKIE, &reading.cookies);
    }
    ex.headers = headers;
    match decoded {
        Ok(()) => {}
        Err(Defect::Malformed) => return Err(NoHead::Undecodable),
        Err(Defect::Stopped) => return Err(reading.wrong.unwrap_or(NoHead::Malformed)),
    }
    let (fields, bytes) = (reading.fields, reading.size);
    let mut head = complete(reading.pseudo, ex, options)?;
    (head.fields, head.bytes) = (fields, bytes);
    Ok(head)
}

/// Takes over fields that come behind a body.
pub(super) fn take_trailers(section: &[u8], scratch: &mut Vec<u8>, most: usize) -> Result<Headers, NoHead> {
    let (mut fields, mut size, mut wrong) = (Headers::new(), 0, None);
    let decoded = decode(section, scratch, |name, value| {
        size += name.len() + value.len() + FIELD;
        let value = value.trim_ascii();
        if size > most || fields.len() >= MOST_FIELDS || !is_name(name) || !is_value(value) {
            wrong = Some(NoHead::Malformed);
            return ControlFlow::Break(());
        }
        fields.receive(name, value);
        ControlFlow::Continue(())
    });
    match decoded {
        Ok(()) => Ok(fields),
        Err(Defect::Malformed) => Err(NoHead::Undecodable),
        Err(Defect::Stopped) => Err(wrong.unwrap_or(NoHead::Malformed)),
    }
}

struct Reading {
    pseudo: Pseudo,
    /// RFC 9114 §4.2.1: crumbs become one field again.
    cookies: Vec<u8>,
    size: usize,
    fields: usize,
    wrong: Option<NoHead>,
}

impl Reading {
    fn take(&mut self, name: &[u8], value: &[u8], headers: &mut Headers) -> Result<(), NoHead> {
        if let Some(pseudo) = name.strip_prefix(b":") {
            if !headers.is_empty() || !self.cookies.is_empty() {
                return Err(NoHead::Malformed);
            }
            return self.pseudo.take(pseudo, value);
        }
        if !is_name(name) {
            return Err(NoHead::Malformed);
        }
        let (key, value) = (Key::from(name), value.trim_ascii());
        if !is_value(value) {
            return Err(NoHead::Malformed);
        }
        match Id::of(name) {
            // RFC 9114 §4.2: they belong to connections of another kind.
            Id::CONNECTION | Id::KEEP_ALIVE | Id::PROXY_CONNECTION | Id::TRANSFER_ENCODING | Id::UPGRADE => {
                return Err(NoHead::Malformed);
            }
            Id::TE if !value.eq_ignore_ascii_case(b"trailers") => return Err(NoHead::Malformed),
            Id::COOKIE => {
                if !self.cookies.is_empty() {
                    self.cookies.extend_from_slice(b"; ");
                }
                self.cookies.extend_from_slice(value);
            }
            _ => headers.receive(key, value),
        }
        Ok(())
    }
}

impl Pseudo {
    fn take(&mut self, name: &[u8], value: &[u8]) -> Result<(), NoHead> {
        let slot = match name {
            b"method" => &mut self.method,
            b"scheme" => &mut self.scheme,
            b"authority" => &mut self.authority,
            b"path" => &mut self.path,
            b"protocol" => &mut self.protocol,
            _ => return Err(NoHead::Malformed),
        };
        if slot.is_some() || !is_value(value) {
            return Err(NoHead::Malformed);
        }
        *slot = Some(value.to_vec());
        Ok(())
    }
}

fn complete(pseudo: Pseudo, ex: &mut Exchange, options: &EntryOptions) -> Result<Head, NoHead> {
    let Pseudo { method: Some(method), scheme, authority, path, protocol } = pseudo else {
        return Err(NoHead::Malformed);
    };
    if method.is_empty() || !method.iter().all(|byte| is_token(*byte)) {
        return Err(NoHead::Malformed);
    }
    ex.method = Method::from_token(&method);
    let is_connect = ex.method == Method::Connect;
    if is_connect && protocol.is_none() {
        // RFC 9114 §4.4: it has an authority and nothing else.
        let is_good = scheme.is_none() && path.is_none() && authority.is_some();
        return Err(if is_good { NoHead::Failed(Failure::ConnectMethod) } else { NoHead::Malformed });
    }
    let (Some(scheme), Some(path)) = (scheme, path) else { return Err(NoHead::Malformed) };
    if scheme.is_empty() || path.is_empty() || protocol.is_some() && !is_connect {
        return Err(NoHead::Malformed);
    }
    take_host(authority, ex)?;
    let is_asterisk = path == b"*" && ex.method == Method::Options;
    if !is_asterisk {
        ex.target.parse(&path, options.cleaning, options.semicolons).map_err(NoHead::Failed)?;
    }
    let length = windrose_http::framing::content_length(&ex.headers).map_err(|_| NoHead::Malformed)?;
    match expectation(ex) {
        Some(true) => ex.expects_continue = ex.headers.take(Id::EXPECT),
        Some(false) => return Err(NoHead::Failed(Failure::BadRequest)),
        None => {}
    }
    if let Some(protocol) = &protocol {
        offer_web_socket(ex, protocol).map_err(NoHead::Failed)?;
    }
    // RFC 9110 §7.1: it asks about the gateway, not about anything behind it.
    let reply = is_asterisk.then(|| Reply::empty(200));
    Ok(Head { length, reply, is_tunnel: protocol.is_some(), fields: 0, bytes: 0 })
}

fn take_host(authority: Option<Vec<u8>>, ex: &mut Exchange) -> Result<(), NoHead> {
    let mut hosts = ex.headers.get_all(Id::HOST);
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(NoHead::Failed(Failure::BadRequest));
    }
    match (authority, host) {
        (Some(authority), host) => {
            // RFC 9114 §4.3.1.
            if authority.is_empty() || host.is_some_and(|host| !host.eq_ignore_ascii_case(&authority)) {
                return Err(NoHead::Failed(Failure::BadRequest));
            }
            ex.host.set(&authority).map_err(NoHead::Failed)?;
        }
        (None, Some(host)) if !host.is_empty() => ex.host.set(host).map_err(NoHead::Failed)?,
        (None, _) => return Err(NoHead::Malformed),
    }
    drop(hosts);
    ex.headers.take(Id::HOST);
    Ok(())
}

/// Names are written in lower case (RFC 9114 §4.2).
fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| is_token(*byte) && !byte.is_ascii_uppercase())
}

/// What a field counts beside its bytes (RFC 9114 §4.2.2).
const FIELD: usize = 32;

#[cfg(test)]
mod tests;
