//! Bodies of which something was looked at before they are sent on.

use std::task::{Context, Poll};

use windrose_http::body::Stream;
use windrose_http::{Body, BodyError, Frame};

/// What [`peek`] found at the beginning of a body.
pub type First = Option<Result<Frame, BodyError>>;

/// Waits for the first piece of a body and takes it out; `None` when there is none.
pub async fn peek(body: &mut Body) -> First {
    let first = body.frame().await;
    if !matches!(first, Some(Ok(Frame::Data(_)))) {
        // Nothing comes after it, and nobody may ask.
        *body = Body::Empty;
    }
    first
}

/// Puts back what was taken out.
#[must_use]
pub fn resumed(first: First, rest: Body) -> Body {
    match (first, rest) {
        (None, _) => Body::Empty,
        (Some(Ok(Frame::Data(bytes))), Body::Empty) => Body::from(bytes),
        // An end after which nothing may be asked for.
        (first @ Some(Ok(Frame::Trailers(_)) | Err(_)), _) => {
            Body::Stream(Box::new(Resumed { first, rest: Body::Empty }))
        }
        (first, rest) => Body::Stream(Box::new(Resumed { first, rest })),
    }
}

/// A body whose first piece comes from memory.
struct Resumed {
    first: First,
    rest: Body,
}

impl Stream for Resumed {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<First> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => self.rest.poll_frame(cx),
        }
    }

    fn length(&self) -> Option<u64> {
        let first = match &self.first {
            Some(Ok(Frame::Data(bytes))) => bytes.len() as u64,
            Some(Ok(Frame::Trailers(_))) | None => 0,
            // What ends early has no length that it will keep.
            Some(Err(_)) => return None,
        };
        self.rest.length()?.checked_add(first)
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        if self.first.is_none() {
            self.rest.settle(cx);
        }
    }
}
