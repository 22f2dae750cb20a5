//! A provider whose options were read: how to run it, and what its source says at this moment.
//!
//! This is all that whoever starts or checks providers knows of them. Owns nothing of a source.

use std::fmt;
use std::sync::Arc;

use windrose_config::{DynamicConfig, Problem};

use crate::provider::{BoxFuture, Provider, ProviderError};
use crate::stop::Stop;
use crate::supervise::{Backoff, Make, Supervised};
use crate::updates::Updates;

/// A provider that can be run, and looked through.
pub struct Ready {
    name: Arc<str>,
    make: Make,
    look: Look,
    backoff: Backoff,
}

/// Work beside a run.
type Work = dyn Fn() -> BoxFuture<'static, ()> + Send + Sync;

/// A provider with work beside it.
struct Accompanied {
    provider: Box<dyn Provider>,
    work: Arc<Work>,
}

/// Looks at a source once.
pub type Look = Box<dyn FnOnce() -> BoxFuture<'static, Result<Seen, Problem>> + Send>;

/// What a source says at one moment.
#[derive(Debug, Default)]
pub struct Seen {
    /// What it declares.
    pub config: DynamicConfig,
    /// How much was read, for people: `3 containers`.
    pub words: String,
}

impl Ready {
    /// A provider under this name; `look` fails with a warning where the source is away.
    pub fn new<L>(
        name: impl Into<Arc<str>>,
        make: impl FnMut() -> Box<dyn Provider> + Send + 'static,
        look: impl FnOnce() -> L + Send + 'static,
    ) -> Self
    where
        L: Future<Output = Result<Seen, Problem>> + Send + 'static,
    {
        Self {
            name: name.into(),
            make: Box::new(make),
            look: Box::new(move || Box::pin(look())),
            backoff: Backoff::default(),
        }
    }

    /// The same with other waits before it runs again after a failure.
    #[must_use]
    pub fn with_backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// The same with work beside each run, which ends with it. A run does not end because the work does.
    #[must_use]
    pub fn beside(self, work: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        let (mut make, work) = (self.make, Arc::new(work));
        let make = move || -> Box<dyn Provider> {
            Box::new(Accompanied { provider: make(), work: Arc::clone(&work) as Arc<Work> })
        };
        Self { make: Box::new(make), ..self }
    }

    /// The name that qualifies what it declares.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Looks at its source once.
    #[must_use]
    pub fn look(self) -> BoxFuture<'static, Result<Seen, Problem>> {
        (self.look)()
    }

    /// The provider to keep running.
    #[must_use]
    pub fn supervised(self) -> Supervised {
        Supervised::new(self.name, self.make).with_backoff(self.backoff)
    }
}

impl Provider for Accompanied {
    fn name(&self) -> &str {
        self.provider.name()
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move {
            let work = async {
                (self.work)().await;
                std::future::pending().await
            };
            tokio::select! {
                outcome = self.provider.run(out, stop) => outcome,
                never = work => never,
            }
        })
    }
}

impl Seen {
    /// A configuration, and how many of what it was read from.
    #[must_use]
    pub fn counted(config: DynamicConfig, count: usize, one: &str, many: &str) -> Self {
        Self { config, words: format!("{count} {}", if count == 1 { one } else { many }) }
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ready").field("name", &self.name).finish_non_exhaustive()
    }
}
