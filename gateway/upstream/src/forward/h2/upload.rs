//! The body of a request on its way to the server.

use std::task::{Context, Poll, ready};

use windrose_http::Body;
use windrose_http::body::BodyError;

use windrose_stream::h2::{Sending, Sent};

/// The body of a request on its way to the server.
pub(super) struct Upload {
    pub(super) body: Body,
    pub(super) sending: Sending,
    /// The interim answers that came meanwhile.
    pub(super) interims: u32,
    pub(super) done: bool,
}

impl Upload {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        if self.done {
            return Poll::Ready(Ok(()));
        }
        let sent = ready!(self.sending.poll(&mut self.body, cx));
        self.done = true;
        if let Sent::Broken(error) = sent {
            self.sending.reset(h2::Reason::CANCEL);
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(()))
    }
}
