//! Connections of entry points that have routes of TCP, or look for PROXY headers: whose they are, and what they are for.
//!
//! Where there is neither, no connection comes here. What turns out to be for HTTP goes on as it does there.

mod carry;
mod postgres;
mod proxy;

use std::sync::Arc;

use bytes::BytesMut;
use windrose_http::Conn;
use windrose_stream::{Io, Socket};
use windrose_wire::client_hello::{ClientHello, Defect, Outcome, Scan, ServerName};

use super::detect::{self, hello};
use super::http::Gate;
use crate::route::tcp::{TcpRoute, TcpRoutes};
use crate::worker::SlotGuard;
#[cfg(test)]
pub(in crate::serve) use carry::size_of_carry;
use carry::{Client, Greeting};

/// What a client says first.
enum Words {
    /// It wants TLS.
    Tls(ClientHello),
    /// It wants TLS, and cannot have it.
    Refused(Defect),
    /// It speaks PostgreSQL and wants TLS.
    Postgres,
    /// Anything else.
    Other,
}

/// Serves a connection that was just accepted.
pub async fn serve(gate: Gate, mut conn: Conn, mut socket: Socket, slot: SlotGuard) {
    let mut read = BytesMut::new();
    if !proxy::take_header(&gate.options, &mut conn, &mut socket, &mut read, &slot).await {
        return;
    }
    detect::await_words(&gate, &slot);
    let peer = conn.peer.ip();
    if let Some(route) = find(&gate, |routes| routes.find_plain(peer).filter(|_| routes.is_plain_only())) {
        let client = Client { gate, conn, socket, read, hello: None };
        return Box::pin(carry::carry(client, route, Greeting::None, slot)).await;
    }
    let Some(words) = words(&mut socket, &mut read, &slot).await else { return };
    match words {
        Words::Other => match find(&gate, |routes| routes.find_plain(peer)) {
            Some(route) => {
                let client = Client { gate, conn, socket, read, hello: None };
                Box::pin(carry::carry(client, route, Greeting::None, slot)).await;
            }
            None => Box::pin(detect::plain(gate, conn, socket, read, slot)).await,
        },
        Words::Refused(defect) => hello::refuse(conn, socket, defect).await,
        Words::Tls(ClientHello { server_name: ServerName::Unusable(name), .. }) => {
            hello::refuse_name(gate, conn, socket, name).await;
        }
        Words::Tls(hello) => {
            // Challenges of certificate authorities are answered by the gateway itself.
            let is_challenge = !gate.options.acme_by_pass && hello.offers(ACME_TLS);
            match find(&gate, |routes| routes.find_secure(&hello, peer)).filter(|_| !is_challenge) {
                Some(route) => {
                    let client = Client { gate, conn, socket, read, hello: Some(hello) };
                    Box::pin(carry::carry(client, route, Greeting::None, slot)).await;
                }
                None => Box::pin(hello::accept(gate, conn, socket, read, hello, slot)).await,
            }
        }
        Words::Postgres if gate.worker.has_tcp_routes(gate.listener) => {
            let client = Client { gate, conn, socket, read, hello: None };
            Box::pin(postgres::serve(client, slot)).await;
        }
        Words::Postgres => Box::pin(detect::plain(gate, conn, socket, read, slot)).await,
    }
}

/// A route that the entry point has now. Only that one is held as long as a connection needs it.
fn find(gate: &Gate, find: impl FnOnce(&TcpRoutes) -> Option<&Arc<TcpRoute>>) -> Option<Arc<TcpRoute>> {
    let snapshot = gate.worker.snapshot();
    find(snapshot.listeners.get(gate.listener)?.tcp.as_deref()?).cloned()
}

/// Reads until it is known what the client wants; `None` when it goes away or takes too long.
async fn words(socket: &mut Socket, read: &mut BytesMut, slot: &SlotGuard) -> Option<Words> {
    let mut scan = Scan::default();
    let mut is_news = !read.is_empty();
    loop {
        if !std::mem::take(&mut is_news) && !detect::read_more(socket, read, slot).await {
            return None;
        }
        return Some(match read.first() {
            Some(&detect::HANDSHAKE) => match scan.advance(read) {
                Outcome::NeedMore => continue,
                Outcome::Hello(hello) => Words::Tls(hello),
                Outcome::Invalid(defect) => Words::Refused(defect),
                Outcome::NotTls => Words::Other,
            },
            // A hello of times past names nobody (traefik: the same).
            Some(&SSLV2) => Words::Tls(ClientHello::default()),
            _ => match postgres::is_request(read) {
                None => continue,
                Some(true) => Words::Postgres,
                Some(false) => Words::Other,
            },
        });
    }
}

/// A stream of the client's own bytes, those that were read first.
fn stream(socket: Socket, read: BytesMut) -> Io {
    Io::ahead(read, Io::Plain(socket))
}

const SSLV2: u8 = 0x80;
/// RFC 8737 §6.2.
const ACME_TLS: &[u8] = b"acme-tls/1";
