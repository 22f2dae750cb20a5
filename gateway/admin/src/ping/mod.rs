//! `ping@internal`: says whether the gateway wants requests. `noop@internal`: where nobody should arrive.

use std::future::{Future, ready};
use std::pin::Pin;

use windrose_engine::drain::Stage;
use windrose_http::{Exchange, Reply};
use windrose_upstream::service::Internal;

use crate::stage::{Window, stage};

/// Answers 200 while the gateway wants requests, and another status from the signal to stop on. A field says how far
/// stopping has come.
#[derive(Debug)]
pub struct Ping {
    terminating: u16,
    window: Window,
}

impl Ping {
    /// Answers `terminating` while the engine seen through `window` stops.
    #[must_use]
    pub const fn new(terminating: u16, window: Window) -> Self {
        Self { terminating, window }
    }

    fn reply(&self) -> Reply {
        let stage = stage(&self.window);
        if stage == Stage::Running {
            return Reply::status_text(200);
        }
        let mut reply = Reply::status_text(self.terminating);
        reply.headers.append(STAGE, stage.to_string());
        reply
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

/// The field in which ping says how far stopping has come.
const STAGE: &str = "Windrose-Stage";
