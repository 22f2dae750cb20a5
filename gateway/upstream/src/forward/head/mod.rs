//! The head of a request as the server gets it.

use windrose_http::exchange::Upgrade;
use windrose_http::headers::write_field;
use windrose_http::{Exchange, Id, Method};

use windrose_wire::head::RequestLine;

use crate::endpoint::Endpoint;
use crate::service::PassHost;

/// How the body of an outgoing HTTP/1 request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Chunked,
}

/// Writes an HTTP/1.1 head; says how the body must be written, or nothing when there is no target to ask for.
pub(super) fn write(ex: &Exchange, to: &Endpoint, pass_host: PassHost, out: &mut Vec<u8>) -> Option<Coding> {
    line(ex, to)?.write(out);
    write_field(out, b"Host", host(ex, to, pass_host).as_bytes());
    write_fields(ex, out);
    if let Some(upgrade) = ex.offer.chosen() {
        out.extend_from_slice(b"Connection: Upgrade\r\n");
        write_field(out, b"Upgrade", upgrade.as_str().as_bytes());
    }
    let coding = match ex.body.length() {
        Some(0) => {
            if matches!(ex.method, Method::Post | Method::Put | Method::Patch) {
                out.extend_from_slice(b"Content-Length: 0\r\n");
            }
            Coding::Plain
        }
        Some(length) => {
            out.extend_from_slice(b"Content-Length: ");
            write_number(out, length);
            out.extend_from_slice(b"\r\n");
            Coding::Plain
        }
        None => {
            out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
            Coding::Chunked
        }
    };
    if ex.expects_continue && !ex.body.is_empty() {
        out.extend_from_slice(b"Expect: 100-continue\r\n");
    }
    out.extend_from_slice(b"\r\n");
    Some(coding)
}

/// What is asked of the server.
fn line<'a>(ex: &'a Exchange, to: &'a Endpoint) -> Option<RequestLine<'a>> {
    let prefix = to.prefix.as_deref().unwrap_or_default();
    RequestLine::new(ex.method.as_str().as_bytes(), prefix.as_bytes(), ex.target.as_str().as_bytes())
}

/// The host the server is told.
pub(super) fn host<'a>(ex: &'a Exchange, to: &'a Endpoint, pass_host: PassHost) -> &'a str {
    match pass_host {
        PassHost::Client if !ex.host.as_str().is_empty() => ex.host.as_str(),
        _ => &to.authority,
    }
}

fn write_fields(ex: &Exchange, out: &mut Vec<u8>) {
    let mut told = !ex.appends_peer;
    for field in ex.headers.iter() {
        if field.id == Id::X_FORWARDED_FOR && !told {
            told = true;
            out.extend_from_slice(field.name);
            out.extend_from_slice(b": ");
            if !field.value.is_empty() {
                out.extend_from_slice(field.value);
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(ex.conn.peer_ip.as_bytes());
            out.extend_from_slice(b"\r\n");
        } else if field.id == Id::TE {
            // Only its token `trailers` survived the preparation of the request.
            out.extend_from_slice(b"Te: trailers\r\n");
        } else if ex.headers.is_withheld(field.name) {
        } else if ex.offer.chosen() == Some(&Upgrade::WebSocket) && field.id.is_web_socket() {
            // Some servers know them in this spelling only.
            write_field(out, field.id.text().as_bytes(), field.value);
        } else {
            write_field(out, field.name, field.value);
        }
    }
    if !told {
        write_field(out, b"X-Forwarded-For", ex.conn.peer_ip.as_bytes());
    }
}

/// The value of X-Forwarded-For as the server gets it; `None` leaves the field alone.
pub(super) fn forwarded_for(ex: &Exchange) -> Option<String> {
    if !ex.appends_peer {
        return None;
    }
    let before = ex.headers.get_str(Id::X_FORWARDED_FOR).filter(|value| !value.is_empty());
    Some(
        before.map_or_else(|| ex.conn.peer_ip.to_string(), |before| format!("{before}, {}", ex.conn.peer_ip)),
    )
}

fn write_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = itoa::Buffer::new();
    out.extend_from_slice(digits.format(number).as_bytes());
}

#[cfg(test)]
mod tests;
