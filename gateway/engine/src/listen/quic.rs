//! Receiving the datagrams of QUIC.
//!
//! Every worker has a socket and an endpoint of its own. The kernel gives the datagrams of an address to one worker; those
//! of a client that has changed its address come to another one, which passes them on.

use std::io::{self, IoSliceMut};
use std::net::UdpSocket;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use quinn_udp::RecvMeta;
use tokio::sync::{mpsc, watch};
use windrose_sys::{BindAddress, Inherited, ListenOptions};

use super::{Bound, Sharing};
use crate::drain::{Stage, Stages};
use crate::entry::EntryOptions;
use crate::serve::h3;
use crate::serve::quic::{Arrived, Hub, Ids, Seat};
use crate::tasks;
use crate::worker::{Accepting, Phase, Worker};

/// The sockets share the port, as those for plain datagrams do. A socket that was passed belongs to one worker.
pub(super) fn bind(
    options: &EntryOptions,
    address: &BindAddress,
    sharing: Sharing,
    workers: usize,
    inherited: &mut Inherited,
) -> io::Result<Vec<Vec<Bound>>> {
    let workers = workers.max(1);
    let mut sockets = inherited.take_udp(&options.name)?;
    if sockets.is_empty() {
        if sharing == Sharing::Exclusive {
            windrose_sys::probe_udp(address)?;
        }
        let share = ListenOptions { reuse_port: true, ..ListenOptions::default() };
        for _ in 0..workers {
            sockets.push(windrose_sys::bind_udp(address, share)?);
        }
    }
    let mut bound: Vec<Vec<Bound>> = (0..workers).map(|_| Vec::new()).collect();
    for (worker, seat) in seats(options, sockets)?.into_iter().enumerate() {
        if let Some(bound) = bound.get_mut(worker % workers) {
            bound.push(Bound::Quic(Box::new(seat)));
        }
    }
    Ok(bound)
}

fn seats(options: &EntryOptions, sockets: Vec<UdpSocket>) -> io::Result<Vec<Seat>> {
    let config = Seat::config(options).ok_or(io::ErrorKind::Unsupported)?;
    let first = Ids::first();
    let (mates, arriving): (Vec<_>, Vec<_>) = sockets.iter().map(|_| mpsc::channel(MOST_ASTRAY)).unzip();
    let mates: Arc<[_]> = mates.into();
    let seats = sockets.into_iter().zip(arriving).enumerate();
    let seat = |(me, (socket, arrived)): (usize, (UdpSocket, _))| Seat {
        socket,
        ids: first.of(me),
        mates: Arc::clone(&mates),
        arrived,
        config: Arc::clone(&config),
    };
    Ok(seats.map(seat).collect())
}

/// Receives as long as the worker lives: when the entry point closes nobody is admitted any more, and what is there goes
/// on until it is over.
pub(crate) async fn receive(
    worker: Rc<Worker>,
    listener: usize,
    seat: Seat,
    mut stages: watch::Receiver<Stages>,
    accepting: Accepting,
) {
    let Some(options) = worker.entries.get(listener).cloned() else { return };
    let name = Arc::clone(&options.name);
    let (hub, mut astray) = match Hub::open(worker, listener, options, seat) {
        Ok(opened) => opened,
        Err(error) => {
            tracing::error!(entryPointName = %name, %error, "listening failed");
            return;
        }
    };
    let mut accepting = Some(accepting);
    let mut room = Room::new(hub.joined());
    loop {
        tokio::select! {
            ready = hub.readable() => if ready.is_err() { return },
            Some(arrived) = astray.recv() => {
                start(&hub, hub.keep(arrived, Instant::now()));
                continue;
            }
            () = hub.writable() => continue,
            _ = stages.wait_for(|stages| stages.of(listener) >= Stage::Closing), if accepting.is_some() => {
                hub.close();
                accepting = None;
            }
        }
        for _ in 0..ROUND {
            match room.receive(&hub) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // The kernel tells here of datagrams that could not be delivered, too.
                Err(error) => tracing::debug!(%error, "receiving failed"),
            }
        }
        // The others of this worker come first.
        tokio::task::yield_now().await;
    }
}

fn start(hub: &Rc<Hub>, admitted: Option<(Rc<crate::serve::quic::Link>, crate::serve::quic::Handshake)>) {
    if let Some((link, handshake)) = admitted {
        let slot = hub.worker.register(hub.listener, Phase::Idle);
        tasks::spawn_local("h3 connection", h3::serve(Rc::clone(hub), link, handshake, slot));
    }
}

/// Room for datagrams, some of which the kernel has joined.
struct Room {
    bytes: Box<[u8]>,
    metas: [RecvMeta; BATCH],
}

impl Room {
    fn new(joined: usize) -> Self {
        let each = if joined > 1 { LARGEST_JOINED } else { LARGEST };
        Self { bytes: vec![0; each * BATCH].into(), metas: [RecvMeta::default(); BATCH] }
    }

    /// Takes what the socket has, at most as much as there is room for.
    fn receive(&mut self, hub: &Rc<Hub>) -> io::Result<()> {
        let each = self.bytes.len() / BATCH;
        let mut rooms = self.bytes.chunks_exact_mut(each);
        let mut buffers: [IoSliceMut<'_>; BATCH] =
            std::array::from_fn(|_| IoSliceMut::new(rooms.next().unwrap_or_default()));
        let count = hub.receive(&mut buffers, &mut self.metas)?;
        let now = Instant::now();
        for (buffer, meta) in buffers.iter().zip(&self.metas).take(count) {
            let mut data = BytesMut::from(buffer.get(..meta.len).unwrap_or_default());
            while !data.is_empty() {
                let datagram = data.split_to(meta.stride.clamp(1, data.len()));
                let ecn = meta.ecn.and_then(|ecn| quinn_proto::EcnCodepoint::from_bits(ecn as u8));
                let arrived = Arrived { from: meta.addr, to: meta.dst_ip, ecn, data: datagram };
                start(hub, hub.take(arrived, now));
            }
        }
        Ok(())
    }
}

/// Calls taken before others have their turn.
const ROUND: usize = 8;
/// Datagrams, or joined ones, that one call gives.
const BATCH: usize = 8;
const LARGEST_JOINED: usize = 65_536;
/// No client sends larger datagrams than it was told.
const LARGEST: usize = 2_048;
/// Datagrams on their way to the worker whose they are.
const MOST_ASTRAY: usize = 1_024;
