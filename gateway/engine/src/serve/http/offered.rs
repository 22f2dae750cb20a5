//! The protocols that a client wants to change to.

use windrose_http::exchange::{Offer, Upgrade};
use windrose_http::{Exchange, Id, Method, Protocol};

/// What a client that has the option `upgrade` in Connection offers. Whether a service passes it on is its affair.
pub(super) fn offered(ex: &Exchange) -> Offer {
    if ex.protocol != Protocol::Http11 {
        return Offer::default();
    }
    let tokens = ex.headers.get_all(Id::UPGRADE).flat_map(|value| value.split(|byte| *byte == b','));
    let protocols = tokens.map(<[u8]>::trim_ascii).filter_map(Upgrade::from_token);
    let usable = protocols.filter(|protocol| *protocol != Upgrade::WebSocket || opens_web_socket(ex));
    Offer::new(usable.take(MOST_OFFERED).collect())
}

/// Whether it is the opening of a WebSocket (RFC 6455 §4.1): a GET without a body, and one key, without which nobody
/// could tell whether the server has understood it.
fn opens_web_socket(ex: &Exchange) -> bool {
    ex.method == Method::Get
        && ex.body.is_empty()
        && ex.headers.get_all(Id::SEC_WEBSOCKET_KEY).take(2).count() == 1
}

/// Nobody needs more than two.
const MOST_OFFERED: usize = 8;
