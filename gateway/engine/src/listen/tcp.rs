//! Accepting connections.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::watch;
use windrose_http::Conn;
use windrose_stream::Socket;

use crate::drain::{Stage, Stages};
use crate::entry::EntryOptions;
use crate::serve::http::Gate;
use crate::serve::{detect, tcp};
use crate::tasks;
use crate::worker::{Accepting, Phase, Worker};

/// Who keeps a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// It is closed when we close it, and what waits there is reset.
    Us,
    /// It stays open elsewhere.
    Others,
}

/// Accepts connections until the entry point closes, and then those that were waiting or under way. `_accepting` is
/// dropped when no more will come.
pub(crate) async fn accept(
    worker: Rc<Worker>,
    listener: usize,
    (socket, owner): (TcpListener, Owner),
    mut stages: watch::Receiver<Stages>,
    _accepting: Accepting,
) {
    let Some(options) = worker.entries.get(listener).cloned() else { return };
    let socket = match tokio::net::TcpListener::from_std(socket) {
        Ok(socket) => socket,
        Err(error) => {
            tracing::error!(entryPointName = %options.name, %error, "listening failed");
            return;
        }
    };
    let mut pause = SHORTEST_PAUSE;
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stages.wait_for(|stages| stages.of(listener) >= Stage::Closing) => break,
        };
        match accepted {
            Ok((tcp, peer)) => {
                pause = SHORTEST_PAUSE;
                start(&worker, listener, &options, tcp, peer);
            }
            Err(error) if is_transient(&error) => {}
            Err(error) => {
                // Most often no file descriptors are left; connections that end will free some.
                tracing::warn!(entryPointName = %options.name, %error, "accepting failed");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
    if owner == Owner::Us && windrose_sys::refuse_new(&socket).is_ok() {
        let over = tokio::time::sleep(HANDSHAKE.min(options.grace / HANDSHAKE_SHARE));
        tokio::pin!(over);
        loop {
            tokio::select! {
                accepted = socket.accept() => match accepted {
                    Ok((tcp, peer)) => start(&worker, listener, &options, tcp, peer),
                    Err(error) if is_transient(&error) => {}
                    // Without file descriptors nobody else comes in, and asking again would only take time.
                    Err(_) => break,
                },
                () = &mut over => break,
            }
        }
    }
    // The system has told these clients that they are connected.
    let Ok(socket) = socket.into_std() else { return };
    while let Ok((tcp, peer)) = socket.accept() {
        if tcp.set_nonblocking(true).is_ok()
            && let Ok(tcp) = TcpStream::from_std(tcp)
        {
            start(&worker, listener, &options, tcp, peer);
        }
    }
}

fn start(
    worker: &Rc<Worker>,
    listener: usize,
    options: &Arc<EntryOptions>,
    stream: TcpStream,
    peer: SocketAddr,
) {
    let Ok(local) = stream.local_addr() else { return };
    let _ = stream.set_nodelay(true);
    let _ = windrose_sys::keep_alive(&stream, KEEP_ALIVE);
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    let conn = Conn {
        entry_point: Arc::clone(&options.name),
        peer,
        peer_ip: peer.ip().to_string().into_boxed_str(),
        local: SocketAddr::new(local.ip().to_canonical(), local.port()),
        accepted: Instant::now(),
        desk: Rc::clone(&worker.desk),
        trust: options.trusted.judge(peer.ip()),
        odd_names: options.odd_names,
        tls: None,
    };
    let gate = Gate { worker: Rc::clone(worker), listener, options: Arc::clone(options), tls: None };
    let slot = worker.register(listener, Phase::Idle);
    let socket = Socket::Tcp(stream);
    if options.proxy.is_none() && !worker.has_tcp_routes(listener) {
        tasks::spawn_local("connection", detect::serve(gate, conn, socket, slot));
    } else {
        tasks::spawn_local("connection", tcp::serve(gate, conn, socket, slot));
    }
}

fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

/// How long a handshake may take that had begun when the entry point closed.
const HANDSHAKE: Duration = Duration::from_millis(100);
/// Of a short grace time no more than this part, so that who has nothing left is not forced to end.
const HANDSHAKE_SHARE: u32 = 4;
const KEEP_ALIVE: Duration = Duration::from_secs(180);
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
