//! A request as one JSON object, its keys in order.

use std::fmt::Display;
use std::io::Write;

use super::escape::{json, json_inner};
use super::stamp::Where;
use super::{Facts, Field, Header, Of, Stamps, number};
use crate::access::Kept;

pub(super) fn write(facts: &Facts<'_>, kept: &Kept, stamps: &mut Stamps, out: &mut Vec<u8>) {
    let mut object = Object { kept, out, is_first: true };
    object.out.push(b'{');
    // The entry point's name stands behind the answer's fields, since small letters come after capitals.
    for field in Field::ALL.iter().filter(|field| **field != Field::EntryPointName) {
        object.field(facts, stamps, *field);
    }
    object.headers(facts.headers, Of::Downstream, b"downstream_");
    if kept.has(Field::EntryPointName) {
        object.text("entryPointName", facts.entry_point.as_bytes());
    }
    object.text("level", b"info");
    object.text("msg", b"");
    object.headers(facts.headers, Of::Origin, b"origin_");
    object.headers(facts.headers, Of::Request, b"request_");
    object.key("time");
    object.stamp(|out| stamps.seconds(facts.began + facts.took, out));
    object.out.push(b'}');
}

struct Object<'a> {
    kept: &'a Kept,
    out: &'a mut Vec<u8>,
    is_first: bool,
}

impl Object<'_> {
    fn field(&mut self, facts: &Facts<'_>, stamps: &mut Stamps, field: Field) {
        if !self.kept.has(field) {
            return;
        }
        let name = field.name();
        let nanos = |of: std::time::Duration| u64::try_from(of.as_nanos()).unwrap_or(u64::MAX);
        let origin = facts.origin_took.unwrap_or_default();
        match field {
            Field::ClientAddr => self.shown(name, facts.peer),
            Field::ClientHost => self.text(name, facts.client()),
            Field::ClientPort => self.shown(name, facts.peer.map(|peer| peer.port())),
            Field::ClientUsername => self.text(name, facts.user.unwrap_or(b"-")),
            Field::DownstreamContentSize => self.number(name, facts.size),
            Field::DownstreamStatus => self.number(name, facts.status.into()),
            Field::Duration => self.number(name, nanos(facts.took)),
            Field::GzipRatio => self.ratio(name, facts),
            Field::OriginContentSize => self.number(name, facts.origin_size),
            Field::OriginDuration => self.number(name, nanos(origin)),
            Field::OriginStatus => self.number(name, facts.origin_status.into()),
            Field::Overhead => self.number(name, nanos(facts.took.saturating_sub(origin))),
            Field::RequestAddr => self.unless_empty(name, facts.address),
            Field::RequestContentSize => self.number(name, facts.received),
            Field::RequestCount => self.number(name, facts.count),
            Field::RequestHost => self.unless_empty(name, facts.host),
            Field::RequestMethod => self.text(name, facts.method),
            Field::RequestPath => self.text(name, facts.path(self.kept)),
            Field::RequestPort if facts.address.is_empty() => {}
            Field::RequestPort => match facts.port {
                Some(port) => self.text(name, itoa::Buffer::new().format(port).as_bytes()),
                None => self.text(name, b"-"),
            },
            Field::RequestProtocol => self.text(name, facts.protocol.as_bytes()),
            Field::RequestScheme => self.text(name, facts.scheme.as_bytes()),
            Field::RetryAttempts => self.number(name, facts.retries.into()),
            Field::RouterName => self.some(name, facts.router),
            Field::ServiceAddr => self.some(name, facts.service.map(|(_, url)| address(url))),
            Field::ServiceName => self.some(name, facts.service.map(|(service, _)| service)),
            Field::ServiceUrl => self.some(name, facts.service.map(|(_, url)| url)),
            Field::StartLocal => self.time(name, facts, stamps, Where::Here),
            Field::StartUtc => self.time(name, facts, stamps, Where::Utc),
            Field::TlsCipher => {
                if let Some(tls) = facts.tls {
                    self.key(name);
                    self.out.push(b'"');
                    cipher(tls.cipher, self.out);
                    self.out.push(b'"');
                }
            }
            Field::TlsClientSubject => self.some(name, facts.tls.and_then(|tls| tls.subject)),
            Field::TlsVersion => self.some(name, facts.tls.map(|tls| tls.version)),
            Field::EntryPointName => {}
        }
    }

    /// The fields of one side; several of one name are one value.
    fn headers(&mut self, headers: &[Header<'_>], of: Of, prefix: &[u8]) {
        let own = headers.iter().filter(|field| field.of == of);
        let mut last: Option<&[u8]> = None;
        for field in own {
            match last.replace(field.name) {
                Some(last) if last == field.name => self.out.push(b','),
                Some(_) => {
                    self.out.push(b'"');
                    self.header(prefix, field.name);
                }
                None => self.header(prefix, field.name),
            }
            json_inner(field.value, self.out);
        }
        if last.is_some() {
            self.out.push(b'"');
        }
    }

    /// The name of a field, and the quote before its value.
    fn header(&mut self, prefix: &[u8], name: &[u8]) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(prefix);
        // A name is a token, so it needs no escapes but for one character.
        for (place, part) in name.split(|byte| *byte == b'&').enumerate() {
            if place > 0 {
                self.out.extend_from_slice(b"\\u0026");
            }
            self.out.extend_from_slice(part);
        }
        self.out.extend_from_slice(b"\":\"");
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
    }

    fn key(&mut self, name: &str) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, text: &[u8]) {
        self.key(name);
        json(text, self.out);
    }

    fn some(&mut self, name: &str, text: Option<impl AsRef<[u8]>>) {
        if let Some(text) = text {
            self.text(name, text.as_ref());
        }
    }

    /// What needs no escapes.
    fn shown(&mut self, name: &str, of: Option<impl Display>) {
        if let Some(of) = of {
            self.key(name);
            // Writing to memory cannot fail.
            let _ = write!(self.out, "\"{of}\"");
        }
    }

    fn unless_empty(&mut self, name: &str, text: &[u8]) {
        if !text.is_empty() {
            self.text(name, text);
        }
    }

    fn number(&mut self, name: &str, of: u64) {
        self.key(name);
        number(of, self.out);
    }

    /// How much smaller the answer became on its way; it says nothing where it stayed as it was or was nothing.
    fn ratio(&mut self, name: &str, facts: &Facts<'_>) {
        if facts.size == facts.origin_size || facts.size == 0 {
            return;
        }
        self.key(name);
        #[allow(clippy::cast_precision_loss, reason = "nobody compares more digits than there are")]
        let ratio = facts.origin_size as f64 / facts.size as f64;
        self.out.extend_from_slice(ratio.to_string().as_bytes());
    }

    fn time(&mut self, name: &str, facts: &Facts<'_>, stamps: &mut Stamps, at: Where) {
        self.key(name);
        self.stamp(|out| stamps.exact(facts.began, at, out));
    }

    fn stamp(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.out.push(b'"');
        write(self.out);
        self.out.push(b'"');
    }
}

/// Host and port of a server's URL, as they are written there.
fn address(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, address)| address)
}

/// The name that everybody but our library has for a cipher suite.
pub(crate) fn cipher(name: &str, out: &mut Vec<u8>) {
    match name.strip_prefix("TLS13_") {
        Some(rest) => {
            out.extend_from_slice(b"TLS_");
            out.extend_from_slice(rest.as_bytes());
        }
        None => out.extend_from_slice(name.as_bytes()),
    }
}
