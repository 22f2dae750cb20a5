//! Datagrams that one system call gives.
//!
//! The kernel may have joined datagrams of one sender that follow each other and have the same size; the last of them may
//! be shorter. There is one room for each worker, since nobody keeps it longer than it takes to send what it holds.

use std::cell::RefCell;
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr};

use quinn_udp::{RecvMeta, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// Room for what one call receives, and for what one call sends.
pub(super) struct Batch {
    calls: UdpSocketState,
    bytes: Box<[u8]>,
    metas: [RecvMeta; BATCH],
    count: usize,
    gathered: Vec<u8>,
}

/// Datagrams of one sender: all have `each` bytes but the last, which may have fewer. It may be a single one, and empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// Of all of them.
    pub(super) bytes: &'a [u8],
    /// Of one of them.
    pub(super) each: usize,
}

/// Whether a socket may have more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It was emptied.
    Nothing,
    /// The room was filled.
    More,
}

impl<'a> Part<'a> {
    /// A single datagram.
    #[must_use]
    pub(super) const fn single(bytes: &'a [u8]) -> Self {
        Self { bytes, each: bytes.len() }
    }

    /// Whether there is only one.
    #[must_use]
    pub(super) const fn is_single(&self) -> bool {
        self.bytes.len() <= self.each || self.each == 0
    }

    /// One after the other.
    pub(super) fn datagrams(self) -> impl Iterator<Item = &'a [u8]> {
        // An empty datagram is one, too.
        let empty = self.bytes.is_empty().then_some(self.bytes);
        empty.into_iter().chain(self.bytes.chunks(self.each.max(1)))
    }
}

impl Batch {
    fn new() -> io::Result<Self> {
        // Its making has the network refuse to cut what its socket sends, as QUIC wants, so it gets one that is thrown
        // away: the calls can be made on any other, whose datagrams may be cut.
        let scratch = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(Self {
            calls: UdpSocketState::new((&scratch).into())?,
            bytes: vec![0; BATCH * LARGEST].into(),
            metas: [RecvMeta::default(); BATCH],
            count: 0,
            gathered: Vec::new(),
        })
    }

    /// Takes what the socket has, at most `most` times what the kernel has joined. Waiting for readability afterwards
    /// waits for what has not come yet when [`Left::Nothing`] is the answer.
    ///
    /// # Errors
    /// `WouldBlock` when there is nothing; otherwise what the kernel said, which may be news of a datagram sent before.
    pub(super) fn receive(&mut self, socket: &UdpSocket, most: usize) -> io::Result<Left> {
        self.count = 0;
        let mut rooms = self.bytes.chunks_exact_mut(LARGEST);
        let mut buffers: [IoSliceMut<'_>; BATCH] =
            std::array::from_fn(|_| IoSliceMut::new(rooms.next().unwrap_or_default()));
        let most = most.clamp(1, BATCH);
        let buffers = buffers.get_mut(..most).unwrap_or_default();
        self.count =
            socket.try_io(Interest::READABLE, || self.calls.recv(socket.into(), buffers, &mut self.metas))?;
        if self.count == most {
            return Ok(Left::More);
        }
        // The kernel has looked and found no more: asking again would be a call that says the same.
        let _ = socket.try_io(Interest::READABLE, || io::Result::<()>::Err(io::ErrorKind::WouldBlock.into()));
        Ok(Left::Nothing)
    }

    /// Who sent a part.
    #[must_use]
    pub(super) fn from(&self, at: usize) -> Option<SocketAddr> {
        self.metas.get(..self.count)?.get(at).map(|meta| meta.addr)
    }

    /// What was received, the room that gathers, and the calls.
    pub(super) fn split(&mut self) -> (Parts<'_>, &mut Vec<u8>, &UdpSocketState) {
        let metas = self.metas.get(..self.count).unwrap_or_default();
        (Parts { bytes: &self.bytes, metas }, &mut self.gathered, &self.calls)
    }
}

/// What was received, in its order.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    bytes: &'a [u8],
    metas: &'a [RecvMeta],
}

impl<'a> Parts<'a> {
    pub(super) fn all(self) -> impl Iterator<Item = Part<'a>> {
        let rooms = self.bytes.chunks_exact(LARGEST);
        rooms
            .zip(self.metas)
            .map(|(room, meta)| Part { bytes: room.get(..meta.len).unwrap_or_default(), each: meta.stride })
    }
}

/// Lends the worker's room.
///
/// # Errors
/// What `lend` says; or the system has no socket left when the room is made.
pub(super) fn with<T>(lend: impl FnOnce(&mut Batch) -> io::Result<T>) -> io::Result<T> {
    thread_local! {
        static BATCH: RefCell<Option<Batch>> = const { RefCell::new(None) };
    }
    BATCH.with_borrow_mut(|room| {
        let batch = match room {
            Some(batch) => batch,
            None => room.insert(Batch::new()?),
        };
        lend(batch)
    })
}

/// What one call receives at the most.
pub(super) const BATCH: usize = 16;
/// The largest datagram there is, and the most that the kernel joins.
const LARGEST: usize = 65_536;
