//! A server that changes the protocol: only to the one it was asked for.

use windrose_http::exchange::Upgrade;
use windrose_http::{Exchange, Failure, Headers, Id, Reply};
use windrose_stream::Io;

use super::client::Client;
use super::upload::Upload;
use super::{Broken, accept};

/// Makes a tunnel of a connection whose server has answered 101. It has agreed when it has read the whole request and
/// names the protocol that it was asked for (RFC 9110 §7.8); anything else is nothing that bytes may follow.
pub(super) fn agreed(
    client: Client,
    upload: &Upload,
    mut headers: Headers,
    ex: &Exchange,
) -> Result<Reply, Broken> {
    let agrees = ex.offer.chosen().is_some_and(|asked| agrees(asked, ex, &headers));
    if !agrees || !upload.is_done() {
        return Err(Failure::BadUpgrade.into());
    }
    headers.retain(|field| !field.id.is_framing() && !field.id.is_hop_by_hop());
    let mut reply = Reply { headers, ..Reply::empty(101) };
    reply.upgrade = Some(Box::new(Io::ahead(client.read, client.io)));
    Ok(reply)
}

fn agrees(asked: &Upgrade, ex: &Exchange, headers: &Headers) -> bool {
    let is_named = headers.has_token(Id::CONNECTION, "upgrade")
        && only(headers, Id::UPGRADE).is_some_and(|named| asked.is(named));
    let is_understood = || {
        let key = only(&ex.headers, Id::SEC_WEBSOCKET_KEY).map(accept);
        let told = only(headers, Id::SEC_WEBSOCKET_ACCEPT);
        key.is_some_and(|accept| told == Some(accept.as_bytes()))
    };
    is_named && (*asked != Upgrade::WebSocket || is_understood())
}

/// The value of a field that is there once.
fn only(headers: &Headers, id: Id) -> Option<&[u8]> {
    let mut values = headers.get_all(id);
    values.next().filter(|_| values.next().is_none())
}
