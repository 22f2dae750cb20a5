//! A body whose bytes are counted as they go by.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::{Body, BodyError, Frame, Stream};

/// Counts what goes by.
struct Counted {
    body: Body,
    count: Rc<Cell<u64>>,
}

impl Body {
    /// The same body; `count` goes up by the bytes that are taken of it.
    #[must_use]
    pub fn counted(self, count: &Rc<Cell<u64>>) -> Self {
        match self {
            Self::Empty => Self::Empty,
            Self::Full(bytes) => {
                count.set(count.get() + bytes.len() as u64);
                Self::Full(bytes)
            }
            Self::Stream(_) => Self::Stream(Box::new(Counted { body: self, count: Rc::clone(count) })),
        }
    }
}

impl Stream for Counted {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let polled = self.body.poll_frame(cx);
        if let Poll::Ready(Some(Ok(Frame::Data(data)))) = &polled {
            self.count.set(self.count.get() + data.len() as u64);
        }
        polled
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.body.settle(cx);
    }
}
