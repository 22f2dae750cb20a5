//! Looks at the first bytes of a connection and hands it to the protocol they belong to.

use std::future::poll_fn;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};
use windrose_http::Conn;
use windrose_http::exchange::{Duplex, Tls};
use windrose_stream::{Ahead, Io, Socket, buffer};
use windrose_tls::Refused;
use windrose_wire::client_hello::{ClientHello, Defect, Outcome, Scan, ServerName};

use super::http::{Accepted, Gate};
use super::{h1, h2};
use crate::worker::{Deadline, SlotGuard};

/// Serves a connection that was just accepted.
pub async fn serve(gate: Gate, conn: Conn, mut socket: Socket, slot: SlotGuard) {
    slot.set_deadline(
        gate.options.read_timeout.or(gate.options.idle_timeout).map_or(Deadline::None, Deadline::In),
    );
    let mut read = BytesMut::new();
    let mut scan = Scan::default();
    loop {
        if !read_more(&mut socket, &mut read, &slot).await {
            return;
        }
        if read.first() == Some(&HANDSHAKE) {
            match scan.advance(&read) {
                Outcome::NeedMore => continue,
                Outcome::Hello(ClientHello { server_name: ServerName::Unusable(name), .. }) => {
                    return Box::pin(refuse_name(gate, conn, socket, name)).await;
                }
                Outcome::Hello(_) => return Box::pin(accept_tls(gate, conn, socket, read, slot)).await,
                Outcome::Invalid(defect) => return Box::pin(refuse_hello(conn, socket, defect)).await,
                Outcome::NotTls => return,
            }
        }
        match is_http2(&read) {
            None => {}
            Some(true) => {
                return Box::pin(h2::serve(gate, Rc::new(conn), Io::Plain(socket), read, slot)).await;
            }
            Some(false) => return h1::serve(gate, Rc::new(conn), Io::Plain(socket), read, slot).await,
        }
    }
}

/// Whether the bytes begin an HTTP/2 connection (RFC 9113 §3.4); `None` when it cannot be told yet.
fn is_http2(read: &[u8]) -> Option<bool> {
    let len = read.len().min(PREFACE.len());
    let same = read.get(..len) == PREFACE.get(..len);
    if same && len < PREFACE.len() { None } else { Some(same) }
}

/// Reads once; says whether there is anything to go on with.
async fn read_more(socket: &mut Socket, read: &mut BytesMut, slot: &SlotGuard) -> bool {
    poll_fn(|cx| {
        slot.watch(cx);
        if slot.is_late() {
            return Poll::Ready(false);
        }
        if slot.is_closing() {
            slot.hurry();
        }
        if read.is_empty() {
            match socket.poll_readable(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                Poll::Ready(Ok(())) => {}
            }
        }
        buffer::make_room(read);
        let polled = socket.poll_read_into(cx, read);
        if polled.is_pending() && read.is_empty() {
            // A stream that was just accepted is thought ready until a read finds nothing.
            buffer::give(std::mem::take(read));
        }
        polled.map(|read| matches!(read, Ok(1..)))
    })
    .await
}

/// Says why there is no handshake, and ends the connection.
async fn refuse<S: AsyncWrite + Unpin>(mut io: S, alert: [u8; 7]) {
    let _ = io.write_all(&alert).await;
    let _ = io.shutdown().await;
}

// What is only borrowed in `serve` stays in its future for as long as the connection lives, so these take all they need.

/// Refuses what is no hello.
async fn refuse_hello(conn: Conn, socket: Socket, defect: Defect) {
    tracing::debug!(peer = %conn.peer, %defect, "TLS handshake refused");
    refuse(socket, defect.alert()).await;
}

/// Refuses a hello that asks for something no host is called.
async fn refuse_name(gate: Gate, conn: Conn, socket: Socket, server_name: String) {
    gate.worker.count_unusable_name();
    let refused = Refused::UnusableName;
    tracing::debug!(peer = %conn.peer, server_name, %refused, "TLS handshake refused");
    refuse(socket, refused.alert()).await;
}

