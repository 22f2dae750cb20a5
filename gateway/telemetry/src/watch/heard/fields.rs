//! What is kept of the fields of requests and answers.

use windrose_http::{Exchange, Headers, Reply};

use super::{Heard, SWITCHED};
use crate::access::Mode;
use crate::line::{Of, canonical};
use crate::metrics::Kind;
use crate::watch::Written;

impl Heard {
    /// Takes over what is kept of the fields of one side; `length` is that of the body, which stands in none of them.
    fn take(&mut self, of: Of, headers: &Headers, length: Option<u64>) {
        let Some(desk) = self.desk.clone() else { return };
        let Some(Written { access, .. }) = &desk.access else { return };
        let kept = &access.kept.headers;
        if kept.is_nothing() {
            return;
        }
        for field in headers.iter() {
            let value = match kept.mode(field.name) {
                Mode::Drop => continue,
                Mode::Keep => field.value,
                Mode::Redact => REDACTED,
            };
            self.field(of, field.name, value);
        }
        if let Some(length) = length {
            let mut digits = itoa::Buffer::new();
            match kept.mode(b"Content-Length") {
                Mode::Drop => {}
                Mode::Keep => self.field(of, b"Content-Length", digits.format(length).as_bytes()),
                Mode::Redact => self.field(of, b"Content-Length", REDACTED),
            }
        }
    }

    fn field(&mut self, of: Of, name: &[u8], value: &[u8]) {
        let start = self.text.len();
        canonical(name, &mut self.text);
        let name = start..self.text.len();
        let value = self.put(value);
        self.headers.push((of, name, value));
    }

    /// Takes over the fields of the request, as they are by now.
    pub(super) fn take_request(&mut self, ex: &Exchange) {
        let length =
            std::str::from_utf8(self.get(&self.content_length)).ok().and_then(|text| text.parse().ok());
        self.take(Of::Request, &ex.headers, length);
        self.take_switch(Of::Request);
    }

    /// Takes over the fields of an answer; `is_whole` is whether the server has said how long it is.
    pub(super) fn take_answer(&mut self, of: Of, reply: &Reply, is_whole: bool) {
        let of_body = || reply.body.length().filter(|_| reply.status != NOT_MODIFIED);
        let length = reply.declared_length.get().or_else(of_body);
        self.take(of, &reply.headers, length.filter(|_| is_whole && has_length(reply.status)));
        if reply.status == SWITCHED {
            self.take_switch(of);
        }
    }

    /// Takes over the fields by which a connection becomes a WebSocket: they belong to the connection, and go when a
    /// message is prepared.
    fn take_switch(&mut self, of: Of) {
        let Some(desk) = self.desk.clone() else { return };
        let Some(Written { access, .. }) = &desk.access else { return };
        if self.kind != Kind::WebSocket {
            return;
        }
        for (name, value) in [(&b"Connection"[..], &b"Upgrade"[..]), (b"Upgrade", b"websocket")] {
            match access.kept.headers.mode(name) {
                Mode::Drop => {}
                Mode::Keep => self.field(of, name, value),
                Mode::Redact => self.field(of, name, REDACTED),
            }
        }
    }
}

/// Whether answers of this status say how long they are.
const fn has_length(status: u16) -> bool {
    !matches!(status, 100..=199 | 204)
}

const REDACTED: &[u8] = b"REDACTED";
/// Speaks of a body that is not there.
const NOT_MODIFIED: u16 = 304;
