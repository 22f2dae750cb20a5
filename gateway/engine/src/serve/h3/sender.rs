//! What is written to one stream.

use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use quinn_proto::StreamId;
use windrose_http::body::Frame;
use windrose_http::trailers::Rules;
use windrose_http::{Body, Headers};
use windrose_wire::h3::frame::{write_data, write_headers};
use windrose_wire::h3::qpack::Section;

use crate::serve::quic::{Link, WriteFail};

/// What is written to one stream, frame by frame.
pub(super) struct Sender {
    link: Rc<Link>,
    id: StreamId,
    /// What the stream has not taken.
    queue: VecDeque<Bytes>,
    /// Small pieces that are joined while more of them come.
    joined: BytesMut,
    last: Option<Last>,
    rules: Option<Box<Rules>>,
    handed: u64,
    is_over: bool,
}

/// How sending ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// All of the body was handed over.
    Whole,
    /// The other side takes no more.
    Refused,
    /// The body broke; the stream still has to be told.
    Broken,
}

enum Last {
    End,
    Broken,
}

impl Sender {
    pub(super) fn new(link: &Rc<Link>, id: StreamId) -> Self {
        Self {
            link: Rc::clone(link),
            id,
            queue: VecDeque::new(),
            joined: BytesMut::new(),
            last: None,
            rules: None,
            handed: 0,
            is_over: false,
        }
    }

    /// The bytes of the body that were handed over so far.
    pub(super) const fn handed(&self) -> u64 {
        self.handed
    }

    /// Whether it is the other side that nothing more is sent. The number changes when it takes something after all.
    pub(super) fn stuck(&self) -> Option<u64> {
        let waiting: usize = self.queue.iter().map(Bytes::len).sum();
        (waiting > 0).then(|| self.handed.wrapping_sub(waiting as u64))
    }

    /// Puts bytes in line that are no body.
    pub(super) fn push(&mut self, bytes: Vec<u8>) {
        let cost = bytes.capacity() + PIECE;
        self.queue.push_back(self.link.charge(Bytes::from(bytes), cost));
    }

    /// Puts the head of an answer in line, and a body that is at hand behind it.
    pub(super) fn push_answer(&mut self, head: Vec<u8>, body: &mut Body, rules: Option<Box<Rules>>) {
        let mut head = head;
        self.rules = rules;
        if let Body::Full(bytes) = body {
            write_data(&mut head, bytes.len() as u64);
            self.handed += bytes.len() as u64;
            if bytes.len() <= JOINED {
                head.extend_from_slice(bytes);
                self.push(head);
            } else {
                self.push(head);
                self.queue.push_back(self.link.charge(bytes.clone(), bytes.len()));
            }
            *body = Body::Empty;
        } else {
            self.push(head);
        }
        if body.is_empty() {
            self.last = Some(Last::End);
        }
    }

    /// Waits until the connection may have more to write.
    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        self.link.poll_room(cx)
    }

    /// Hands over what is in line.
    pub(super) fn poll_flush(&mut self, cx: &Context<'_>) -> Poll<Result<(), WriteFail>> {
        while let Some(first) = self.queue.front_mut() {
            if first.is_empty() {
                self.queue.pop_front();
                continue;
            }
            ready!(self.link.poll_write(self.id, first, cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Sends what can be sent.
    pub(super) fn poll(&mut self, body: &mut Body, cx: &mut Context<'_>) -> Poll<Sent> {
        for _ in 0..TURN {
            match self.poll_flush(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(WriteFail::Refused)) => return Poll::Ready(Sent::Refused),
                Poll::Pending => {
                    body.settle(cx);
                    return Poll::Pending;
                }
            }
            match self.last {
                Some(Last::End) => {
                    self.finish();
                    return Poll::Ready(Sent::Whole);
                }
                Some(Last::Broken) => return Poll::Ready(Sent::Broken),
                None => {}
            }
            // A stream that is not wanted is not worth reading the rest of a body for.
            if self.link.poll_refused(self.id, cx).is_ready() {
                return Poll::Ready(Sent::Refused);
            }
            if self.link.poll_room(cx).is_pending() {
                body.settle(cx);
                return Poll::Pending;
            }
            match body.poll_frame(cx) {
                Poll::Ready(Some(Ok(Frame::Data(data)))) => self.take(data, body.is_empty()),
                Poll::Ready(Some(Ok(Frame::Trailers(trailers)))) => {
                    self.flush_joined();
                    self.last = Some(match trailers.judged(self.rules.as_deref()) {
                        // The other side must not take the message for complete.
                        Err(_) => Last::Broken,
                        Ok(fields) => {
                            if !fields.is_empty() {
                                self.push(section(None, &fields, |_| true));
                            }
                            Last::End
                        }
                    });
                }
                Poll::Ready(Some(Err(_))) => {
                    self.flush_joined();
                    self.last = Some(Last::Broken);
                }
                Poll::Ready(None) => {
                    self.flush_joined();
                    self.last = Some(Last::End);
                }
                Poll::Pending if self.joined.is_empty() => return Poll::Pending,
                Poll::Pending => self.flush_joined(),
            }
        }
        // A body of very small pieces must not keep the others waiting.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes a piece over: one worth a frame as it is, a small one joined with those before it.
    fn take(&mut self, data: Bytes, is_last: bool) {
        if data.len() < JOINED {
            self.joined.extend_from_slice(&data);
            if self.joined.len() >= BUFFER || is_last {
                self.flush_joined();
            }
            return;
        }
        self.flush_joined();
        let mut head = Vec::with_capacity(FRAME_HEAD);
        write_data(&mut head, data.len() as u64);
        self.handed += data.len() as u64;
        self.push(head);
        let cost = data.len().max(BUFFER);
        self.queue.push_back(self.link.charge(data, cost));
    }

    fn flush_joined(&mut self) {
        if self.joined.is_empty() {
            return;
        }
        let joined = std::mem::take(&mut self.joined);
        let mut frame = Vec::with_capacity(joined.len() + FRAME_HEAD);
        write_data(&mut frame, joined.len() as u64);
        frame.extend_from_slice(&joined);
        self.handed += joined.len() as u64;
        self.push(frame);
    }

    /// Ends the stream in good order.
    pub(super) fn finish(&mut self) {
        self.is_over = true;
        self.link.finish(self.id);
    }

    /// Ends the stream with an error.
    pub(super) fn reset(&mut self, code: u64) {
        self.is_over = true;
        self.link.reset(self.id, code);
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if !self.is_over {
            self.link.reset(self.id, super::code::REQUEST_CANCELLED);
        }
    }
}

/// Fields as a frame, behind the status if there is one.
pub(super) fn section(
    status: Option<u16>,
    headers: &Headers,
    keep: impl Fn(windrose_http::headers::Field<'_>) -> bool,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(headers.size() + 64);
    let mut section = Section::new(&mut out);
    if let Some(status) = status {
        section.status(status);
    }
    for field in headers.iter().filter(|field| keep(*field)) {
        section.field(field.id, field.name, field.value);
    }
    let mut frame = Vec::with_capacity(out.len() + FRAME_HEAD);
    write_headers(&mut frame, &out);
    frame
}

/// What a piece keeps in memory at least, unless it was copied: the buffer it was read into.
const BUFFER: usize = windrose_stream::buffer::SIZE;
/// Below this a piece is joined with its neighbours.
const JOINED: usize = 4 * 1024;
/// Pieces that are read in one turn.
const TURN: usize = 512;
/// What a frame takes beside its bytes.
const FRAME_HEAD: usize = 16;
/// What the library keeps for a piece beside its bytes.
const PIECE: usize = 128;
