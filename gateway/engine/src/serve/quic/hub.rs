//! One worker's endpoint on one socket: who is connected, who may be, and what goes out.
//!
//! A stranger's first packet costs a handshake. As long as few handshakes are under way it is answered at once; when
//! many are, only whoever proves that its address is its own (Retry, RFC 9000 §8.1.2), and when there are too many,
//! nobody.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use quinn_proto::crypto::rustls::QuicServerConfig;
use quinn_proto::{
    AcceptError, ConnectionHandle, DatagramEvent, EcnCodepoint, Endpoint, EndpointConfig, IdleTimeout,
    Incoming, ServerConfig, Transmit, TransportConfig, VarInt,
};
use quinn_udp::UdpSocketState;
use tokio::io::Interest;
use tokio::sync::mpsc;

use super::ids::Ids;
use super::link::Link;
use super::session::Chooser;
use crate::entry::EntryOptions;
use crate::worker::Worker;

/// What a worker gets to open an endpoint with.
pub(crate) struct Seat {
    /// Its socket.
    pub(crate) socket: UdpSocket,
    /// Its number among all that have one for the entry point.
    pub(crate) ids: Ids,
    /// All of them, for datagrams that came to the wrong one.
    pub(crate) mates: Arc<[mpsc::Sender<Arrived>]>,
    /// What came to the wrong one and is for this.
    pub(crate) arrived: mpsc::Receiver<Arrived>,
    /// The settings that all of them have in common.
    pub(crate) config: Arc<ServerConfig>,
}

/// Datagrams that have arrived together.
pub(crate) struct Arrived {
    pub(crate) from: SocketAddr,
    /// The address that they were sent to.
    pub(crate) to: Option<IpAddr>,
    pub(crate) ecn: Option<EcnCodepoint>,
    pub(crate) data: BytesMut,
}

/// One worker's endpoint on one socket.
pub(crate) struct Hub {
    pub(crate) worker: Rc<Worker>,
    pub(crate) listener: usize,
    pub(crate) options: Arc<EntryOptions>,
    socket: tokio::net::UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    endpoint: RefCell<Endpoint>,
    links: RefCell<HashMap<ConnectionHandle, Rc<Link>, RandomState>>,
    ids: Ids,
    mates: Arc<[mpsc::Sender<Arrived>]>,
    config: Arc<ServerConfig>,
    first: Arc<QuicServerConfig>,
    unusable_names: Arc<AtomicU64>,
    handshakes: Cell<usize>,
    admits: Cell<bool>,
    out: RefCell<Vec<u8>>,
    /// Those who wait until the socket takes more, and who looks after them.
    stuck: RefCell<Vec<Waker>>,
    watcher: RefCell<Option<Waker>>,
}

/// A handshake under way, given up when dropped.
pub(crate) struct Handshake(Rc<Hub>);

impl Seat {
    /// The settings of the endpoints of one entry point.
    pub(crate) fn config(options: &EntryOptions) -> Option<Arc<ServerConfig>> {
        let mut transport = TransportConfig::default();
        // How long a client may wait for its next request is counted elsewhere: this finds those who are gone.
        let idle = options.idle_timeout.unwrap_or(LONGEST_IDLE).clamp(SHORTEST_IDLE, LONGEST_IDLE);
        let streams = options.http2.max_streams.min(FIRST_STREAMS);
        transport
            .max_concurrent_bidi_streams(VarInt::from_u32(streams))
            .max_concurrent_uni_streams(VarInt::from_u32(UNI_STREAMS))
            .max_idle_timeout(IdleTimeout::try_from(idle).ok())
            .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
            .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
            .send_window(SEND_WINDOW)
            .datagram_receive_buffer_size(None);
        let mut config = ServerConfig::with_crypto(first_words()?);
        config
            .transport_config(Arc::new(transport))
            .max_incoming(MOST_HANDSHAKES)
            .incoming_buffer_size(0)
            .incoming_buffer_size_total(0);
        Some(Arc::new(config))
    }
}

/// Keys for the first packets and for Retry, which are the same for everybody (RFC 9001 §5.2).
fn first_words() -> Option<Arc<QuicServerConfig>> {
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .ok()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::server::ResolvesServerCertUsingSni::new()));
    QuicServerConfig::try_from(config).ok().map(Arc::new)
}

