//! `rateLimit`: holds back sources that ask too often.
//!
//! ```yaml
//! rateLimit:
//!   average: 100
//!   period: 1m
//!   burst: 50
//!   sourceCriterion:
//!     ipStrategy:
//!       depth: 1
//! ```
//!
//! Every source has a bucket of `burst` tokens, which fills with `average` tokens per `period`; a request takes one. One
//! that comes a little early waits for its token, at most half the time between two tokens and half a second; one that
//! would have to wait longer is answered with status 429, `Retry-After` and `X-Retry-In`. The buckets are those of all
//! workers and of all routers that name the middleware, and a reload leaves them as they are.
//!
//! With `redis` the buckets are there, shared by all gateways that name the middleware in the same way, Traefik's
//! included. A request that Redis cannot be asked for is answered with status 500.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use windrose_config::{GoDuration, Located};
use windrose_http::{Exchange, Id, Reply};

use crate::chain::Next;
use crate::client_ip::ClientIp;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::source::{Source, SourceCriterion};
use crate::stage::{Around, LocalBoxFuture, Stage};
use crate::store::Unavailable;

mod bucket;
mod buckets;
mod shared;
#[cfg(test)]
mod tests;

use bucket::{Rate, Taken};
use buckets::Buckets;
pub use shared::Redis;
use shared::Shared;

/// Holds back sources that ask too often.
#[derive(Debug)]
pub struct RateLimit {
    rate: Rate,
    source: Source,
    buckets: Kept,
    begun: Instant,
}

/// Where the buckets are.
#[derive(Debug)]
enum Kept {
    Here(Box<Buckets>),
    /// With those of other gateways.
    Shared(Box<Shared>),
}

/// The options of `rateLimit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Requests per `period`; 0 is any number.
    pub average: Located<i64>,
    /// The time in which `average` requests may come; 0 means a second.
    pub period: Located<GoDuration>,
    /// How many may come at once; less than 1 means 1.
    pub burst: i64,
    /// What tells one source from another; the address of the peer unless something is set.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub source_criterion: Option<SourceCriterion>,
    /// Where the buckets are that all gateways share; each has its own where it is not written.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub redis: Option<Box<Redis>>,
}

impl Default for Options {
    fn default() -> Self {
        let period = GoDuration::from_secs(1).into();
        Self { average: 0.into(), period, burst: 1, source_criterion: None, redis: None }
    }
}

impl Kind for RateLimit {
    const NAME: &'static str = "rateLimit";
    const SPAN: Option<&'static str> = Some("RateLimiter");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        let criterion = options.source_criterion.unwrap_or_default();
        let source = match Source::new(&criterion)? {
            Some(source) => source,
            None => Source::Ip(ClientIp::new(None)?),
        };
        let Ok(average) = u64::try_from(options.average.value) else {
            return Err(negative("average", "how many requests may come in a period", options.average.mark));
        };
        let Some(period) = options.period.to_std() else {
            return Err(negative("period", "a time such as 1s", options.period.mark));
        };
        if average == 0 {
            let message =
                "average is 0, which holds nothing back; write how many requests may come in a period";
            cx.warn(BuildError { message: message.to_owned(), mark: Some(options.average.mark), length: 0 });
            return Ok(Stage::Many(std::sync::Arc::default()));
        }
        let period = if period.is_zero() { Duration::from_secs(1) } else { period };
        let burst = u64::try_from(options.burst).unwrap_or(1).max(1);
        let rate = Rate::new(average, period, burst);
        let buckets = match &options.redis {
            None => Kept::Here(Box::new(Buckets::new())),
            Some(redis) => Kept::Shared(Box::new(Shared::new(redis, &rate, average, period, burst, cx)?)),
        };
        Ok(Stage::around(Self { rate, source, buckets, begun: Instant::now() }))
    }
}

fn negative(name: &str, instead: &str, mark: windrose_config::Mark) -> BuildError {
    BuildError { message: format!("{name} is negative, write {instead}"), mark: Some(mark), length: 0 }
}

impl Around for RateLimit {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        let taken = match &self.buckets {
            Kept::Here(buckets) => {
                let now = self.begun.elapsed();
                self.source.of(ex, |source| buckets.take(source, &self.rate, now))
            }
            Kept::Shared(shared) => {
                return Box::pin(async move {
                    let source = self.source.text(ex);
                    match shared.take(&source, next).await {
                        Ok(taken) => pass(taken, ex, next).await,
                        // traefik: the same.
                        Err(Unavailable) => Reply::error(500, "Could not insert/update bucket\n"),
                    }
                });
            }
        };
        match taken {
            Taken::Now => Box::pin(next.run(ex)),
            taken => Box::pin(pass(taken, ex, next)),
        }
    }
}

async fn pass(taken: Taken, ex: &mut Exchange, next: Next<'_>) -> Reply {
    match taken {
        Taken::Now => next.run(ex).await,
        Taken::After(wait) => {
            sleep(wait).await;
            next.run(ex).await
        }
        Taken::Not(wait) => too_many(wait),
    }
}

fn too_many(wait: Duration) -> Reply {
    let mut reply = Reply::status_text(429);
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    reply.headers.append(Id::RETRY_AFTER, seconds.to_string());
    let wait = GoDuration::from_nanos(i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX));
    reply.headers.append("X-Retry-In", wait.to_string());
    reply
}
