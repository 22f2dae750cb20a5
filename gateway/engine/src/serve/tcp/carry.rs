//! Carries a connection to where its route leads.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::BytesMut;
use windrose_http::Conn;
use windrose_http::course::{Observe, Relayed, Relaying};
use windrose_middleware::tcp::{Gate as Admission, Permit};
use windrose_stream::{Ahead, Io, Relay, Socket};
use windrose_upstream::tcp::{Server, connect};
use windrose_wire::client_hello::ClientHello;
use windrose_wire::proxy_protocol::Ends;

use super::{postgres, stream};
use crate::route::tcp::{TcpRoute, TlsUse, Way};
use crate::serve::detect::hello;
use crate::serve::http::Gate;
use crate::tasks;
use crate::worker::{Deadline, Phase, SlotGuard};

/// A client, and all that was read of it so far.
pub(super) struct Client {
    pub(super) gate: Gate,
    pub(super) conn: Conn,
    pub(super) socket: Socket,
    pub(super) read: BytesMut,
    /// What it said of TLS.
    pub(super) hello: Option<ClientHello>,
}

/// What is said to a server before what the client says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Greeting {
    /// Nothing.
    None,
    /// What a client of PostgreSQL said before TLS.
    Postgres,
}

/// Has a connection carried until both sides are done with it. A route that cannot be used closes it.
pub(super) async fn carry(client: Client, route: Arc<TcpRoute>, greeting: Greeting, slot: SlotGuard) {
    let Way::Open(open) = &route.way else {
        tracing::debug!(peer = %client.conn.peer, routerName = %route.name, "connection closed, the router cannot be used");
        return;
    };
    let Some(permits) = admit(&open.gates, &client.conn, &route.name) else {
        return tell(client.gate.worker.observe.as_deref(), &client.conn, &route, None, Relaying::Denied);
    };
    let Client { conn, socket, read, hello, gate } = client;
    let is_passed_through = matches!(open.tls, TlsUse::Passthrough);
    let io = match &open.tls {
        TlsUse::Nothing | TlsUse::Passthrough => stream(socket, read),
        TlsUse::Terminate(acceptor) => {
            let name = hello.and_then(|hello| hello.server_name.into_host());
            let ahead = Ahead::new(read, socket);
            // On the heap, so that there is no room for it while bytes are carried.
            let made = Box::pin(hello::handshake(acceptor, &conn, ahead, name.as_deref(), &slot)).await;
            let Some(tls) = made else { return };
            Io::Server(Box::new(tls))
        }
    };
    let observe = gate.worker.observe.clone();
    drop(gate);
    slot.set_deadline(Deadline::None);
    slot.set_phase(Phase::Busy);
    let Some(server) = open.service.pick().cloned() else {
        tracing::debug!(peer = %conn.peer, serviceName = %open.service.name, "connection closed, there is no server");
        return tell(observe.as_deref(), &conn, &route, None, Relaying::Failed);
    };
    let greeting = if is_passed_through { greeting } else { Greeting::None };
    // On the heap, too, with whoever listens: while bytes are carried nobody is told anything.
    let opened = unless_forced(
        &slot,
        Box::pin(async {
            let (observe, to) = (observe, greet(&server, &conn, greeting).await);
            let outcome = if to.is_some() { Relaying::Opened } else { Relaying::Failed };
            tell(observe.as_deref(), &conn, &route, Some(&server), outcome);
            to
        }),
    );
    let Some(Some(to)) = opened.await else { return };
    // What checks the servers of a service must not go on for a connection that has one.
    drop(route);
    // A task of its own: that of a connection has room for all that it might have spoken.
    tasks::spawn_local("relay", async move {
        between(io, to, &server, &slot).await;
        drop(permits);
    });
}

/// Tells whoever listens what became of a connection.
fn tell(
    observe: Option<&dyn Observe>,
    conn: &Conn,
    route: &TcpRoute,
    server: Option<&Server>,
    outcome: Relaying,
) {
    let (Some(observe), Way::Open(open)) = (observe, &route.way) else { return };
    let server = server.map(|server| server.address.to_string());
    let service = &open.service.name;
    observe.relayed(conn, &Relayed { route: &route.name, service, server: server.as_deref(), outcome });
}

/// Asks all gates; what they give is held as long as the connection lasts.
fn admit(gates: &[Arc<dyn Admission>], conn: &Conn, router: &str) -> Option<Vec<Permit>> {
    let permits: Result<Vec<Permit>, _> = gates.iter().map(|gate| gate.admit(conn)).collect();
    permits
        .inspect_err(
            |denied| tracing::debug!(peer = %conn.peer, routerName = router, %denied, "connection closed"),
        )
        .ok()
}

/// A connection to a server that has been told what it has to know first.
async fn greet(server: &Server, conn: &Conn, greeting: Greeting) -> Option<Io> {
    let ends = Ends { source: conn.peer, destination: conn.local };
    let mut io = match connect(server, Some(ends)).await {
        Ok(io) => io,
        Err(error) => {
            let cause = std::error::Error::source(&error);
            tracing::debug!(server = %server.address, %error, cause, "connecting to the server failed");
            return None;
        }
    };
    if greeting == Greeting::Postgres
        && let Err(error) = postgres::ask(&mut io).await
    {
        tracing::debug!(server = %server.address, %error, "the server of PostgreSQL does not speak TLS");
        return None;
    }
    Some(io)
}

/// Carries bytes both ways until both have ended. When one has, the other may go on as long as the transport says.
async fn between(mut client: Io, mut server: Io, to: &Server, slot: &SlotGuard) {
    let mut relay = Relay::default();
    let mut end: Option<Pin<Box<tokio::time::Sleep>>> = None;
    poll_fn(|cx| {
        slot.watch(cx);
        if slot.is_late() || relay.poll(&mut client, &mut server, cx).is_ready() {
            return Poll::Ready(());
        }
        if let Some(delay) = to.connector.termination_delay.filter(|_| relay.is_half_done()) {
            let end = end.get_or_insert_with(|| Box::pin(tokio::time::sleep(delay)));
            if end.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
        }
        // Nobody reads what the client sends any more, so its end would go unseen.
        if relay.is_up_done() && slot.looks() && client.is_broken() {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
    let carried = relay.carried();
    tracing::debug!(server = %to.address, up = carried.up, down = carried.down, "connection ended");
}

/// Waits for `future`, unless the entry point gives up on its connections.
async fn unless_forced<F: Future + Unpin>(slot: &SlotGuard, mut future: F) -> Option<F::Output> {
    poll_fn(|cx| {
        slot.watch(cx);
        if slot.is_late() { Poll::Ready(None) } else { Pin::new(&mut future).poll(cx).map(Some) }
    })
    .await
}

#[cfg(test)]
pub(in crate::serve) fn size_of_carry() -> usize {
    fn size_of<A, B, C, D, F: Future>(_: impl Fn(A, B, C, D) -> F) -> usize {
        std::mem::size_of::<F>()
    }
    size_of(carry)
}
