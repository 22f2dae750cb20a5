//! `ping@internal`: says whether the gateway wants requests. `noop@internal`: where nobody should arrive.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use windrose_engine::Status;
use windrose_engine::drain::Stage;
use windrose_http::{Exchange, Reply};
use windrose_upstream::service::Internal;

/// Answers 200 while the gateway wants requests, and another status from the signal to stop on.
#[derive(Debug)]
pub struct Ping {
    terminating: u16,
    status: Arc<OnceLock<Arc<Status>>>,
}

impl Ping {
    /// Answers `terminating` while the engine of `status` stops. Until there is an engine nothing is asked of it.
    #[must_use]
    pub const fn new(terminating: u16, status: Arc<OnceLock<Arc<Status>>>) -> Self {
        Self { terminating, status }
    }

    fn reply(&self) -> Reply {
        let stage = self.status.get().map_or(Stage::Running, |status| status.stage());
        let status = if stage == Stage::Running { 200 } else { self.terminating };
        Reply::status_text(status)
    }
}

impl Internal for Ping {
    fn answer<'a>(&'a self, _: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(ready(self.reply()))
    }
}

/// The service of routers whose middlewares answer everything.
#[derive(Debug, Default)]
pub struct Noop;

impl Internal for Noop {
    fn answer<'a>(&'a self, _: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(ready(Reply::empty(418)))
    }
}
