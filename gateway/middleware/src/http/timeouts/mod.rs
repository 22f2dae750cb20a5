//! `timeouts`: limits how long a request may take, without cutting what moves.
//!
//! ```yaml
//! timeouts:
//!   connect: 2s
//!   firstByte: 10s
//!   idle: 30s
//!   total: 1m
//! ```
//!
//! `connect` is the time for a connection to a server, `firstByte` that from the end of the request to the beginning of
//! its answer, `idle` the longest time in which no byte of request or answer comes, and `total` that of everything. An
//! upload or a download that moves is never cut: `total` waits until it has stood still for as long, at most five seconds.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use windrose_config::dynamic_config::Timeouts as Written;
use windrose_config::{GoDuration, Located};
use windrose_http::exchange::Limits;
use windrose_http::{Body, Exchange, Failure, Reply};

use crate::chain::Next;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod moving;
#[cfg(test)]
mod tests;

use moving::{Moving, Patience};

/// Limits how long a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    limits: Limits,
    patience: Patience,
}

impl Kind for Timeouts {
    const NAME: &'static str = "timeouts";
    type Options = Written;

    fn build(options: Written, _: &BuildContext<'_>) -> Result<Stage, BuildError> {
        Self::new(&options).map(Stage::around)
    }
}

impl Timeouts {
    /// Compiles what is written.
    ///
    /// # Errors
    /// Nothing is written, or a time is negative.
    pub fn new(written: &Written) -> Result<Self, BuildError> {
        let connect = time("connect", &written.connect)?;
        let first_byte = time("firstByte", &written.first_byte)?;
        let idle = time("idle", &written.idle)?;
        let total = time("total", &written.total)?;
        if [connect, first_byte, idle, total].iter().all(Option::is_none) {
            let message = "timeouts limits nothing, write connect, firstByte, idle or total";
            return Err(BuildError::new(message));
        }
        Ok(Self { limits: Limits::new(connect, first_byte), patience: Patience { idle, total } })
    }

    async fn limited(&self, ex: &mut Exchange, next: Next<'_>) -> Reply {
        let before = ex.limits;
        ex.limits = before.and(self.limits);
        let reply =
            if self.patience.is_endless() { next.run(ex).await } else { self.watched(ex, next).await };
        ex.limits = before;
        reply
    }

    async fn watched(&self, ex: &mut Exchange, next: Next<'_>) -> Reply {
        let moving = Moving::new(self.patience);
        if let Body::Stream(_) = ex.body {
            ex.body = moving.upload(std::mem::take(&mut ex.body));
        }
        let reply = in_time(&moving, next.run(ex)).await;
        let Some(mut reply) = reply else {
            ex.course.failed(Failure::AnswerTimeout);
            return Failure::AnswerTimeout.reply();
        };
        if let Body::Stream(_) = reply.body {
            reply.body = moving.download(std::mem::take(&mut reply.body));
        }
        reply
    }
}

impl Around for Timeouts {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        Box::pin(self.limited(ex, next))
    }
}

/// The head of an answer, unless nothing moves for too long; then whoever makes it is dropped.
async fn in_time(moving: &Rc<Moving>, answer: impl Future<Output = Reply>) -> Option<Reply> {
    let mut answer = pin!(answer);
    let mut alarm = pin!(sleep_until(moving.deadline()));
    poll_fn(|cx| {
        if let Poll::Ready(reply) = answer.as_mut().poll(cx) {
            return Poll::Ready(Some(reply));
        }
        loop {
            ready!(alarm.as_mut().poll(cx));
            let deadline = moving.deadline();
            if deadline <= Instant::now() {
                return Poll::Ready(None);
            }
            alarm.as_mut().reset(deadline);
        }
    })
    .await
}

/// A time as written; nothing for 0.
fn time(name: &str, written: &Located<GoDuration>) -> Result<Option<Duration>, BuildError> {
    match written.value.to_std() {
        Some(time) => Ok(Some(time).filter(|time| !time.is_zero())),
        None => {
            let message = format!("{name} is negative, write a time such as 10s");
            Err(BuildError { message, mark: Some(written.mark), length: 0 })
        }
    }
}
