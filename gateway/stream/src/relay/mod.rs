//! Bytes carried both ways between two streams, for protocols that are not looked into.
//!
//! While a direction is silent it holds no buffer; one in which much comes has a larger one. The end of one direction is passed on as the end of that direction
//! alone, so that the other may go on (RFC 9293 §3.6: half-closed connections are whole ones to their readers).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::AsyncWrite;
use windrose_http::exchange::Duplex;

use crate::buffer;

/// Two directions under way.
#[derive(Debug, Default)]
pub struct Relay {
    up: Way,
    down: Way,
}

/// How many bytes went each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// From the first stream to the second.
    pub up: u64,
    /// From the second stream to the first.
    pub down: u64,
}

#[derive(Debug, Default)]
struct Way {
    held: BytesMut,
    state: State,
    carried: u64,
    /// The source had as much as a usual buffer takes.
    rushes: bool,
    /// What is held is in a large one.
    is_large: bool,
    /// Something was written that may not have left.
    is_unsent: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// The source has ended; the sink is still to be told.
    Ending,
    Ended,
}

impl Relay {
    /// Carries what can be carried; ready when both directions have ended. Wakes when either stream can go on.
    ///
    /// # Errors
    /// One of the streams broke: nothing more will be carried either way.
    pub fn poll(
        &mut self,
        first: &mut (impl Duplex + ?Sized),
        second: &mut (impl Duplex + ?Sized),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let up = self.up.poll(first, second, cx)?;
        let down = self.down.poll(second, first, cx)?;
        if up.is_ready() && down.is_ready() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// Whether nothing more goes from the first stream to the second.
    #[must_use]
    pub fn is_up_done(&self) -> bool {
        self.up.state == State::Ended
    }

    /// Whether nothing more goes one of the two ways.
    #[must_use]
    pub fn is_half_done(&self) -> bool {
        self.up.state == State::Ended || self.down.state == State::Ended
    }

    /// How many bytes went each way so far.
    #[must_use]
    pub const fn carried(&self) -> Carried {
        Carried { up: self.up.carried, down: self.down.carried }
    }
}

impl Way {
    fn poll(
        &mut self,
        from: &mut (impl Duplex + ?Sized),
        mut to: &mut (impl Duplex + ?Sized),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let turn_ends = self.carried + TURN;
        loop {
            while !self.held.is_empty() {
                let Poll::Ready(written) = Pin::new(&mut to).poll_write(cx, &self.held) else {
                    from.settle(cx);
                    return Poll::Pending;
                };
                let written = written?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.held.advance(written);
                self.carried += written as u64;
                self.is_unsent = true;
            }
            if self.carried >= turn_ends {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            match self.state {
                State::Ended => return Poll::Ready(Ok(())),
                State::Ending => {
                    ready!(Pin::new(&mut to).poll_shutdown(cx))?;
                    self.state = State::Ended;
                }
                State::Open => match self.poll_fill(from, cx) {
                    Poll::Ready(read) => {
                        if read? == 0 {
                            self.state = State::Ending;
                        }
                    }
                    Poll::Pending => {
                        // Nothing more for now: what was written must not wait for it.
                        if self.is_unsent {
                            ready!(Pin::new(&mut to).poll_flush(cx))?;
                            self.is_unsent = false;
                        }
                        return Poll::Pending;
                    }
                },
            }
        }
    }

    /// Reads once; nothing is held before.
    fn poll_fill(
        &mut self,
        mut from: &mut (impl Duplex + ?Sized),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if from.poll_readable(cx)?.is_pending() {
            self.rest();
            return Poll::Pending;
        }
        self.make_room();
        let read = tokio_util::io::poll_read_buf(Pin::new(&mut from), cx, &mut self.held);
        if self.held.is_empty() {
            self.rest();
        } else {
            self.rushes = self.held.len() >= buffer::SIZE;
        }
        read
    }

    fn make_room(&mut self) {
        let wanted = if self.rushes { buffer::LARGE } else { buffer::SIZE };
        if self.rushes != self.is_large || !self.held.try_reclaim(wanted) {
            self.rest();
            self.held = if self.rushes { buffer::take_large() } else { buffer::take() };
            self.is_large = self.rushes;
        }
    }

    fn rest(&mut self) {
        let held = std::mem::take(&mut self.held);
        if self.is_large { buffer::give_large(held) } else { buffer::give(held) }
    }
}

/// What one direction carries before others of its worker have their turn.
const TURN: u64 = 1024 * 1024;

#[cfg(test)]
mod tests;
