//! What is done with the first words of a TLS client: they are refused, or answered by a handshake.
//!
//! What is only borrowed in the caller stays in its future for as long as the connection lives, so everything here
//! takes all it needs.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio_rustls::{LazyConfigAcceptor, StartHandshake, server::TlsStream};
use windrose_http::Conn;
use windrose_http::exchange::Tls;
use windrose_stream::{Ahead, Io, Socket};
use windrose_tls::{Acceptor, Refused};
use windrose_wire::client_hello::{ClientHello, Defect};

use super::until_late;
use crate::serve::http::{Accepted, Gate};
use crate::serve::{h1, h2};
use crate::worker::{Deadline, SlotGuard};

/// Says why there is no handshake, and ends the connection.
async fn alert<S: AsyncWrite + Unpin>(mut io: S, alert: [u8; 7]) {
    let _ = io.write_all(&alert).await;
    let _ = io.shutdown().await;
}

/// Refuses what is no hello.
pub(in crate::serve) async fn refuse(conn: Conn, socket: Socket, defect: Defect) {
    tracing::debug!(peer = %conn.peer, %defect, "TLS handshake refused");
    alert(socket, defect.alert()).await;
}

/// Refuses a hello that asks for something no host is called.
pub(in crate::serve) async fn refuse_name(gate: Gate, conn: Conn, socket: Socket, server_name: String) {
    gate.worker.count_unusable_name();
    let refused = Refused::UnusableName;
    tracing::debug!(peer = %conn.peer, server_name, %refused, "TLS handshake refused");
    alert(socket, refused.alert()).await;
}

/// Accepts TLS for HTTP.
pub(in crate::serve) async fn accept(
    mut gate: Gate,
    mut conn: Conn,
    socket: Socket,
    read: BytesMut,
    hello: ClientHello,
    slot: SlotGuard,
) {
    let snapshot = gate.worker.snapshot();
    let Some(listener) = snapshot.listeners.get(gate.listener) else { return };
    let acceptor = Arc::clone(&listener.acceptor);
    drop(snapshot);
    let server_name = hello.server_name.into_host();
    let options = acceptor.options_id(server_name.as_deref().unwrap_or_default());
    gate.tls = Some(Accepted::new(options, slot.retiring()));
    // In boxes, as below: what a connection needs for a while, it need not have room for as long as it lives.
    let socket = Ahead::new(read, socket);
    let shaken = Box::pin(handshake(&acceptor, &conn, socket, server_name.as_deref(), &slot));
    let Some(tls) = shaken.await else { return };
    drop(acceptor);
    let session = tls.get_ref().1;
    conn.tls = Some(facts(session, server_name));
    let speaks_http2 = session.alpn_protocol() == Some(b"h2");
    let io = Io::Server(Box::new(tls));
    if speaks_http2 {
        Box::pin(h2::serve(gate, Rc::new(conn), io, BytesMut::new(), slot)).await;
    } else {
        Box::pin(h1::serve(gate, Rc::new(conn), io, BytesMut::new(), slot)).await;
    }
}

/// The handshake that an acceptor gives a client that asks for this name; `None` when there is none, which the client
/// has been told.
pub(in crate::serve) async fn handshake(
    acceptor: &Acceptor,
    conn: &Conn,
    socket: Ahead<Socket>,
    server_name: Option<&str>,
    slot: &SlotGuard,
) -> Option<TlsStream<Ahead<Socket>>> {
    let start =
        match until_late(slot, LazyConfigAcceptor::new(rustls::server::Acceptor::default(), socket)).await? {
            Ok(start) => start,
            Err(error) => {
                tracing::debug!(peer = %conn.peer, %error, "TLS handshake refused");
                return None;
            }
        };
    let hello = start.client_hello();
    if let Some(proof) = acceptor.proof_for(server_name, hello.alpn().into_iter().flatten()) {
        Box::pin(prove(conn, start, proof, slot)).await;
        return None;
    }
    let local: IpAddr = conn.local.ip();
    let config = match acceptor.config_for(server_name, Some(local)) {
        Ok(config) => config,
        Err(refused) => {
            tracing::debug!(peer = %conn.peer, server_name, %refused, "TLS handshake refused");
            alert(start.io, refused.alert()).await;
            return None;
        }
    };
    match until_late(slot, start.into_stream(config)).await? {
        Ok(tls) => Some(tls),
        Err(error) => {
            tracing::debug!(peer = %conn.peer, server_name, %error, "TLS handshake failed");
            None
        }
    }
}

/// Shows an authority what it looks for, and ends the connection. Others look as if they were one, so it has little time.
async fn prove(
    conn: &Conn,
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
            alert(start.io, refused.alert()).await;
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

/// How long the handshake of an authority may take.
const PROOF: Duration = Duration::from_secs(2);
