//! The body of a request on its way to the server.

use std::task::{Context, Poll, ready};

use windrose_http::body::{BodyError, Broken, Frame};
use windrose_http::trailers::Rules;
use windrose_http::{Blame, Body};
use windrose_wire::chunked;

use super::super::head::Coding;
use super::client::Client;

/// The body of a request on its way to the server.
pub(super) struct Upload {
    pub(super) body: Body,
    pub(super) rules: Option<Box<Rules>>,
    pub(super) coding: Coding,
    pub(super) state: Sending,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    /// The server has not yet said that it wants the body.
    Held,
    Body,
    Flush,
    Done,
    /// The server takes no more, or gets no more; it may still have answered.
    Refused,
}

impl Upload {
    /// Sends what can be sent. Ready when nothing more will be; the error is the client's.
    pub(super) fn poll(&mut self, client: &mut Client, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        loop {
            match self.state {
                Sending::Done | Sending::Refused => return Poll::Ready(Ok(())),
                Sending::Held | Sending::Flush => {
                    let flushed = ready!(client.out.poll_flush(&mut client.io, cx));
                    self.state = match (flushed, self.state) {
                        (Err(_), _) => Sending::Refused,
                        (Ok(()), Sending::Held) => return Poll::Pending,
                        (Ok(()), _) => Sending::Done,
                    };
                }
                Sending::Body if client.out.is_full() => {
                    let Poll::Ready(flushed) = client.out.poll_flush(&mut client.io, cx) else {
                        self.body.settle(cx);
                        return Poll::Pending;
                    };
                    if flushed.is_err() {
                        self.state = Sending::Refused;
                    }
                }
                Sending::Body => match self.body.poll_frame(cx) {
                    Poll::Ready(Some(frame)) => {
                        if let Err(error) = frame.and_then(|frame| self.push(frame, client)) {
                            // What ends here must not look like the end.
                            self.state = Sending::Refused;
                            return Poll::Ready(Err(error));
                        }
                    }
                    Poll::Ready(None) => {
                        if self.coding == Coding::Chunked {
                            client.out.room().extend_from_slice(chunked::END);
                        }
                        self.state = Sending::Flush;
                    }
                    Poll::Pending => {
                        if ready!(client.out.poll_flush(&mut client.io, cx)).is_err() {
                            self.state = Sending::Refused;
                            continue;
                        }
                        return Poll::Pending;
                    }
                },
            }
        }
    }

    fn push(&mut self, frame: Frame, client: &mut Client) -> Result<(), BodyError> {
        match (frame, self.coding) {
            (Frame::Data(data), Coding::Plain) => client.out.push(data, b""),
            (Frame::Data(data), Coding::Chunked) => {
                chunked::write_size(data.len(), client.out.room());
                client.out.push(data, b"\r\n");
            }
            (Frame::Trailers(trailers), coding) => {
                let fields = trailers.judged(self.rules.as_deref()).map_err(|_| REFUSED)?;
                if coding == Coding::Chunked {
                    client.out.room().extend_from_slice(b"0\r\n");
                    fields.write(client.out.room(), |_| true);
                    client.out.room().extend_from_slice(b"\r\n");
                }
                self.state = Sending::Flush;
            }
        }
        Ok(())
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == Sending::Done
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, Sending::Done | Sending::Refused)
    }
}

/// Trailers that the entry point refuses: the server must not take the request for complete.
const REFUSED: BodyError = BodyError { blame: Blame::Client, reason: Broken::Malformed };
