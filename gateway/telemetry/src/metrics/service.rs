//! `prometheus@internal`: the metrics as text.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use windrose_http::{Exchange, Failure, Id, Reply};
use windrose_upstream::service::Internal;

use super::scrape::{Metrics, Seen};

/// Answers with all metrics. They are written off the workers: there may be many.
pub struct Prometheus {
    metrics: Box<dyn Fn() -> Option<Arc<Metrics>> + Send + Sync>,
    look: Box<dyn Fn() -> Seen + Send + Sync>,
}

impl Prometheus {
    /// Shows what was counted, and what there is to see at that moment; nothing while nothing is counted.
    #[must_use]
    pub fn new(
        metrics: Box<dyn Fn() -> Option<Arc<Metrics>> + Send + Sync>,
        look: Box<dyn Fn() -> Seen + Send + Sync>,
    ) -> Self {
        Self { metrics, look }
    }
}

impl Internal for Prometheus {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        let (metrics, seen) = ((self.metrics)(), (self.look)());
        Box::pin(async move {
            let Some(metrics) = metrics else { return Failure::NoRoute.reply() };
            match ex.conn.desk.compute(move || metrics.text(&seen)).await {
                Ok(text) => {
                    let mut reply = Reply::with_body(200, text);
                    reply.headers.set(Id::CONTENT_TYPE, CONTENT_TYPE);
                    reply
                }
                Err(failure) => Failure::reply(failure),
            }
        })
    }
}

impl std::fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prometheus").finish_non_exhaustive()
    }
}

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
