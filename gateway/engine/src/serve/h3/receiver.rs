//! The frames of one request, one after the other.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use quinn_proto::StreamId;
use windrose_wire::h3::frame::{HeadReader, Kind};

use super::code;
use super::life::Life;
use crate::serve::quic::Link;

/// The frames that a client sends on a stream.
pub(super) struct Receiver {
    link: Rc<Link>,
    life: Rc<Life>,
    id: StreamId,
    /// What was read and not looked at.
    read: Bytes,
    is_read: bool,
    head: HeadReader,
    place: Place,
    /// What is still to come of the frame, and what it is.
    left: u64,
    kind: Kind,
    /// A section of fields as far as it is there.
    section: Vec<u8>,
    most_section: usize,
}

/// A piece of a message.
#[derive(Debug)]
pub(super) enum Piece {
    /// Its first fields, or those behind its body.
    Section(Vec<u8>),
    /// Some bytes of its body.
    Data(Bytes),
    /// Nothing follows.
    End,
}

/// Why there is no next piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The client has given the request up, or the connection is gone.
    Gone,
    /// The section of fields is longer than allowed, or all those of the connection together are.
    TooLarge,
}

/// Where in a message the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    Body,
    /// Behind the last fields.
    Done,
}

impl Receiver {
    /// The frames of a stream; a section of fields may have so many bytes.
    pub(super) fn new(link: &Rc<Link>, life: &Rc<Life>, id: StreamId, most_section: usize) -> Self {
        Self {
            link: Rc::clone(link),
            life: Rc::clone(life),
            id,
            read: Bytes::new(),
            is_read: false,
            head: HeadReader::default(),
            place: Place::Start,
            left: 0,
            kind: Kind::Unknown,
            section: Vec::new(),
            most_section,
        }
    }

    /// Whether the client has said all that it will.
    pub(super) fn is_over(&self) -> bool {
        self.is_read && self.read.is_empty() && self.left == 0
    }

    /// Whether the end of the stream has come and nothing is left of it but that, as far as can be told without waiting.
    pub(super) fn ends_here(&mut self, cx: &Context<'_>) -> bool {
        if self.left == 0 && self.read.is_empty() && !self.is_read && !self.head.is_cut() {
            let _ = self.poll_fill(cx);
        }
        self.is_over() && !self.head.is_cut()
    }

    /// The next piece.
    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<Piece, Cut>> {
        loop {
            if self.left == 0 && !self.section.is_empty() {
                return Poll::Ready(Ok(self.give_section()));
            }
            if self.read.is_empty() {
                if self.is_read {
                    return Poll::Ready(self.end());
                }
                ready!(self.poll_fill(cx))?;
                continue;
            }
            if self.left == 0 {
                let (taken, head) = self.head.advance(&self.read);
                self.read.advance(taken);
                let Some(head) = head else { continue };
                (self.kind, self.left) = (head.kind, head.length);
                if let Err(cut) = self.begin() {
                    return Poll::Ready(Err(cut));
                }
                if self.left == 0 && self.kind == Kind::Headers {
                    return Poll::Ready(Ok(self.give_section()));
                }
                continue;
            }
            let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.read.len());
            let part = self.read.split_to(most);
            self.left -= part.len() as u64;
            match self.kind {
                Kind::Data => return Poll::Ready(Ok(Piece::Data(part))),
                Kind::Headers => {
                    if !self.life.collect(part.len()) {
                        return Poll::Ready(Err(Cut::TooLarge));
                    }
                    self.section.extend_from_slice(&part);
                }
                _ => {}
            }
        }
    }

    fn poll_fill(&mut self, cx: &Context<'_>) -> Poll<Result<(), Cut>> {
        Poll::Ready(match ready!(self.link.poll_read(self.id, cx)) {
            Ok(read) => {
                (self.read, self.is_read) = (read.bytes, read.is_last);
                Ok(())
            }
            Err(_) => Err(Cut::Gone),
        })
    }

    /// Judges a frame by its head.
    fn begin(&mut self) -> Result<(), Cut> {
        let is_fitting = match self.kind {
            Kind::Headers => self.place != Place::Done,
            Kind::Data => self.place == Place::Body,
            Kind::Unknown => true,
            _ => false,
        };
        if !is_fitting {
            self.link.close(code::FRAME_UNEXPECTED, "a frame that does not belong here");
            return Err(Cut::Gone);
        }
        if self.kind == Kind::Headers && self.left > self.most_section as u64 {
            return Err(Cut::TooLarge);
        }
        Ok(())
    }

    fn give_section(&mut self) -> Piece {
        self.place = if self.place == Place::Start { Place::Body } else { Place::Done };
        let section = std::mem::take(&mut self.section);
        self.life.collected(section.len());
        Piece::Section(section)
    }

    fn end(&mut self) -> Result<Piece, Cut> {
        if self.left > 0 || self.head.is_cut() {
            // RFC 9114 §7.1.
            self.link.close(code::FRAME_ERROR, "a frame is cut off");
            return Err(Cut::Gone);
        }
        Ok(Piece::End)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.life.collected(self.section.len());
        if !self.is_over() {
            self.link.stop(self.id, code::NO_ERROR);
        }
    }
}
