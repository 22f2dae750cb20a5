//! The rest of an answer on its way from the server.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use windrose_http::body::{BodyError, Frame, Stream};
use windrose_http::framing::Framing;
use windrose_wire::chunked::{Decoder, Step};

use super::client::Client;
use super::trailers::{read_trailers, trailers_end};
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

pub(super) enum Rest {
    Length(u64),
    Chunks(Decoder),
    Trailers,
    UntilClose,
}

impl Rest {
    pub(super) fn new(framing: Framing) -> Self {
        match framing {
            Framing::None => Self::Length(0),
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunks(Decoder::default()),
            Framing::UntilClose => Self::UntilClose,
        }
    }
}

impl Download {
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Frame>, BodyError>> {
        let Some(client) = &mut self.client else { return Poll::Ready(Ok(None)) };
        // A client that breaks off its own request has not broken the answer.
        let _ = self.upload.poll(client, cx);
        loop {
            match &mut self.rest {
                Rest::Length(0) => return Poll::Ready(Ok(None)),
                Rest::Length(left) if !client.read.is_empty() => {
                    let len = usize::try_from(*left).unwrap_or(usize::MAX).min(client.read.len());
                    *left -= len as u64;
                    return Poll::Ready(Ok(Some(Frame::Data(client.read.split_to(len).freeze()))));
                }
                Rest::UntilClose if !client.read.is_empty() => {
                    return Poll::Ready(Ok(Some(Frame::Data(client.read.split().freeze()))));
                }
                Rest::Chunks(decoder) => match decoder.step(&client.read).map_err(|_| MALFORMED)? {
                    Step::More { skip } => bytes::Buf::advance(&mut client.read, skip),
                    Step::Data { skip, len } => {
                        bytes::Buf::advance(&mut client.read, skip);
                        return Poll::Ready(Ok(Some(Frame::Data(client.read.split_to(len).freeze()))));
                    }
                    Step::Trailers { skip } => {
                        bytes::Buf::advance(&mut client.read, skip);
                        self.rest = Rest::Trailers;
                        continue;
                    }
                },
                Rest::Trailers => {
                    if let Some(end) = trailers_end(&client.read)? {
                        let section = client.read.split_to(end);
                        self.rest = Rest::Length(0);
                        return Poll::Ready(read_trailers(&section, &mut client.spans));
                    }
                }
                Rest::Length(_) | Rest::UntilClose => {}
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
            && matches!(self.rest, Rest::Length(0))
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
            Ok(Some(Frame::Data(_))) => matches!(self.rest, Rest::Length(0)),
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
        match &self.rest {
            Rest::Length(left) => Some(*left),
            _ => None,
        }
    }
}