impl Hub {
    /// Opens an endpoint.
    ///
    /// # Errors
    /// The socket cannot be used.
    pub(crate) fn open(
        worker: Rc<Worker>,
        listener: usize,
        options: Arc<EntryOptions>,
        seat: Seat,
    ) -> io::Result<(Rc<Self>, mpsc::Receiver<Arrived>)> {
        let local = seat.socket.local_addr()?;
        let state = UdpSocketState::new((&seat.socket).into())?;
        let socket = tokio::net::UdpSocket::from_std(seat.socket)?;
        let first = first_words().ok_or(io::ErrorKind::Unsupported)?;
        let mut endpoint = EndpointConfig::default();
        let ids = seat.ids.clone();
        endpoint.cid_generator(move || Box::new(ids.clone())).supported_versions(vec![VERSION_1]);
        let allow_mtud = !state.may_fragment();
        let endpoint = Endpoint::new(Arc::new(endpoint), Some(Arc::clone(&seat.config)), allow_mtud, None);
        let hub = Rc::new(Self {
            worker,
            listener,
            options,
            socket,
            state,
            local,
            endpoint: RefCell::new(endpoint),
            links: RefCell::default(),
            ids: seat.ids,
            mates: seat.mates,
            config: seat.config,
            first,
            unusable_names: Arc::default(),
            handshakes: Cell::new(0),
            admits: Cell::new(true),
            out: RefCell::default(),
            stuck: RefCell::default(),
            watcher: RefCell::default(),
        });
        Ok((hub, seat.arrived))
    }

