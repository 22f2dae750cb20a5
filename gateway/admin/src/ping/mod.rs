//! `ping@internal`: says whether the gateway wants requests. `noop@internal`: where nobody should arrive.

#[cfg(test)]
mod tests;

use std::fmt;
use std::fmt::Write as _;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use windrose_engine::drain::Stage;
use windrose_http::{Exchange, Id, Reply};
use windrose_upstream::service::Internal;

use crate::stage::{Window, stage};

/// What is known of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its name.
    pub provider: Arc<str>,
    /// Whether its first configuration is in force.
    pub in_force: bool,
    /// When it said something last.
    pub updated: Option<SystemTime>,
    /// How often it said something.
    pub updates: u64,
}

/// Gives what is known of every provider that is switched on.
pub type Listening = Box<dyn Fn() -> Arc<Vec<Heard>> + Send + Sync>;

/// Answers 200 while the gateway wants requests: from when the first configuration of every provider is in force to
/// the signal to stop. Before, it answers 503, and afterwards a status of the operator's. A field says how far stopping
/// has come, and with `?verbose` the body says everything.
pub struct Ping {
    terminating: u16,
    window: Window,
    listening: Listening,
}

impl Ping {
    /// Answers `terminating` while the engine seen through `window` stops.
    #[must_use]
    pub const fn new(terminating: u16, window: Window, listening: Listening) -> Self {
        Self { terminating, window, listening }
    }

    fn reply(&self, is_verbose: bool) -> Reply {
        let stage = stage(&self.window);
        let providers = (self.listening)();
        let status = if stage != Stage::Running {
            self.terminating
        } else if providers.iter().all(|heard| heard.in_force) {
            200
        } else {
            503
        };
        let mut reply = match is_verbose {
            true => {
                let mut reply = Reply::with_body(status, told(status, stage, &providers));
                reply.headers.append(Id::CONTENT_TYPE, "text/plain; charset=utf-8");
                reply
            }
            false => Reply::status_text(status),
        };
        if stage != Stage::Running {
            reply.headers.append(STAGE, stage.to_string());
        }
        reply
    }
}

/// Everything that counts, a line for each.
fn told(status: u16, stage: Stage, providers: &[Heard]) -> String {
    let mut text = if status == 200 { "ready\n".to_owned() } else { "not ready\n".to_owned() };
    let mark = |is_good: bool| if is_good { '+' } else { '-' };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "[{}] stage {stage}", mark(stage == Stage::Running));
    for Heard { provider, in_force, .. } in providers {
        let state = if *in_force { "is in force" } else { "has not given its first configuration" };
        let _ = writeln!(text, "[{}] provider {provider} {state}", mark(*in_force));
    }
    text
}

impl fmt::Debug for Ping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ping").field("terminating", &self.terminating).finish_non_exhaustive()
    }
}

impl Internal for Ping {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        let parameters = ex.target.query().unwrap_or_default();
        let is_verbose = parameters.split('&').any(|one| one.split('=').next() == Some("verbose"));
        Box::pin(ready(self.reply(is_verbose)))
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
