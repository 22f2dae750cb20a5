//! Following a source that is looked at as a whole: reach it, look, publish, wait until another look is worth it, again.
//!
//! Whatever fails ends the run; the supervisor begins another one later, and what was said stays until then. Most providers
//! are an implementation of [`Source`] and nothing else.

use std::error::Error;
use std::sync::Arc;

use windrose_config::{DynamicConfig, Problem};

use crate::provider::{BoxFuture, Provider, ProviderError, chain};
use crate::ready::{Ready, Seen};
use crate::said::Said;
use crate::stop::Stop;
use crate::updates::Updates;

/// Why a source could not be reached or read.
pub type Failed = Box<dyn Error + Send + Sync>;

/// A source that was reached.
pub trait Source: Send {
    /// What it says now; nothing when that is known to be what it said at the last look.
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>>;

    /// Returns when it may say something else than at the last look. Changes between that look and this call count.
    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>>;
}

/// Reaches a source, for each run anew.
pub type Reach = Arc<dyn Fn() -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> + Send + Sync>;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// What it declares.
    pub config: DynamicConfig,
    /// In how many things.
    pub count: usize,
}

/// A source, for whoever runs and checks providers.
#[derive(Clone)]
pub struct Followed {
    /// The name that qualifies what it declares.
    pub name: Arc<str>,
    /// What it is made of, for people: one and several.
    pub things: (&'static str, &'static str),
    /// How it is reached.
    pub reach: Reach,
}

impl Followed {
    /// The provider that follows it.
    #[must_use]
    pub fn ready(self) -> Ready {
        let (said, run) = (Said::default(), self.clone());
        let make =
            move || -> Box<dyn Provider> { Box::new(Follower { followed: run.clone(), said: said.clone() }) };
        Ready::new(Arc::clone(&self.name), make, move || async move { self.see().await })
    }

    /// One look. A source that is away is a warning: it may be another machine's.
    async fn see(&self) -> Result<Seen, Problem> {
        let looked = async { (self.reach)().await?.look().await };
        let (one, many) = self.things;
        match looked.await {
            Ok(found) => {
                let Found { config, count } = found.unwrap_or_default();
                Ok(Seen::counted(config, count, one, many))
            }
            Err(error) => {
                let why = chain(&*error);
                Err(Problem::warning(format!("{many} of provider {} are not checked: {why}", self.name)))
            }
        }
    }
}

impl std::fmt::Debug for Followed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Followed").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Follows one source.
struct Follower {
    followed: Followed,
    said: Said,
}

impl Provider for Follower {
    fn name(&self) -> &str {
        &self.followed.name
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move {
            let outcome = tokio::select! {
                outcome = self.follow(&out) => outcome,
                () = stop.requested() => return Ok(()),
            };
            self.said.say_something(&out);
            outcome.map_err(ProviderError::later)
        })
    }
}

impl Follower {
    async fn follow(&self, out: &Updates) -> Result<(), Failed> {
        let mut source = (self.followed.reach)().await?;
        loop {
            match source.look().await? {
                Some(Found { config, count }) => {
                    let problems = config.problems.len();
                    tracing::debug!(providerName = %self.followed.name, count, problems, "source read");
                    self.said.publish(out, config);
                }
                None => out.reached(),
            }
            source.changed().await?;
        }
    }
}
