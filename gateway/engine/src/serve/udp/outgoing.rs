//! Sending many datagrams one way.
//!
//! Those that follow each other and have the same size leave in one call, which cuts them apart as late as the system
//! can; a shorter one may be the last. The others leave one by one. Their order stays.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;

use quinn_udp::{Transmit, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::batch::Part;

/// Where datagrams go.
pub(super) struct Way<'a> {
    pub(super) socket: &'a UdpSocket,
    pub(super) to: SocketAddr,
    pub(super) bond: Bond,
    pub(super) largest: &'a Largest,
}

/// Whether a socket has one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bond {
    /// `to` is the only one.
    Connected,
    /// `to` is one of many.
    Free,
}

/// The largest datagrams that can leave together this way: the network has to take each without cutting it.
#[derive(Debug)]
pub(super) struct Largest(Cell<usize>);

/// What becomes of datagrams that find no room in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// They are lost.
    Drop,
    /// Whoever sends waits, and sends them later.
    Keep,
}

/// Datagrams that wait.
#[derive(Debug)]
pub(super) struct Held {
    bytes: Box<[u8]>,
    each: usize,
}

impl Held {
    pub(super) fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        Part { bytes: &self.bytes, each: self.each }.datagrams()
    }
}

impl Largest {
    pub(super) fn lower(&self, to: usize) {
        self.0.set(self.0.get().min(to));
    }
}

impl Default for Largest {
    fn default() -> Self {
        Self(Cell::new(usize::MAX))
    }
}

/// Datagrams under way.
pub(super) struct Outgoing<'a, 'b> {
    way: &'a Way<'a>,
    calls: &'a UdpSocketState,
    /// Where datagrams are put together that do not lie beside each other; empty while there is one part only.
    gathered: &'a mut Vec<u8>,
    first: Option<Part<'b>>,
    full: Full,
    /// Set when the socket took no more.
    is_stuck: bool,
    held: Vec<Held>,
}

impl<'a, 'b> Outgoing<'a, 'b> {
    pub(super) fn new(
        way: &'a Way<'a>,
        calls: &'a UdpSocketState,
        gathered: &'a mut Vec<u8>,
        full: Full,
    ) -> Self {
        gathered.clear();
        Self { way, calls, gathered, first: None, full, is_stuck: false, held: Vec::new() }
    }

    /// Sends a part, now or with those that follow.
    pub(super) fn add(&mut self, part: Part<'b>) {
        match self.first {
            Some(first) if self.is_continued_by(first, part) => {
                if self.gathered.is_empty() {
                    self.gathered.extend_from_slice(first.bytes);
                }
                self.gathered.extend_from_slice(part.bytes);
            }
            _ => {
                self.flush();
                self.first = Some(part);
            }
        }
    }

    /// Sends the last ones; gives back what has to wait.
    pub(super) fn finish(mut self) -> Vec<Held> {
        self.flush();
        self.held
    }

    /// As if the socket took no more.
    #[cfg(test)]
    pub(super) fn stick(&mut self) {
        self.is_stuck = true;
    }

    fn is_continued_by(&self, first: Part<'_>, part: Part<'_>) -> bool {
        let each = first.each;
        let so_far = if self.gathered.is_empty() { first.bytes.len() } else { self.gathered.len() };
        let fits = if part.is_single() { part.bytes.len() <= each } else { part.each == each };
        let together = so_far + part.bytes.len();
        // Behind a shorter one nothing can be.
        each > 0
            && so_far.is_multiple_of(each)
            && !part.bytes.is_empty()
            && fits
            && each <= self.way.largest.0.get()
            && together <= MOST_BYTES
            && together.div_ceil(each) <= MOST_TOGETHER
    }

    fn flush(&mut self) {
        let Some(first) = self.first.take() else { return };
        if self.gathered.is_empty() {
            return self.send(first);
        }
        let gathered = std::mem::take(self.gathered);
        self.send(Part { bytes: &gathered, each: first.each });
        *self.gathered = gathered;
        self.gathered.clear();
    }

    fn send(&mut self, part: Part<'_>) {
        if part.is_single() {
            return self.send_one(part.bytes);
        }
        let together = (MOST_BYTES / part.each).clamp(1, MOST_TOGETHER) * part.each;
        for bytes in part.bytes.chunks(together) {
            self.send_together(Part { bytes, each: part.each });
        }
    }

    fn send_together(&mut self, part: Part<'_>) {
        if self.is_stuck {
            return self.keep(part);
        }
        if part.is_single() || part.each > self.way.largest.0.get() {
            return part.datagrams().for_each(|datagram| self.send_one(datagram));
        }
        let transmit = Transmit {
            destination: self.way.to,
            ecn: None,
            contents: part.bytes,
            segment_size: Some(part.each),
            src_ip: None,
        };
        let socket = self.way.socket;
        let sent = socket.try_io(Interest::WRITABLE, || self.calls.try_send(socket.into(), &transmit));
        match sent {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.is_stuck = true;
                self.keep(part);
            }
            // The network would have to cut them, or the device cannot take them apart.
            Err(error) if matches!(error.raw_os_error(), Some(EMSGSIZE | EINVAL | EIO)) => {
                let is_size = error.raw_os_error() != Some(EIO);
                self.way.largest.lower(if is_size { part.each - 1 } else { 0 });
                part.datagrams().for_each(|datagram| self.send_one(datagram));
            }
            // What the kernel says of datagrams sent before shows itself to whoever receives.
            _ => {}
        }
    }

    fn send_one(&mut self, datagram: &[u8]) {
        if self.is_stuck {
            return self.keep(Part::single(datagram));
        }
        let sent = match self.way.bond {
            Bond::Connected => self.way.socket.try_send(datagram),
            Bond::Free => self.way.socket.try_send_to(datagram, self.way.to),
        };
        if sent.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            self.is_stuck = true;
            self.keep(Part::single(datagram));
        }
    }

    fn keep(&mut self, part: Part<'_>) {
        if self.full == Full::Keep {
            self.held.push(Held { bytes: part.bytes.into(), each: part.each });
        }
    }
}

/// Linux cuts so many apart in any version.
const MOST_TOGETHER: usize = 64;
/// A little less than fits into one packet with its headers.
const MOST_BYTES: usize = 65_000;
/// Errors of Linux, which `io::ErrorKind` does not tell apart.
const EIO: i32 = 5;
const EINVAL: i32 = 22;
const EMSGSIZE: i32 = 90;
