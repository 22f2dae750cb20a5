//! `buffering`: reads requests and answers to their end before they go on.
//!
//! ```yaml
//! buffering:
//!   maxRequestBodyBytes: 10485760
//!   memRequestBodyBytes: 1048576
//!   maxResponseBodyBytes: 10485760
//!   memResponseBodyBytes: 1048576
//!   retryExpression: IsNetworkError() && Attempts() < 3
//! ```
//!
//! What does not fit into memory waits in a file without a name. A request that is too long is answered with status 413, an
//! answer that is too long becomes one with status 500. A request with a body is repeated, ten times at most, while the
//! expression holds for its answer. It knows `Attempts()`, `ResponseCode()`, `RequestMethod()` and `IsNetworkError()`,
//! comparisons, `&&`, `||` and parentheses. Interim answers are dropped; connections that change their protocol are not
//! touched once they have.

use serde::{Deserialize, Serialize};

use windrose_config::Located;
use windrose_http::{Exchange, Failure, Id, Method, Reply};

use super::retry::original::Original;
use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod again;
mod kept;
#[cfg(test)]
mod tests;

use again::{Again, Outcome};
use kept::{Kept, Limits, NotKept};

/// Reads requests and answers to their end before they go on.
#[derive(Debug)]
pub struct Buffering {
    request: Limits,
    answer: Limits,
    again: Option<Again>,
}

/// The options of `buffering`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The longest body of a request; 0 is any.
    #[serde(skip_serializing_if = "is_default")]
    pub max_request_body_bytes: Located<i64>,
    /// How much of it is kept in memory; 0 means a megabyte.
    #[serde(skip_serializing_if = "is_default")]
    pub mem_request_body_bytes: Located<i64>,
    /// The longest body of an answer; 0 is any.
    #[serde(skip_serializing_if = "is_default")]
    pub max_response_body_bytes: Located<i64>,
    /// How much of it is kept in memory; 0 means a megabyte.
    #[serde(skip_serializing_if = "is_default")]
    pub mem_response_body_bytes: Located<i64>,
    /// When to repeat a request.
    #[serde(skip_serializing_if = "is_default")]
    pub retry_expression: Located<Box<str>>,
}

impl Kind for Buffering {
    const NAME: &'static str = "buffering";
    const SPAN: Option<&'static str> = Some("Buffer");
    type Options = Options;

    fn build(options: Options, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let size = |name: &str, size: Located<i64>| {
            u64::try_from(size.value).map_err(|_| BuildError {
                message: format!("{name} is negative, write a number of bytes, or 0"),
                mark: Some(size.mark),
                length: 0,
            })
        };
        Ok(Stage::around(Self {
            request: Limits::new(
                size("maxRequestBodyBytes", options.max_request_body_bytes)?,
                size("memRequestBodyBytes", options.mem_request_body_bytes)?,
            ),
            answer: Limits::new(
                size("maxResponseBodyBytes", options.max_response_body_bytes)?,
                size("memResponseBodyBytes", options.mem_response_body_bytes)?,
            ),
            again: Again::new(&options.retry_expression)?,
        }))
    }
}

impl Around for Buffering {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        Box::pin(async move {
            // Whoever waits for the whole answer has no use for what comes before it.
            let interim = ex.interim.take();
            let reply = self.buffer(ex, next).await;
            ex.interim = interim;
            reply
        })
    }
}

impl Buffering {
    async fn buffer(&self, ex: &mut Exchange, next: Next<'_>) -> Reply {
        let request = match Kept::read(&mut ex.body, &self.request).await {
            Ok(request) => request,
            Err(NotKept::TooLong) => return Reply::status_text(413),
            Err(NotKept::Broken(error)) => return Failure::from(error).reply(),
            Err(NotKept::NoFile) => return Failure::Internal.reply(),
        };
        // The client was told to go on when its body was asked for.
        ex.expects_continue = false;
        ex.headers.take(Id::TRAILER);
        // Traefik repeats nothing that has no body.
        let again = self.again.as_ref().filter(|_| !request.is_empty());
        let original = again.map(|_| Original::of(ex));
        let mut attempt = 1;
        loop {
            ex.body = request.body();
            let reply = next.run(ex).await;
            if reply.upgrade.is_some() {
                return reply;
            }
            let reply = match self.keep(ex, reply).await {
                Ok(reply) => reply,
                Err(reply) => return reply,
            };
            let (Some(again), Some(original)) = (again, &original) else { return reply };
            let outcome = Outcome { method: &ex.method, status: reply.status, attempt };
            if attempt > MOST_RETRIES || !again.holds(&outcome) {
                return reply;
            }
            attempt += 1;
            ex.course.record.retries += 1;
            ex.spare = reply.headers;
            original.restore(ex);
        }
    }

    /// The answer with its whole body; `Err` with another that ends the matter.
    async fn keep(&self, ex: &Exchange, mut reply: Reply) -> Result<Reply, Reply> {
        if ex.method == Method::Head || matches!(reply.status, 100..=199 | 204 | 304) {
            return Ok(reply);
        }
        let length = reply.body.length();
        let kept = match Kept::read(&mut reply.body, &self.answer).await {
            Ok(kept) => kept,
            Err(NotKept::Broken(error)) => return Err(Failure::from(error).reply()),
            Err(NotKept::TooLong | NotKept::NoFile) => return Err(Failure::Internal.reply()),
        };
        // Traefik's server finds the length of a short body itself.
        let is_told = length.is_some() || kept.length() <= HELD_BACK;
        reply.body = if is_told { kept.into_body() } else { kept.into_stream() };
        Ok(reply)
    }
}

/// How often a request is repeated at most, whatever the expression says.
const MOST_RETRIES: u32 = 10;

/// What Traefik's server holds back before the head goes out.
const HELD_BACK: u64 = 2048;
