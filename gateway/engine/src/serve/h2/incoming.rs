//! The body of a request, shared by the stream's task and whoever the request is sent to.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use windrose_http::Blame;
use windrose_http::body::{BodyError, Broken, Frame, Stream};
use windrose_stream::h2::Received;

use crate::worker::{Deadline, SlotGuard};

/// What a client sends after the head of its request.
pub(super) struct Incoming {
    received: RefCell<Received>,
    /// The bytes that have come.
    come: Cell<u64>,
    slot: Rc<SlotGuard>,
}

impl Incoming {
    pub(super) fn new(received: Received, slot: &Rc<SlotGuard>) -> Rc<Self> {
        Rc::new(Self { received: RefCell::new(received), come: Cell::new(0), slot: Rc::clone(slot) })
    }

    /// The bytes of the body that have come.
    pub(super) fn come(&self) -> u64 {
        self.come.get()
    }

    fn poll_frame(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        self.slot.watch(cx);
        if self.slot.is_late() {
            return Poll::Ready(Some(Err(LATE)));
        }
        let mut received = self.received.borrow_mut();
        let polled = received.poll_frame(cx);
        if let Poll::Ready(Some(Ok(Frame::Data(data)))) = &polled {
            self.come.set(self.come.get() + data.len() as u64);
        }
        if received.is_read() {
            self.slot.set_deadline(Deadline::None);
        }
        polled
    }

    /// Reads for a while what still comes of a request that has its answer. The reset that tells the client to stop
    /// must not stand in one packet with the answer, since some clients forget the answer then; most stop by
    /// themselves. Whoever has sent more than a window since has seen the answer.
    pub(super) async fn discard(&self) {
        self.slot.set_answer_deadline(Deadline::None);
        self.slot.set_deadline(Deadline::In(PATIENCE));
        let mut left = MOST;
        poll_fn(|cx| {
            while let Some(Ok(frame)) = ready!(self.poll_frame(cx)) {
                let Frame::Data(data) = frame else { break };
                let Some(rest) = left.checked_sub(data.len()) else { break };
                left = rest;
            }
            Poll::Ready(())
        })
        .await;
    }
}

/// The body as the request's service sees it.
pub(super) struct RequestBody(pub(super) Rc<Incoming>);

impl Stream for RequestBody {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        self.0.poll_frame(cx)
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.0.received.borrow_mut().settle(cx);
    }

    fn length(&self) -> Option<u64> {
        self.0.received.borrow().length()
    }
}

const LATE: BodyError = BodyError { blame: Blame::Client, reason: Broken::TimedOut };
/// How long a client may take to see its answer.
const PATIENCE: Duration = Duration::from_secs(1);
const MOST: usize = 2 * super::STREAM_WINDOW as usize;
