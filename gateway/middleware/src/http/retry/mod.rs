//! `retry`: tries a request again when the first try came to nothing.
//!
//! ```yaml
//! retry:
//!   attempts: 3
//!   initialInterval: 100ms
//!   timeout: 2s
//!   status:
//!     - "503"
//!     - 520-529
//!   maxRequestBodyBytes: 65536
//!   budget: 20%
//! ```
//!
//! A request of which no server has seen anything, because none could be reached, is always tried again unless
//! `disableRetryOnNetworkError` is set. An answer whose status is in `status` is thrown away and asked for again, if the
//! method allows it (POST, PATCH and LOCK only with `retryNonIdempotentMethod`) and the body could be kept. Waits begin
//! at `initialInterval`, grow to twice that and vary by half; the answer to the last try is the client's whatever it
//! is. Every try goes through the middlewares behind this one, with the request as it came here, and to a server that was
//! not asked yet, as long as there is a healthy one. With `budget`, which Traefik does not have, no more than this share of
//! the requests is tried again (`true` is 20%), besides three in a row and one a second; nobody is asked again beyond that.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use windrose_config::{GoDuration, Located};
use windrose_http::body::Gathered;
use windrose_http::{Blame, Body, BodyError, Exchange, Failure, Method, Reply};

use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod budget;
pub(super) mod original;
#[cfg(test)]
mod tests;
mod waits;

use budget::Budget;
use original::Original;
use waits::Waits;

/// Tries a request again when the first try came to nothing.
#[derive(Debug)]
pub struct Retry {
    attempts: u32,
    first_wait: Duration,
    timeout: Option<Duration>,
    unsent: Unsent,
    statuses: Box<[RangeInclusive<u16>]>,
    methods: Methods,
    most_body: usize,
    budget: Option<Arc<Budget>>,
}

/// Whether requests are tried again that no server has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsent {
    Again,
    Never,
}

/// Which requests are tried again for the status of their answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Methods {
    Idempotent,
    All,
}

/// The options of `retry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// How often to try in all; required.
    pub attempts: u32,
    /// The first wait; 0 does not wait at all.
    #[serde(skip_serializing_if = "is_default")]
    pub initial_interval: GoDuration,
    /// After this time no new try begins; 0 is never.
    #[serde(skip_serializing_if = "is_default")]
    pub timeout: GoDuration,
    /// The longest body that is kept for another try; below 0 is any.
    pub max_request_body_bytes: i64,
    /// Statuses, and ranges such as `500-599`, to ask again for.
    #[serde(skip_serializing_if = "is_default")]
    pub status: Vec<Located<Box<str>>>,
    /// Whether only a status is a reason.
    #[serde(skip_serializing_if = "is_default")]
    pub disable_retry_on_network_error: bool,
    /// Whether a status is a reason to repeat POST, PATCH and LOCK too.
    #[serde(skip_serializing_if = "is_default")]
    pub retry_non_idempotent_method: bool,
    /// How many of a hundred requests may be tried again, such as `20%`; empty is any number. Ours, not Traefik's.
    #[serde(skip_serializing_if = "is_default")]
    pub budget: Located<Box<str>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            attempts: 0,
            initial_interval: GoDuration::ZERO,
            timeout: GoDuration::ZERO,
            max_request_body_bytes: 2 << 20,
            status: Vec::new(),
            disable_retry_on_network_error: false,
            retry_non_idempotent_method: false,
            budget: Located::default(),
        }
    }
}

impl Kind for Retry {
    const NAME: &'static str = "retry";
    const SPAN: Option<&'static str> = Some("Retry");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options.attempts == 0 {
            return Err(BuildError::new("attempts is missing, write how often to try in all"));
        }
        if options.disable_retry_on_network_error && options.status.is_empty() {
            let message = "nothing to try again for, set status or remove disableRetryOnNetworkError";
            return Err(BuildError::new(message));
        }
        Ok(Stage::around(Self {
            attempts: options.attempts,
            first_wait: options.initial_interval.positive().unwrap_or_default(),
            timeout: options.timeout.positive(),
            unsent: if options.disable_retry_on_network_error { Unsent::Never } else { Unsent::Again },
            statuses: options.status.iter().map(statuses).collect::<Result<_, BuildError>>()?,
            methods: if options.retry_non_idempotent_method { Methods::All } else { Methods::Idempotent },
            most_body: usize::try_from(options.max_request_body_bytes).unwrap_or(usize::MAX),
            budget: percent(&options.budget)?
                .map(|percent| cx.keep(&format!("budget {percent}"), || Budget::new(percent))),
        }))
    }
}

