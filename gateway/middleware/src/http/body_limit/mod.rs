//! `bodyLimit`: refuses requests whose body is too long, without keeping any of it.
//!
//! ```yaml
//! bodyLimit:
//!   maxRequestBodyBytes: 1048576
//! ```
//!
//! A length that is too large is refused at once with status 413. A body without a length is cut off where it becomes too
//! long; the server does not get it whole, and the client gets 413 if no answer has begun. Traefik has no such kind; its
//! `buffering` waits for the whole body.

use std::task::{Context, Poll};

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::body::{Broken, Stream};
use windrose_http::{Blame, Body, BodyError, Exchange, Failure, Frame};

use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

#[cfg(test)]
mod tests;

/// Refuses requests whose body is too long.
#[derive(Debug)]
pub struct BodyLimit {
    most: u64,
}

/// The options of `bodyLimit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The longest body that passes; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_request_body_bytes: Option<Located<i64>>,
}

impl Kind for BodyLimit {
    const NAME: &'static str = "bodyLimit";
    const SPAN: Option<&'static str> = Some("BodyLimit");
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let Some(most) = options.max_request_body_bytes else {
            return Err(BuildError::new(
                "maxRequestBodyBytes is missing, write the longest body that may pass",
            ));
        };
        let Ok(bytes) = u64::try_from(most.value) else {
            let message = "maxRequestBodyBytes is negative, write a number of bytes".to_owned();
            return Err(BuildError { message, mark: Some(most.mark), length: 0 });
        };
        Ok(Stage::filter(Self { most: bytes }))
    }
}

impl Filter for BodyLimit {
    fn request(&self, ex: &mut Exchange) -> Flow {
        match ex.body.length() {
            Some(length) if length > self.most => Flow::reply(Failure::BodyTooLarge.reply()),
            Some(_) => Flow::Continue,
            None => {
                let body = std::mem::take(&mut ex.body);
                ex.body = Body::Stream(Box::new(Limited { body, left: self.most }));
                Flow::Continue
            }
        }
    }
}

/// A body that breaks where it becomes too long.
struct Limited {
    body: Body,
    left: u64,
}

impl Stream for Limited {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let frame = self.body.poll_frame(cx);
        if let Poll::Ready(Some(Ok(Frame::Data(bytes)))) = &frame {
            match self.left.checked_sub(bytes.len() as u64) {
                Some(left) => self.left = left,
                None => {
                    self.body = Body::Empty;
                    let error = BodyError { blame: Blame::Client, reason: Broken::TooLarge };
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        frame
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.body.settle(cx);
    }
}
