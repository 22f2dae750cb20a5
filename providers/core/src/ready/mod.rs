//! A provider whose options were read: how to run it, and what its source says at this moment.
//!
//! This is all that whoever starts or checks providers knows of them. Owns nothing of a source.

use std::fmt;
use std::sync::Arc;

use windrose_config::{DynamicConfig, Problem};

use crate::provider::{BoxFuture, Provider};
use crate::supervise::{Backoff, Make, Supervised};

/// A provider that can be run, and looked through.
pub struct Ready {
    name: Arc<str>,
    make: Make,
    look: Look,
    backoff: Backoff,
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
