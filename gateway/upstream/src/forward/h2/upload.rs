//! The body of a request on its way to the server.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::SendStream;
use windrose_http::Body;
use windrose_http::body::{BodyError, Frame};

use super::super::is_trailer;
use super::to_map;

/// The body of a request on its way to the server.
pub(super) struct Upload {
    pub(super) body: Body,
    pub(super) stream: SendStream<Bytes>,
    pub(super) sending: Option<Bytes>,
    /// The interim answers that came meanwhile.
    pub(super) interims: u32,
    pub(super) done: bool,
}

impl Upload {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        while !self.done {
            if let Some(data) = &mut self.sending {
                let Some(Ok(capacity)) = ready!(self.stream.poll_capacity(cx)) else {
                    self.done = true;
                    return Poll::Ready(Ok(()));
                };
                let part = data.split_to(capacity.min(data.len()));
                if data.is_empty() {
                    self.sending = None;
                }
                if self.stream.send_data(part, false).is_err() {
                    self.done = true;
                }
                continue;
            }
            let frame = ready!(self.body.poll_frame(cx));
            match frame {
                Some(Ok(Frame::Data(data))) => {
                    self.stream.reserve_capacity(data.len());
                    self.sending = Some(data);
                }
                Some(Ok(Frame::Trailers(trailers))) => {
                    let _ = self
                        .stream
                        .send_trailers(to_map(&trailers, |field| is_trailer(field.id, field.name)));
                    self.done = true;
                }
                Some(Err(error)) => {
                    self.stream.send_reset(h2::Reason::CANCEL);
                    self.done = true;
                    return Poll::Ready(Err(error));
                }
                None => {
                    let _ = self.stream.send_data(Bytes::new(), true);
                    self.done = true;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
