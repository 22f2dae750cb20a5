//! The trait that every provider implements.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

use crate::stop::Stop;
use crate::updates::Updates;

/// A future that runs anywhere.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Watches one source of configuration.
pub trait Provider: Send {
    /// The name that qualifies its objects, as in `router@file`.
    fn name(&self) -> &str;

    /// Publishes what the source says, whenever it changes, until `stop`.
    ///
    /// Returning `Ok` means that there is nothing more to watch. Dropping the future must leave nothing behind.
    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>>;
}

/// Whether running a failed provider again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The source may come back.
    Later,
    /// It fails the same way every time, for example because its options are wrong.
    Never,
}

/// Why a provider ended.
#[derive(Debug)]
pub struct ProviderError {
    /// Whether to run it again.
    pub retry: Retry,
    source: Box<dyn Error + Send + Sync>,
}

impl ProviderError {
    /// A failure that may pass.
    pub fn later(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { retry: Retry::Later, source: source.into() }
    }

    /// A failure that stays.
    pub fn never(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { retry: Retry::Never, source: source.into() }
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The cause is ours to print: it is all there is to say.
        self.source.fmt(formatter)
    }
}

impl Error for ProviderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

/// An error with its causes, as one line. Some say the words of their cause themselves.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}
