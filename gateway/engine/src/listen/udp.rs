//! Receiving datagrams, and finding the session that each belongs to.

use std::io;
use std::net::UdpSocket;
use std::rc::Rc;

use tokio::sync::watch;

use crate::drain::{Stage, Stages};
use crate::serve::udp::{self, Left, Sessions};
use crate::worker::{Accepting, Worker};

/// Receives datagrams as long as somebody may send or wait for one: when the entry point closes, no session begins any
/// more, and what is there goes on until it is silent.
pub(crate) async fn receive(
    worker: Rc<Worker>,
    listener: usize,
    socket: UdpSocket,
    mut stages: watch::Receiver<Stages>,
    accepting: Accepting,
) {
    let Some(options) = worker.entries.get(listener).cloned() else { return };
    let socket = match tokio::net::UdpSocket::from_std(socket) {
        Ok(socket) => Rc::new(socket),
        Err(error) => {
            tracing::error!(entryPointName = %options.name, %error, "listening failed");
            return;
        }
    };
    // Where the kernel cannot join what comes, it comes one by one.
    let _ = windrose_sys::join_datagrams(&*socket);
    let sessions = Sessions::new(Rc::clone(&worker), listener, Rc::clone(&socket), options);
    let mut accepting = Some(accepting);
    let mut takes_new = udp::Takes::New;
    loop {
        tokio::select! {
            ready = socket.readable() => if ready.is_err() { return },
            _ = stages.wait_for(|stages| stages.of(listener) >= Stage::Closing), if accepting.is_some() => {
                accepting = None;
                takes_new = udp::Takes::Known;
            }
        }
        let mut left = Left::More;
        for _ in 0..udp::ROUND {
            match sessions.receive(takes_new) {
                Ok(Left::More) => {}
                Ok(Left::Nothing) => left = Left::Nothing,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => left = Left::Nothing,
                // The kernel tells here of datagrams that could not be delivered, too.
                Err(error) => tracing::debug!(%error, "receiving failed"),
            }
            if left == Left::Nothing {
                break;
            }
        }
        if left == Left::More {
            // The others of this worker come first.
            tokio::task::yield_now().await;
        }
    }
}
