//! WebSockets that are asked for by CONNECT, in HTTP/2 (RFC 8441) and HTTP/3 (RFC 9220).

use std::cell::RefCell;
use std::hash::BuildHasher;

use data_encoding::BASE64;
use foldhash::quality::RandomState;
use windrose_http::exchange::{Offer, Upgrade};
use windrose_http::{Exchange, Failure, Id, Method};

/// Makes of the request what it is in HTTP/1.1, so that routes, middlewares and servers see the same.
///
/// # Errors
/// It asks for another protocol than WebSocket.
pub(in crate::serve) fn offer_web_socket(ex: &mut Exchange, protocol: &[u8]) -> Result<(), Failure> {
    if !protocol.eq_ignore_ascii_case(b"websocket") {
        return Err(Failure::ConnectMethod);
    }
    ex.method = Method::Get;
    ex.offer = Offer::new(vec![Upgrade::WebSocket]);
    ex.expects_continue = false;
    ex.headers.take(Id::SEC_WEBSOCKET_KEY);
    ex.headers.receive(Id::SEC_WEBSOCKET_KEY, key());
    Ok(())
}

/// A key as HTTP/1.1 wants one (RFC 6455 §4.1): it shows that a server has understood what it was asked, and hides
/// nothing.
fn key() -> String {
    thread_local! {
        static MADE: RefCell<(RandomState, u64)> = RefCell::default();
    }
    MADE.with_borrow_mut(|(random, made)| {
        *made += 1;
        let halves = [random.hash_one((*made, 0)), random.hash_one((*made, 1))];
        BASE64.encode(&halves.map(u64::to_be_bytes).concat())
    })
}
