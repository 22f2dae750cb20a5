//! The rest of an answer on its way from the server.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use windrose_http::body::{BodyError, Frame, Stream};
use windrose_stream::h1::{self, Rest, Step};

use super::client::Client;
use super::upload::Upload;
use super::{CLOSED, MALFORMED};
use crate::endpoint::Endpoint;
use crate::pool::Local;

/// The rest of an answer.
pub(super) struct Download {
    pub(super) client: Option<Box<Client>>,
    pub(super) upload: Upload,
    pub(super) rest: Rest,
    pub(super) stays: bool,
    pub(super) to: Arc<Endpoint>,
    pub(super) local: Rc<Local>,
}

impl Download {
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Frame>, BodyError>> {
        let Some(client) = &mut self.client else { return Poll::Ready(Ok(None)) };
        // A client that breaks off its own request has not broken the answer.
        let _ = self.upload.poll(client, cx);
        loop {
            match self.rest.step(&mut client.read, &mut client.spans) {
                Ok(Step::Frame(frame)) => return Poll::Ready(Ok(Some(frame))),
                Ok(Step::End) => return Poll::Ready(Ok(None)),
                Ok(Step::More) => {}
                Err(h1::Malformed) => return Poll::Ready(Err(MALFORMED)),
            }
            match ready!(client.poll_read(cx)) {
                Ok(1..) => {}
                Ok(0) if matches!(self.rest, Rest::UntilClose) => {
                    self.stays = false;
                    return Poll::Ready(Ok(None));
                }
                _ => return Poll::Ready(Err(CLOSED)),
            }
        }
    }

    /// The answer has ended: the connection goes back to the pool if it may be used again.
    fn finish(&mut self) {
        if let Some(mut client) = self.client.take()
            && self.stays
            && self.upload.is_done()
            && self.rest.is_over()
        {
            client.expires = Instant::now() + self.to.connector.idle_timeout;
            self.local.give_h1(&self.to, client);
        }
    }
}

impl Stream for Download {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let step = ready!(self.poll_step(cx));
        let ended = match &step {
            Ok(Some(Frame::Data(_))) => self.rest.is_over(),
            _ => true,
        };
        if ended {
            if step.is_err() {
                self.stays = false;
            }
            self.finish();
        }
        Poll::Ready(step.transpose())
    }

    fn length(&self) -> Option<u64> {
        self.rest.length()
    }
}
