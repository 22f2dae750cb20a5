//! Listening sockets and the loops that accept from them.
//!
//! Every worker has a socket of its own for each entry point, and the kernel spreads connections over them.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use windrose_http::Conn;
use windrose_stream::Socket;
use windrose_sys::{BindAddress, Inherited, ListenOptions};

use crate::drain::{Stage, Stages};
use crate::entry::EntryOptions;
use crate::serve::detect;
use crate::serve::http::Gate;
use crate::tasks;
use crate::worker::{Accepting, Phase, Worker};

/// An entry point that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("entry point {entry}: cannot listen on {address}: {}", explain(.source))]
pub struct BindError {
    /// The entry point.
    pub entry: Arc<str>,
    /// Its address.
    pub address: BindAddress,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use by another program".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "not permitted; ports below 1024 need CAP_NET_BIND_SERVICE".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Whether other programs may listen on the same port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// A port in use is an error.
    Exclusive,
    /// As the operator asked for with `reusePort`.
    Shared,
}

/// Opens an entry point for `workers` workers: gives the sockets of each. It is one, unless the service manager has
/// opened several of this name.
///
/// # Errors
/// The address cannot be listened on.
pub fn bind(
    entry: &Arc<str>,
    address: &BindAddress,
    sharing: Sharing,
    workers: usize,
    inherited: &mut Inherited,
) -> Result<Vec<Vec<TcpListener>>, BindError> {
    let failed = |source| BindError { entry: Arc::clone(entry), address: address.clone(), source };
    let passed = inherited.take_tcp(entry).map_err(failed)?;
    if !passed.is_empty() {
        let clones = || passed.iter().map(TcpListener::try_clone).collect::<io::Result<Vec<_>>>();
        let mut sockets = (1..workers).map(|_| clones()).collect::<io::Result<Vec<_>>>().map_err(failed)?;
        sockets.push(passed);
        return Ok(sockets);
    }
    if sharing == Sharing::Exclusive {
        // Sockets that share a port among our workers would share it with a stranger as well.
        windrose_sys::probe_tcp(address).map_err(failed)?;
    }
    let options = ListenOptions { reuse_port: true, ..ListenOptions::default() };
    let first = windrose_sys::listen_tcp(address, options).map_err(failed)?;
    // Port 0 is chosen once, by the first socket.
    let chosen = first.local_addr().map_err(failed)?;
    let same = if address.port() == 0 { BindAddress::from(chosen) } else { address.clone() };
    let mut sockets = vec![vec![first]];
    for _ in 1..workers {
        sockets.push(vec![windrose_sys::listen_tcp(&same, options).map_err(failed)?]);
    }
    Ok(sockets)
}

/// Accepts connections until the entry point closes, and then those that were waiting. `_accepting` is dropped when
/// no more will come.
pub(crate) async fn accept(
    worker: Rc<Worker>,
    listener: usize,
    socket: TcpListener,
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
    tcp: TcpStream,
    peer: std::net::SocketAddr,
) {
    let Ok(local) = tcp.local_addr() else { return };
    let _ = tcp.set_nodelay(true);
    let _ = windrose_sys::keep_alive(&tcp, KEEP_ALIVE);
    let peer = std::net::SocketAddr::new(peer.ip().to_canonical(), peer.port());
    let conn = Conn {
        entry_point: Arc::clone(&options.name),
        peer,
        peer_ip: peer.ip().to_string().into_boxed_str(),
        local: std::net::SocketAddr::new(local.ip().to_canonical(), local.port()),
        accepted: std::time::Instant::now(),
        desk: Rc::clone(&worker.desk),
        trust: options.trusted.judge(peer.ip()),
        underscores: options.underscores,
        tls: None,
    };
    let gate = Gate { worker: Rc::clone(worker), listener, options: Arc::clone(options), tls: None };
    let slot = worker.register(listener, Phase::Idle);
    tasks::spawn_local("connection", detect::serve(gate, conn, Socket::Tcp(tcp), slot));
}

fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

const KEEP_ALIVE: Duration = Duration::from_secs(180);
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
