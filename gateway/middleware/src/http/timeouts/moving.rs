//! When something of a request last moved, and the bodies that say so.
//!
//! The time that a client takes to read is not that of its server: it counts from when more is asked for.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use windrose_http::body::{Broken, Stream};
use windrose_http::{Blame, Body, BodyError, Frame};

/// How long may pass.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Patience {
    /// Without anything that moves.
    pub(super) idle: Option<Duration>,
    /// In all.
    pub(super) total: Option<Duration>,
}

/// When something of a request last moved.
pub(super) struct Moving {
    patience: Patience,
    begun: Instant,
    last: Cell<Instant>,
}

impl Patience {
    pub(super) const fn is_endless(&self) -> bool {
        self.idle.is_none() && self.total.is_none()
    }

    /// When it ends, for what began and last moved at these times.
    fn ends(&self, begun: Instant, last: Instant) -> Instant {
        let idle = self.idle.map(|idle| last + idle);
        let total = self.total.map(|total| {
            // What moves is not cut.
            let pause = total.min(LONGEST_PAUSE);
            (begun + total).max(last + pause)
        });
        let ends = [idle, total].into_iter().flatten().min();
        ends.unwrap_or(last + ENDLESS)
    }
}

impl Moving {
    pub(super) fn new(patience: Patience) -> Rc<Self> {
        let now = Instant::now();
        Rc::new(Self { patience, begun: now, last: Cell::new(now) })
    }

    /// When the patience is at its end, unless something moves before.
    pub(super) fn deadline(&self) -> Instant {
        self.patience.ends(self.begun, self.last.get())
    }

    /// A body of a client, each piece of which moves.
    pub(super) fn upload(self: &Rc<Self>, body: Body) -> Body {
        Body::Stream(Box::new(Upload { body, moving: Rc::clone(self) }))
    }

    /// A body of a server, which breaks when nothing moves for too long.
    pub(super) fn download(self: &Rc<Self>, body: Body) -> Body {
        let moving = Rc::clone(self);
        Body::Stream(Box::new(Download { body, moving, alarm: None, waits: false }))
    }

    fn moved(&self) {
        self.last.set(Instant::now());
    }
}

struct Upload {
    body: Body,
    moving: Rc<Moving>,
}

impl Stream for Upload {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let frame = ready!(self.body.poll_frame(cx));
        self.moving.moved();
        Poll::Ready(frame)
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.body.settle(cx);
    }
}

struct Download {
    body: Body,
    moving: Rc<Moving>,
    alarm: Option<Pin<Box<Sleep>>>,
    /// Whether the server is waited for; otherwise it is the client.
    waits: bool,
}

impl Stream for Download {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        if !self.waits {
            self.moving.moved();
        }
        if let Poll::Ready(frame) = self.body.poll_frame(cx) {
            self.waits = false;
            self.moving.moved();
            return Poll::Ready(frame);
        }
        self.waits = true;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(self.moving.deadline())));
        loop {
            ready!(alarm.as_mut().poll(cx));
            let deadline = self.moving.deadline();
            if deadline <= Instant::now() {
                // The connection to the server goes now, not when the client's does.
                self.body = Body::Empty;
                return Poll::Ready(Some(Err(LATE)));
            }
            alarm.as_mut().reset(deadline);
        }
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.waits = false;
        self.body.settle(cx);
    }
}

const LATE: BodyError = BodyError { blame: Blame::Upstream, reason: Broken::TimedOut };
/// What has not moved for so long stands still.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const ENDLESS: Duration = Duration::from_secs(365 * 24 * 60 * 60);
