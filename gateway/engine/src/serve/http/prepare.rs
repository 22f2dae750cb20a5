//! Makes a request fit to be routed and sent on: what belonged to one connection goes, what the gateway owns
//! is taken from strangers and written by the gateway.

use windrose_http::exchange::{Trust, Upgrade};
use windrose_http::{Exchange, Failure, Headers, Id};
use windrose_wire::field::owned_alias;

use super::offered::offered;
use crate::entry::{EntryOptions, Treatment};

/// Prepares the fields of a request whose target and host are known.
pub(crate) fn prepare(ex: &mut Exchange, options: &EntryOptions, host_name: &str) -> Result<(), Failure> {
    let named = connection_names(ex, options)?;
    let sends_trailers = ex.headers.has_token(Id::TE, "trailers");
    let streams = ex.body.length().is_none();
    let trusted = ex.conn.trust == Trust::Trusted;
    let (mut refused, mut withholds) = (false, false);
    ex.headers.retain(|field| {
        if field.id != Id::OTHER {
            return match field.id {
                Id::TE => sends_trailers,
                // Not for the server, but whoever asks another one about the request passes it on (RFC 7235 §4.4).
                Id::PROXY_AUTHORIZATION => {
                    withholds = true;
                    true
                }
                Id::TRAILER => streams,
                id if id.is_hop_by_hop() || id.is_framing() => false,
                id if id.is_owned() => trusted,
                // RFC 7239 says the same things as the owned fields, and servers believe it as they do those.
                Id::FORWARDED => trusted && !is_named(&named, field.name),
                _ => !is_named(&named, field.name),
            };
        }
        match options.odd_names.judge(field.name) {
            Treatment::Keep => {}
            treatment => {
                refused |= treatment == Treatment::Reject;
                return false;
            }
        }
        // A trusted peer does not write them: it passes on what its own client did.
        if owned_alias(field.name).is_some() {
            return false;
        }
        !is_named(&named, field.name)
    });
    if refused {
        return Err(Failure::BadHeaderName);
    }
    if withholds {
        ex.headers.withhold(Id::PROXY_AUTHORIZATION.text().as_bytes());
    }
    named.iter().for_each(|name| ex.headers.claim(&**name));
    ex.appends_peer = options.appends_peer;
    forward(ex, options, host_name);
    ex.headers.merge_spellings();
    Ok(())
}

/// The names that Connection lists, but for those that may stay and those that are not the client's to remove.
fn connection_names(ex: &mut Exchange, options: &EntryOptions) -> Result<Vec<Box<[u8]>>, Failure> {
    let mut names = Vec::new();
    let mut withheld: Vec<Box<[u8]>> = Vec::new();
    let mut upgrades = false;
    for value in ex.headers.get_all(Id::CONNECTION) {
        for name in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            if name.eq_ignore_ascii_case(b"upgrade") {
                upgrades = true;
            } else if name.eq_ignore_ascii_case(b"keep-alive")
                || name.eq_ignore_ascii_case(b"close")
                || Id::of(name).is_owned()
            {
            } else if options.kept_connection.iter().any(|kept| kept.as_bytes().eq_ignore_ascii_case(name)) {
                withheld.push(Box::from(name));
            } else if !name.is_empty() {
                names.push(Box::from(name));
            }
            if names.len() + withheld.len() > MOST_NAMED {
                return Err(Failure::BadRequest);
            }
        }
    }
    withheld.iter().for_each(|name| ex.headers.withhold(name));
    if upgrades {
        ex.offer = offered(ex);
    }
    Ok(names)
}

fn is_named(names: &[Box<[u8]>], name: &[u8]) -> bool {
    names.iter().any(|named| named.eq_ignore_ascii_case(name))
}

/// Writes the X-Forwarded fields that are not there; X-Forwarded-For is completed when the request is sent.
fn forward(ex: &mut Exchange, options: &EntryOptions, host_name: &str) {
    let Exchange { headers, conn, host, offer, .. } = ex;
    let trusted = conn.trust == Trust::Trusted;
    let missing = |headers: &Headers, id| !trusted || headers.get(id).is_none_or(<[u8]>::is_empty);
    if missing(headers, Id::X_REAL_IP) {
        put(headers, trusted, Id::X_REAL_IP, conn.peer_ip.as_bytes());
    }
    let proto: &[u8] = match (offer.protocols().contains(&Upgrade::WebSocket), conn.tls.is_some()) {
        (true, true) => b"wss",
        (true, false) => b"ws",
        (false, true) => b"https",
        (false, false) => b"http",
    };
    if missing(headers, Id::X_FORWARDED_PROTO) {
        put(headers, trusted, Id::X_FORWARDED_PROTO, proto);
    }
    if missing(headers, Id::X_FORWARDED_PORT) {
        let told = headers.get(Id::X_FORWARDED_PROTO);
        let is_secure = conn.tls.is_some() || matches!(told, Some(b"https" | b"wss"));
        let port = host.port().unwrap_or(if is_secure { 443 } else { 80 });
        put(headers, trusted, Id::X_FORWARDED_PORT, itoa::Buffer::new().format(port).as_bytes());
    }
    if options.adds_scheme {
        let proto = headers.get(Id::X_FORWARDED_PROTO).unwrap_or(proto).to_vec();
        headers.set(Id::X_FORWARDED_SCHEME, &proto);
        headers.set(Id::X_SCHEME, &proto);
    }
    if !host.as_str().is_empty() && missing(headers, Id::X_FORWARDED_HOST) {
        put(headers, trusted, Id::X_FORWARDED_HOST, host.as_str().as_bytes());
    }
    if trusted {
        join_forwarded_for(headers);
        headers.set(Id::X_FORWARDED_SERVER, host_name);
    } else {
        headers.push(Id::X_FORWARDED_SERVER, host_name.as_bytes());
    }
}

fn put(headers: &mut Headers, trusted: bool, id: Id, value: &[u8]) {
    if trusted {
        headers.set(id, value);
    } else {
        headers.push(id, value);
    }
}

/// Makes several X-Forwarded-For lines one.
fn join_forwarded_for(headers: &mut Headers) {
    if headers.get_all(Id::X_FORWARDED_FOR).nth(1).is_some() {
        let joined = headers.get_all(Id::X_FORWARDED_FOR).collect::<Vec<_>>().join(&b", "[..]);
        headers.set(Id::X_FORWARDED_FOR, &joined);
    }
}

/// Names that a Connection field may list: each is compared with every field.
const MOST_NAMED: usize = 64;
