//! The body of a request on its way to the server.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::SendStream;
use windrose_http::body::{BodyError, Broken, Frame};
use windrose_http::trailers::Rules;
use windrose_http::{Blame, Body};

use super::to_map;

/// The body of a request on its way to the server.
pub(super) struct Upload {
    pub(super) body: Body,
    pub(super) rules: Rules,
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
                    self.done = true;
                    let Ok(fields) = trailers.for_server(&self.rules) else {
                        // The server must not take the request for complete.
                        self.stream.send_reset(h2::Reason::CANCEL);
                        return Poll::Ready(Err(REFUSED));
                    };
                    let _ = if fields.is_empty() {
                        self.stream.send_data(Bytes::new(), true)
                    } else {
                        self.stream.send_trailers(to_map(&fields, |_| true))
                    };
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

/// Trailers that the entry point refuses.
const REFUSED: BodyError = BodyError { blame: Blame::Client, reason: Broken::Malformed };