    /// Waits until there may be something to receive.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Receives what is there, into `buffers`, and shows what came in each.
    ///
    /// # Errors
    /// Nothing is there, or what the kernel tells of datagrams that could not be delivered.
    pub(crate) fn receive(
        &self,
        buffers: &mut [io::IoSliceMut<'_>],
        metas: &mut [quinn_udp::RecvMeta],
    ) -> io::Result<usize> {
        self.socket.try_io(Interest::READABLE, || self.state.recv((&self.socket).into(), buffers, metas))
    }

    /// How many datagrams the kernel may join to one.
    pub(crate) fn joined(&self) -> usize {
        self.state.gro_segments()
    }

    /// Takes a datagram. It may be for another worker, for a connection that is there, or begin one, which is given back
    /// with the place of its handshake.
    pub(crate) fn take(self: &Rc<Self>, arrived: Arrived, now: Instant) -> Option<(Rc<Link>, Handshake)> {
        if let Some(owner) = self.ids.owner(&arrived.data)
            && owner != self.ids.me()
            && let Some(mate) = self.mates.get(owner)
        {
            // What finds no room is lost, as datagrams are.
            let _ = mate.try_send(arrived);
            return None;
        }
        self.keep(arrived, now)
    }

    /// Takes a datagram that is for this worker if it is for any.
    pub(crate) fn keep(self: &Rc<Self>, arrived: Arrived, now: Instant) -> Option<(Rc<Link>, Handshake)> {
        let Arrived { from, to, ecn, data } = arrived;
        let mut out = self.out.take();
        out.clear();
        let event = self.endpoint.borrow_mut().handle(now, from, to, ecn, data, &mut out);
        let mut admitted = None;
        match event {
            Some(DatagramEvent::ConnectionEvent(handle, event)) => {
                let link = self.links.borrow().get(&handle).cloned();
                if let Some(link) = link {
                    link.hear(event, now);
                }
            }
            Some(DatagramEvent::Response(transmit)) => self.reply(&transmit, &out),
            Some(DatagramEvent::NewConnection(incoming)) => admitted = self.admit(incoming, now, &mut out),
            None => {}
        }
        self.out.replace(out);
        admitted
    }

    fn admit(
        self: &Rc<Self>,
        incoming: Incoming,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Option<(Rc<Link>, Handshake)> {
        out.clear();
        let mut endpoint = self.endpoint.borrow_mut();
        if !self.admits.get() || self.links.borrow().len() >= MOST_CONNECTIONS {
            let transmit = endpoint.refuse(incoming, out);
            self.reply(&transmit, out);
            return None;
        }
        if self.handshakes.get() >= MANY_HANDSHAKES && !incoming.remote_address_validated() {
            if let Ok(transmit) = endpoint.retry(incoming, out) {
                self.reply(&transmit, out);
            }
            return None;
        }
        if self.handshakes.get() >= MOST_HANDSHAKES {
            endpoint.ignore(incoming);
            return None;
        }
        let snapshot = self.worker.snapshot();
        let Some(listener) = snapshot.listeners.get(self.listener) else {
            endpoint.ignore(incoming);
            return None;
        };
        let (peer, to) = (incoming.remote_address(), incoming.local_ip());
        let chooser = Chooser {
            first: Arc::clone(&self.first),
            acceptor: Arc::clone(&listener.acceptor),
            local: to.or_else(|| Some(self.local.ip())).map(|local| local.to_canonical()),
            unusable_names: Arc::clone(&self.unusable_names),
        };
        let mut config = ServerConfig::clone(&self.config);
        config.crypto = Arc::new(chooser);
        let accepted = endpoint.accept(incoming, now, out, Some(Arc::new(config)));
        let refused = self.unusable_names.swap(0, Ordering::Relaxed);
        (0..refused).for_each(|_| self.worker.count_unusable_name());
        match accepted {
            Ok((handle, quic)) => {
                let local = SocketAddr::new(to.unwrap_or_else(|| self.local.ip()), self.local.port());
                let link = Link::new(Rc::clone(self), handle, quic, peer, local, now);
                self.links.borrow_mut().insert(handle, Rc::clone(&link));
                self.handshakes.set(self.handshakes.get() + 1);
                Some((link, Handshake(Rc::clone(self))))
            }
            Err(AcceptError { cause, response }) => {
                tracing::debug!(%peer, error = %cause, "QUIC handshake refused");
                if let Some(transmit) = response {
                    self.reply(&transmit, out);
                }
                None
            }
        }
    }

    /// Admits nobody any more.
    pub(crate) fn close(&self) {
        self.admits.set(false);
    }

    /// The endpoint, for what a connection tells it.
    pub(super) fn endpoint(&self) -> &RefCell<Endpoint> {
        &self.endpoint
    }

    /// Forgets a connection that the endpoint has forgotten.
    pub(super) fn forget(&self, handle: ConnectionHandle) {
        self.links.borrow_mut().remove(&handle);
    }

    /// How many packets may leave in one call.
    pub(super) fn most_segments(&self) -> usize {
        self.state.max_gso_segments().min(MOST_SEGMENTS)
    }

    /// Room to write packets in.
    pub(super) fn room(&self) -> Vec<u8> {
        self.out.take()
    }

    /// Gives the room back.
    pub(super) fn give(&self, room: Vec<u8>) {
        self.out.replace(room);
    }

    /// Sends packets.
    ///
    /// # Errors
    /// `WouldBlock` when the socket takes no more for now. Whatever else the kernel says, the packets are lost, and sent
    /// again when their time has come.
    pub(super) fn send(&self, transmit: &Transmit, out: &[u8]) -> io::Result<()> {
        let transmit = quinn_udp::Transmit {
            destination: transmit.destination,
            ecn: transmit.ecn.and_then(|ecn| quinn_udp::EcnCodepoint::from_bits(ecn as u8)),
            contents: out.get(..transmit.size).unwrap_or(out),
            segment_size: transmit.segment_size,
            src_ip: transmit.src_ip,
        };
        let sent =
            self.socket.try_io(Interest::WRITABLE, || self.state.try_send((&self.socket).into(), &transmit));
        match sent {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// Sends what belongs to no connection, if the socket takes it at once.
    fn reply(&self, transmit: &Transmit, out: &[u8]) {
        let _ = self.send(transmit, out);
    }

    /// Wakes the task when the socket takes more.
    pub(super) fn wait(&self, cx: &Context<'_>) {
        let mut stuck = self.stuck.borrow_mut();
        if !stuck.iter().any(|known| known.will_wake(cx.waker())) {
            stuck.push(cx.waker().clone());
        }
        drop(stuck);
        if let Some(watcher) = self.watcher.take() {
            watcher.wake();
        }
    }

    /// Waits until the socket takes more, if anybody waits for that, and wakes those who do.
    pub(crate) async fn writable(&self) {
        std::future::poll_fn(|cx| {
            if !self.stuck.borrow().is_empty() {
                return Poll::Ready(());
            }
            *self.watcher.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
        // An error is met by whoever sends next.
        let _ = self.socket.writable().await;
        self.stuck.take().into_iter().for_each(Waker::wake);
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.0.handshakes.set(self.0.handshakes.get().saturating_sub(1));
    }
}

const VERSION_1: u32 = 1;
/// Handshakes under way from which on an address has to be proven, and from which on nobody is answered.
const MANY_HANDSHAKES: usize = 64;
const MOST_HANDSHAKES: usize = 4_096;
/// Each keeps some twenty kilobytes while it is idle.
const MOST_CONNECTIONS: usize = 65_536;
/// Streams that a client may have open at first; the room for them is there from the beginning.
const FIRST_STREAMS: u32 = 100;
/// Three that HTTP/3 needs, and some that nobody knows.
const UNI_STREAMS: u32 = 8;
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
const SEND_WINDOW: u64 = 4 * 1024 * 1024;
/// When nothing was heard of a client for so long, it is gone, whatever the entry point says.
const SHORTEST_IDLE: Duration = Duration::from_secs(60);
const LONGEST_IDLE: Duration = Duration::from_secs(600);
/// More at once is more than a line with little room takes without loss.
const MOST_SEGMENTS: usize = 10;
