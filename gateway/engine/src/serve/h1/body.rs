//! The body of a request as its service sees it.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use windrose_http::body::{BodyError, Frame, Stream};
use windrose_http::framing::Framing;

use super::link::Link;

/// The body of a request; reads from the connection when it is polled.
pub(super) struct RequestBody {
    link: Rc<Link>,
    left: Option<u64>,
}

impl RequestBody {
    pub(super) const fn new(link: Rc<Link>, framing: Framing) -> Self {
        let left = if let Framing::Length(length) = framing { Some(length) } else { None };
        Self { link, left }
    }
}

impl Stream for RequestBody {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let step = ready!(self.link.poll_body(cx));
        if let (Ok(Some(Frame::Data(data))), Some(left)) = (&step, &mut self.left) {
            *left = left.saturating_sub(data.len() as u64);
        }
        Poll::Ready(step.transpose())
    }

    fn length(&self) -> Option<u64> {
        self.left
    }
}