impl Around for Retry {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        if self.attempts < 2 {
            return Box::pin(next.run(ex));
        }
        Box::pin(async move {
            let is_first = ex.tried.begin();
            let reply = self.repeat(ex, next).await;
            if is_first {
                ex.tried.end();
            }
            reply
        })
    }
}

impl Retry {
    async fn repeat(&self, ex: &mut Exchange, next: Next<'_>) -> Reply {
        let begun = Instant::now();
        if let Some(budget) = &self.budget {
            budget.asked();
        }
        let body = match self.keep_body(ex).await {
            Ok(body) => body,
            Err(error) => return Failure::from(error).reply(),
        };
        let original = Original::of(ex);
        let mut waits = Waits::new(self.first_wait, self.attempts);
        let mut left = self.attempts - 1;
        let held = ex.course.held();
        loop {
            if let Some(body) = &body {
                ex.body = Body::from(body.clone());
            }
            let reply = next.run(ex).await;
            if left == 0 || !self.is_reason(&reply, body.is_some()) {
                return reply;
            }
            let wait = waits.next();
            if self.timeout.is_some_and(|timeout| begun.elapsed() + wait > timeout) {
                return reply;
            }
            if self.budget.as_ref().is_some_and(|budget| !budget.spend()) {
                return reply;
            }
            ex.spare = reply.headers;
            // A connection that still sends the answer nobody wants is closed before the wait.
            drop((reply.body, reply.upgrade));
            ex.course.give_back(held);
            if !wait.is_zero() {
                sleep(wait).await;
            }
            original.restore(ex);
            ex.course.record.retries += 1;
            if let Some(watch) = ex.course.watcher() {
                watch.repeated();
            }
            left -= 1;
        }
    }

    /// Reads the whole body, when a status may be a reason to send it again; `None` when it cannot be.
    async fn keep_body(&self, ex: &mut Exchange) -> Result<Option<Bytes>, BodyError> {
        let is_too_long = ex.body.length().is_some_and(|length| length > self.most_body as u64);
        if is_too_long || !self.may_repeat(ex) {
            return Ok(None);
        }
        match ex.body.gather(self.most_body).await? {
            Gathered::Longer => Ok(None),
            Gathered::Whole(bytes) => {
                // The client was told to go on when its body was asked for.
                ex.expects_continue = false;
                Ok(Some(bytes))
            }
        }
    }

    /// Whether the request may be repeated although a server may have acted on it.
    fn may_repeat(&self, ex: &Exchange) -> bool {
        let is_allowed = match &ex.method {
            Method::Connect => false,
            Method::Post | Method::Patch => self.methods == Methods::All,
            Method::Other(name) if **name == *"LOCK" => self.methods == Methods::All,
            _ => true,
        };
        is_allowed && !self.statuses.is_empty() && ex.offer.protocols().is_empty()
    }

    fn is_reason(&self, reply: &Reply, is_body_kept: bool) -> bool {
        let is_unsent = reply.failure.is_some_and(|failure| failure.retry() == windrose_http::Retry::Unsent);
        if is_unsent && self.unsent == Unsent::Again {
            return true;
        }
        let is_upstream = reply.failure.is_none_or(|failure| failure.blame() == Blame::Upstream);
        is_body_kept && is_upstream && self.statuses.iter().any(|range| range.contains(&reply.status))
    }
}

/// How many of a hundred; nothing where nothing is written.
fn percent(written: &Located<Box<str>>) -> Result<Option<u8>, BuildError> {
    let text = written.trim();
    match text {
        "" | "false" => return Ok(None),
        "true" => return Ok(Some(USUAL_PERCENT)),
        _ => {}
    }
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<u8>().ok();
    match number.filter(|percent| *percent <= 100) {
        Some(percent) => Ok(Some(percent)),
        None => Err(BuildError::at(written, "no share of a hundred, write for example 20%")),
    }
}

/// One status, or two with a dash between.
fn statuses(written: &Located<Box<str>>) -> Result<RangeInclusive<u16>, BuildError> {
    let (first, last) = written.split_once('-').unwrap_or((written, written));
    let status = |text: &str| text.trim().parse::<u16>().ok().filter(|status| (100..=599).contains(status));
    match (status(first), status(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err(BuildError::at(written, "no status and no range, write for example 503 or 500-599")),
    }
}

/// The share of a budget that is only switched on.
const USUAL_PERCENT: u8 = 20;
