//! `circuitBreaker`: leaves a service alone for a while that does not do well.
//!
//! ```yaml
//! circuitBreaker:
//!   expression: LatencyAtQuantileMS(50.0) > 100 || ResponseCodeRatio(500, 600, 0, 600) > 0.25
//!   checkPeriod: 100ms
//!   fallbackDuration: 10s
//!   recoveryDuration: 10s
//!   responseCode: 503
//! ```
//!
//! The expression is looked at after answers, at most once per `checkPeriod`. When it is true nobody passes for
//! `fallbackDuration`; then, for `recoveryDuration`, a share of the requests that grows to one half, and in the end all
//! of them. Each router has a breaker of its own, which outlives a reload.

use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use windrose_config::{GoDuration, Located};
use windrose_http::course::Guard;
use windrose_http::{Exchange, Reply};

use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod breaker;
mod expression;
mod histogram;
mod metrics;
mod routes;
#[cfg(test)]
mod tests;

use breaker::{Breaker, Times};
use expression::Expression;
use routes::Routes;

/// Leaves a service alone for a while that does not do well.
pub struct CircuitBreaker {
    breakers: Arc<Routes>,
    status: u16,
}

/// The options of `circuitBreaker`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// When a service does not do well; required.
    #[serde(skip_serializing_if = "is_default")]
    pub expression: Located<Box<str>>,
    /// How much time there is at least between two looks; 0 and below are the usual.
    pub check_period: GoDuration,
    /// How long nobody passes; 0 and below are the usual.
    pub fallback_duration: GoDuration,
    /// How long only some pass; 0 and below are the usual.
    pub recovery_duration: GoDuration,
    /// The status that those get who do not pass.
    pub response_code: Located<u16>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            expression: Located::default(),
            check_period: GoDuration::from_millis(100),
            fallback_duration: GoDuration::from_secs(10),
            recovery_duration: GoDuration::from_secs(10),
            response_code: Located::from(503),
        }
    }
}

impl Kind for CircuitBreaker {
    const NAME: &'static str = "circuitBreaker";
    const SPAN: Option<&'static str> = Some("CircuitBreaker");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.expression.is_empty() {
            let message = "expression is missing, write for example NetworkErrorRatio() > 0.3";
            return Err(BuildError::new(message));
        }
        let wrong = |error| BuildError::at(&options.expression, format!("{error}"));
        let expression = Expression::parse(&options.expression).map_err(wrong)?;
        let status = options.response_code;
        if !(200..=999).contains(&status.value) {
            let message = format!("{} is no status to answer with, write for example 503", status.value);
            return Err(BuildError {
                message,
                mark: Some(status.mark),
                length: status.value.to_string().len(),
            });
        }
        let time = |written: GoDuration, usual: GoDuration| {
            written.positive().or_else(|| usual.positive()).unwrap_or(Duration::ZERO)
        };
        let usual = Options::default();
        let times = Times {
            check: time(options.check_period, usual.check_period),
            fallback: time(options.fallback_duration, usual.fallback_duration),
            recovery: time(options.recovery_duration, usual.recovery_duration),
        };
        // The status apart, it is another breaker when any of it is another.
        let from = format!("{times:?} {}", options.expression.value);
        let breakers = cx.keep(&from, || Routes::new(expression.clone(), times));
        Ok(Stage::around(Self { breakers, status: status.value }))
    }
}

impl Around for CircuitBreaker {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        let breaker = self.breakers.of(next.route());
        if !breaker.admits() {
            return Box::pin(ready(Reply::status_text(self.status)));
        }
        Box::pin(async move {
            let attempt = Attempt { breaker, begun: Instant::now() };
            let reply = next.run(ex).await;
            let (breaker, token) = attempt.answered(reply.status);
            ex.course.hold(Guard::new(breaker, token));
            reply
        })
    }
}

/// A request that has passed and has no answer yet; given up, it counts as one whose client has gone.
struct Attempt<'a> {
    breaker: &'a Arc<Breaker>,
    begun: Instant,
}

impl Attempt<'_> {
    /// What is to be given back when the last byte of the answer was written.
    fn answered(self, status: u16) -> (Arc<Breaker>, u64) {
        let breaker = Arc::clone(self.breaker);
        let token = breaker.token(self.begun, status);
        std::mem::forget(self);
        (breaker, token)
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.breaker.record(CLIENT_GONE, self.begun.elapsed());
    }
}

const CLIENT_GONE: u16 = 499;
