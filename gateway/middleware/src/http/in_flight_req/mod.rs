//! `inFlightReq`: lets in so many requests at a time, and refuses the others.
//!
//! ```yaml
//! inFlightReq:
//!   amount: 10
//!   sourceCriterion:
//!     ipStrategy:
//!       depth: 1
//! ```
//!
//! A request is in flight until the last byte of its answer was written. Counted is for each source and for each router,
//! over all workers; counts outlive a reload.

use std::future::ready;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use windrose_http::course::{Guard, Release};
use windrose_http::{Exchange, Reply};

use crate::chain::Next;
use crate::is_default;
use crate::kind::{BuildContext, BuildError, Kind};
use crate::source::{Source, SourceCriterion};
use crate::stage::{Around, LocalBoxFuture, Stage};

mod counts;
#[cfg(test)]
mod tests;

use counts::Counts;

/// Lets in so many requests at a time.
pub struct InFlightReq {
    amount: i64,
    sources: Source,
    counts: Arc<Counts>,
}

/// The options of `inFlightReq`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// How many requests of one source may be in flight; from 0 down none is let in.
    pub amount: i64,
    /// Whom a request counts for; by default the host asked for.
    #[serde(deserialize_with = "windrose_config::tree::filled", skip_serializing_if = "Option::is_none")]
    pub source_criterion: Option<SourceCriterion>,
}

impl Kind for InFlightReq {
    const NAME: &'static str = "inFlightReq";
    const SPAN: Option<&'static str> = Some("InFlightReq");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if is_default(&options.amount) || options.amount < 0 {
            cx.warn(BuildError::new("no request is ever let in, write a positive amount"));
        }
        Ok(Stage::around(Self {
            amount: options.amount,
            sources: Source::new(&options.source_criterion.unwrap_or_default())?.unwrap_or(Source::Host),
            counts: cx.keep("", Counts::new),
        }))
    }
}

impl Around for InFlightReq {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        let source = self.sources.of(ex, |source| self.counts.source(next.route(), source));
        if !self.counts.enter(source, self.amount) {
            let body = format!("max connections reached: {}", self.amount);
            return Box::pin(ready(Reply::with_body(429, body)));
        }
        ex.course.hold(Guard::new(Arc::clone(&self.counts) as Arc<dyn Release>, source));
        Box::pin(next.run(ex))
    }
}
