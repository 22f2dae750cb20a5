//! The body of a request, shared by the stream's task and whoever the request is sent to.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use quinn_proto::StreamId;
use windrose_http::body::{BodyError, Broken, Frame, Stream};
use windrose_http::{Blame, Trailers};

use super::code;
use super::life::Life;
use super::receiver::{Cut, Piece, Receiver};
use super::request::{NoHead, take_trailers};
use crate::serve::quic::Link;
use crate::worker::{Deadline, SlotGuard};

/// What a client sends after the head of its request.
pub(super) struct Incoming {
    receiver: RefCell<Receiver>,
    link: Rc<Link>,
    life: Rc<Life>,
    id: StreamId,
    /// The bytes that were announced and have not come.
    left: Cell<Option<u64>>,
    come: Cell<u64>,
    most_section: usize,
    slot: Rc<SlotGuard>,
}

impl Incoming {
    pub(super) fn new(
        receiver: Receiver,
        (link, life, id): (&Rc<Link>, &Rc<Life>, StreamId),
        left: Option<u64>,
        most_section: usize,
        slot: &Rc<SlotGuard>,
    ) -> Rc<Self> {
        Rc::new(Self {
            receiver: RefCell::new(receiver),
            link: Rc::clone(link),
            life: Rc::clone(life),
            id,
            left: Cell::new(left),
            come: Cell::new(0),
            most_section,
            slot: Rc::clone(slot),
        })
    }

    /// The bytes of the body that have come.
    pub(super) fn come(&self) -> u64 {
        self.come.get()
    }

    fn poll_frame(&self, cx: &Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        self.slot.watch(cx);
        if self.slot.is_late() {
            return Poll::Ready(Some(Err(broken(Broken::TimedOut))));
        }
        loop {
            let piece = ready!(self.receiver.borrow_mut().poll(cx));
            return Poll::Ready(match piece {
                Ok(Piece::Data(data)) => {
                    self.come.set(self.come.get() + data.len() as u64);
                    match self.left.get().map(|left| left.checked_sub(data.len() as u64)) {
                        Some(None) => Some(Err(self.malformed())),
                        left => {
                            self.left.set(left.flatten());
                            if data.is_empty() {
                                continue;
                            }
                            Some(Ok(Frame::Data(data)))
                        }
                    }
                }
                Ok(Piece::Section(section)) => self.end().and_then(|()| self.trailers(&section)).transpose(),
                Ok(Piece::End) => self.end().map(|()| None).transpose(),
                Err(Cut::Gone) => Some(Err(broken(Broken::Closed))),
                Err(Cut::TooLarge) => Some(Err(self.malformed())),
            });
        }
    }

    /// The body has ended: all that was announced has come.
    fn end(&self) -> Result<(), BodyError> {
        self.slot.set_deadline(Deadline::None);
        match self.left.get() {
            None | Some(0) => Ok(()),
            Some(_) => Err(self.malformed()),
        }
    }

    fn trailers(&self, section: &[u8]) -> Result<Option<Frame>, BodyError> {
        let mut scratch = self.life.scratch.borrow_mut();
        match take_trailers(section, &mut scratch, self.most_section) {
            Ok(fields) => Ok(Trailers::new(fields).map(|trailers| Frame::Trailers(Box::new(trailers)))),
            Err(NoHead::Undecodable) => {
                self.link.close(code::DECOMPRESSION_FAILED, "fields that cannot be read");
                Err(broken(Broken::Closed))
            }
            Err(NoHead::Malformed | NoHead::Failed(_)) => Err(self.malformed()),
        }
    }

    /// RFC 9114 §4.1.2: such a message must not be taken for one.
    fn malformed(&self) -> BodyError {
        self.life.mark_wrong();
        self.link.stop(self.id, code::MESSAGE_ERROR);
        broken(Broken::Malformed)
    }
}

/// The body as the request's service sees it.
pub(super) struct RequestBody(pub(super) Rc<Incoming>);

impl Stream for RequestBody {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        self.0.poll_frame(cx)
    }

    fn length(&self) -> Option<u64> {
        self.0.left.get()
    }
}

const fn broken(reason: Broken) -> BodyError {
    BodyError { blame: Blame::Client, reason }
}
