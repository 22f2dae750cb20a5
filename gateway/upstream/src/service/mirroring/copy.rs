//! The copy of a body, made while the body is on its way to the server.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;
use windrose_http::body::{BodyError, Frame, Stream};
use windrose_http::{Body, Exchange};

use super::Copies;
use crate::pool::Local;

/// The copy of a body; whole when the body has come to its end.
pub(super) struct Copy {
    state: RefCell<State>,
    changed: Notify,
    most: usize,
    local: Rc<Local>,
    /// The bytes that are counted for it.
    held: std::cell::Cell<usize>,
}

enum State {
    Growing(BytesMut),
    Whole(Bytes),
    /// There will be none: the body was too long, or broke, or there is no room.
    Lost,
}

impl Copy {
    /// Begins to copy the body of a request, if it can be copied at all.
    pub(super) fn of(ex: &mut Exchange, copies: Copies, local: &Rc<Local>) -> Option<Rc<Self>> {
        let most = copies.most_body.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
        let with = |state| {
            let (state, changed) = (RefCell::new(state), Notify::new());
            Rc::new(Self { state, changed, most, local: Rc::clone(local), held: std::cell::Cell::new(0) })
        };
        if !copies.with_body {
            return Some(with(State::Whole(Bytes::new())));
        }
        if ex.body.length().is_some_and(|length| length > most as u64) {
            return None;
        }
        match &mut ex.body {
            Body::Empty => Some(with(State::Whole(Bytes::new()))),
            Body::Full(bytes) => {
                let copy = with(State::Whole(bytes.clone()));
                copy.hold(bytes.len()).then_some(copy)
            }
            body @ Body::Stream(_) => {
                let copy = with(State::Growing(BytesMut::new()));
                let tee = Tee { body: std::mem::take(body), copy: Rc::clone(&copy) };
                *body = Body::Stream(Box::new(tee));
                Some(copy)
            }
        }
    }

    /// Waits for the end of the body; `None` when there is no whole copy.
    pub(super) async fn whole(&self) -> Option<Bytes> {
        loop {
            match &*self.state.borrow() {
                State::Growing(_) => {}
                State::Whole(bytes) => return Some(bytes.clone()),
                State::Lost => return None,
            }
            // Nothing runs between the look and the wait: all of it is on one worker.
            self.changed.notified().await;
        }
    }

    fn push(&self, data: &[u8]) {
        let mut state = self.state.borrow_mut();
        let State::Growing(bytes) = &mut *state else { return };
        if bytes.len() + data.len() > self.most || !self.hold(data.len()) {
            *state = State::Lost;
            self.release();
            drop(state);
            self.changed.notify_waiters();
            return;
        }
        bytes.extend_from_slice(data);
    }

    fn end(&self, is_whole: bool) {
        let mut state = self.state.borrow_mut();
        if let State::Growing(bytes) = &mut *state {
            *state = if is_whole { State::Whole(std::mem::take(bytes).freeze()) } else { State::Lost };
            drop(state);
            if !is_whole {
                self.release();
            }
            self.changed.notify_waiters();
        }
    }

    /// Counts bytes, if the worker has room for them.
    fn hold(&self, count: usize) -> bool {
        let copied = self.local.copied();
        let is_room = copied.get().saturating_add(count) <= MOST_COPIED;
        if is_room {
            copied.set(copied.get() + count);
            self.held.set(self.held.get() + count);
        }
        is_room
    }

    fn release(&self) {
        let copied = self.local.copied();
        copied.set(copied.get().saturating_sub(self.held.take()));
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        self.release();
    }
}

/// A body that is copied while somebody reads it.
struct Tee {
    body: Body,
    copy: Rc<Copy>,
}

impl Stream for Tee {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let frame = ready!(self.body.poll_frame(cx));
        match &frame {
            Some(Ok(Frame::Data(data))) => {
                self.copy.push(data);
                // Whoever knows the length does not ask again.
                if self.body.length() == Some(0) {
                    self.copy.end(true);
                }
            }
            Some(Ok(Frame::Trailers(_))) | None => self.copy.end(true),
            Some(Err(_)) => self.copy.end(false),
        }
        Poll::Ready(frame)
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.body.settle(cx);
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        self.copy.end(false);
    }
}

/// Bytes of bodies that a worker keeps for mirrors.
pub(super) const MOST_COPIED: usize = 64 * 1024 * 1024;
