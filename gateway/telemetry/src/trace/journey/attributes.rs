//! What spans say of requests and answers, by the names of OpenTelemetry.

use windrose_http::{Exchange, Headers, Id, Protocol};

use super::ATTRIBUTE;
use super::query::{full, parts, sanitized};
use crate::otlp::wire::{Message, Value};
use crate::trace::settings::{Captured, Tracing};

/// The request of a client.
pub(super) fn request(message: &mut Message<'_>, settings: &Tracing, ex: &Exchange) {
    let query = sanitized(ex.target.query().unwrap_or_default(), &settings.safe_parameters);
    let scheme = ex.headers.get(Id::X_FORWARDED_PROTO).unwrap_or_else(|| ex.scheme().as_bytes());
    text(message, "entry_point", ex.conn.entry_point.as_bytes());
    text(message, "http.request.method", ex.method.as_str().as_bytes());
    text(message, "network.protocol.version", version(ex.protocol).as_bytes());
    text(message, "url.path", ex.target.path().as_bytes());
    text(message, "url.query", query.as_bytes());
    text(message, "url.scheme", scheme);
    text(message, "user_agent.original", ex.headers.get(Id::USER_AGENT).unwrap_or_default());
    text(message, "server.address", ex.host.as_str().as_bytes());
    let (address, port) = (ex.conn.peer_ip.as_bytes(), Value::Number(ex.conn.peer.port().into()));
    text(message, "network.peer.address", address);
    text(message, "client.address", address);
    message.attribute(ATTRIBUTE, "client.port", port);
    message.attribute(ATTRIBUTE, "network.peer.port", port);
    fields(message, &settings.request_fields, &ex.headers);
}

/// A request to a server, as it is about to be sent.
pub(super) fn outgoing(message: &mut Message<'_>, settings: &Tracing, ex: &Exchange, server: &str) {
    let url = full(server, ex.target.path(), ex.target.query(), &settings.safe_parameters);
    let (scheme, host, port) = parts(server);
    let port = Value::Number(port.into());
    text(message, "http.request.method", ex.method.as_str().as_bytes());
    text(message, "network.protocol.version", if server.starts_with("h2c:") { "2" } else { "1.1" });
    text(message, "url.full", url.as_bytes());
    text(message, "url.scheme", scheme.as_bytes());
    text(message, "user_agent.original", ex.headers.get(Id::USER_AGENT).unwrap_or_default());
    text(message, "network.peer.address", host.as_bytes());
    message.attribute(ATTRIBUTE, "network.peer.port", port);
    text(message, "server.address", host.as_bytes());
    message.attribute(ATTRIBUTE, "server.port", port);
    fields(message, &settings.request_fields, &ex.headers);
}

/// Fields of an answer that are recorded.
pub(super) fn answer_fields(message: &mut Message<'_>, settings: &Tracing, headers: &Headers) {
    fields(message, &settings.answer_fields, headers);
}

fn fields(message: &mut Message<'_>, captured: &[Captured], headers: &Headers) {
    for Captured { field, attribute } in captured {
        let values: Vec<&[u8]> = headers.get_all(&**field).collect();
        if !values.is_empty() {
            message.attribute(ATTRIBUTE, attribute, Value::List(&values));
        }
    }
}

fn text(message: &mut Message<'_>, name: &str, value: impl AsRef<[u8]>) {
    message.attribute(ATTRIBUTE, name, Value::Text(value.as_ref()));
}

const fn version(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http10 => "1.0",
        Protocol::Http11 => "1.1",
        Protocol::Http2 => "2",
        Protocol::Http3 => "3",
    }
}