async fn accept_tls(mut gate: Gate, mut conn: Conn, socket: Socket, read: BytesMut, slot: SlotGuard) {
    let snapshot = gate.worker.snapshot();
    let Some(listener) = snapshot.listeners.get(gate.listener) else { return };
    let acceptor = Arc::clone(&listener.acceptor);
    drop(snapshot);
    let peek = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), Ahead::new(read, socket));
    let start = match until_late(&slot, peek).await {
        Some(Ok(start)) => start,
        Some(Err(error)) => {
            tracing::debug!(peer = %conn.peer, %error, "TLS handshake refused");
            return;
        }
        None => return,
    };
    let hello = start.client_hello();
    let server_name = hello.server_name().map(|name| name.trim_end_matches('.').to_ascii_lowercase());
    let offered = hello.alpn().into_iter().flatten();
    if let Some(proof) = acceptor.proof_for(server_name.as_deref(), offered) {
        return Box::pin(prove(conn, start, proof, &slot)).await;
    }
    let local: IpAddr = conn.local.ip();
    let config = match acceptor.config_for(server_name.as_deref(), Some(local)) {
        Ok(config) => config,
        Err(refused) => {
            tracing::debug!(peer = %conn.peer, server_name, %refused, "TLS handshake refused");
            return refuse(start.io, refused.alert()).await;
        }
    };
    let options = acceptor.options_id(server_name.as_deref().unwrap_or_default());
    gate.tls = Some(Accepted::new(options, slot.retiring()));
    let tls = match until_late(&slot, start.into_stream(config)).await {
        Some(Ok(tls)) => tls,
        Some(Err(error)) => {
            tracing::debug!(peer = %conn.peer, server_name, %error, "TLS handshake failed");
            return;
        }
        None => return,
    };
    let session = tls.get_ref().1;
    conn.tls = Some(facts(session, server_name));
    let speaks_http2 = session.alpn_protocol() == Some(b"h2");
    let io = Io::Server(Box::new(tls));
    if speaks_http2 {
        h2::serve(gate, Rc::new(conn), io, BytesMut::new(), slot).await;
    } else {
        h1::serve(gate, Rc::new(conn), io, BytesMut::new(), slot).await;
    }
}

/// Shows an authority what it looks for, and ends the connection. Others look as if they were one, so it has little time.
async fn prove(
    conn: Conn,
    start: StartHandshake<Ahead<Socket>>,
    proof: Result<Arc<rustls::ServerConfig>, Refused>,
    slot: &SlotGuard,
) {
    slot.set_deadline(Deadline::In(PROOF));
    match proof {
        Ok(config) => {
            if let Some(Ok(mut tls)) = until_late(slot, start.into_stream(config)).await {
                tracing::debug!(peer = %conn.peer, "an authority was shown a proof");
                let _ = until_late(slot, tls.shutdown()).await;
            }
        }
        Err(refused) => {
            tracing::debug!(peer = %conn.peer, %refused, "there is nothing to prove");
            refuse(start.io, refused.alert()).await;
        }
    }
}

fn facts(session: &rustls::ServerConnection, server_name: Option<String>) -> Tls {
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => "1.2",
        Some(rustls::ProtocolVersion::TLSv1_3) => "1.3",
        _ => "",
    };
    let cipher =
        session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or_default();
    let certificates = session.peer_certificates().unwrap_or_default();
    Tls {
        server_name: server_name.map(String::into_boxed_str),
        version,
        cipher,
        peer_certificates: certificates.iter().map(|certificate| Box::from(certificate.as_ref())).collect(),
    }
}

/// Waits for `future`, but not beyond the connection's deadline.
async fn until_late<F: Future>(slot: &SlotGuard, future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    poll_fn(|cx| {
        slot.watch(cx);
        if slot.is_late() {
            return Poll::Ready(None);
        }
        if slot.is_closing() {
            slot.hurry();
        }
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// How long the handshake of an authority may take.
const PROOF: Duration = Duration::from_secs(2);
const HANDSHAKE: u8 = 0x16;
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
