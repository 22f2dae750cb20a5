//! PostgreSQL, whose clients ask for TLS in words of their own before they begin it.

use bytes::Buf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windrose_stream::Io;
use windrose_wire::client_hello::{ClientHello, ServerName};

use super::carry::{self, Client, Greeting};
use super::{Words, find, words};
use crate::serve::detect;
use crate::serve::detect::hello;
use crate::worker::SlotGuard;

/// Whether the bytes ask for TLS; `None` when it cannot be told yet.
pub(super) fn is_request(read: &[u8]) -> Option<bool> {
    let length = read.len().min(SSL_REQUEST.len());
    let is_alike = read.get(..length) == SSL_REQUEST.get(..length);
    if is_alike && length < SSL_REQUEST.len() { None } else { Some(is_alike) }
}

/// Answers a client that asked for TLS: it can have it, and then says whom it wants.
pub(super) async fn serve(mut client: Client, slot: SlotGuard) {
    client.read.advance(SSL_REQUEST.len());
    if client.socket.write_all(WILLING).await.is_err() {
        return;
    }
    detect::await_words(&client.gate, &slot);
    let hello = match words(&mut client.socket, &mut client.read, &slot).await {
        Some(Words::Tls(ClientHello { server_name: ServerName::Unusable(name), .. })) => {
            return hello::refuse_name(client.gate, client.conn, client.socket, name).await;
        }
        Some(Words::Tls(hello)) => hello,
        Some(Words::Refused(defect)) => return hello::refuse(client.conn, client.socket, defect).await,
        Some(Words::Other | Words::Postgres) | None => return,
    };
    let peer = client.conn.peer.ip();
    match find(&client.gate, |routes| routes.find_raw(&hello, peer)) {
        Some(route) => {
            carry::carry(Client { hello: Some(hello), ..client }, route, Greeting::Postgres, slot).await;
        }
        None => tracing::debug!(peer = %client.conn.peer, "no route for this connection of PostgreSQL"),
    }
}

/// Asks a server for TLS on behalf of a client that has asked already.
///
/// # Errors
/// It does not want to, or is none of PostgreSQL.
pub(super) async fn ask(server: &mut Io) -> std::io::Result<()> {
    server.write_all(SSL_REQUEST).await?;
    let mut answer = [0];
    server.read_exact(&mut answer).await?;
    if answer == *WILLING { Ok(()) } else { Err(std::io::ErrorKind::ConnectionRefused.into()) }
}

/// A length, and the number that stands for the wish.
const SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 4, 210, 22, 47];
const WILLING: &[u8; 1] = b"S";
