//! Keeping providers running.
//!
//! A provider that fails or panics is logged and run again, later each time up to a limit; what it has published
//! stays in force meanwhile. Owns the tasks: dropping the [`Supervisor`] ends them. Must not know any provider.

mod backoff;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinSet};

use crate::provider::{Provider, ProviderError, Retry, chain};
use crate::stop::Stop;
use crate::updates::{Publishers, Updates};

pub use backoff::Backoff;

/// Makes a provider anew, for its first run and every further one.
pub type Make = Box<dyn FnMut() -> Box<dyn Provider> + Send>;

/// A provider to keep running.
pub struct Supervised {
    name: Arc<str>,
    make: Make,
    backoff: Backoff,
}

/// Runs providers on the control runtime.
#[derive(Debug)]
pub struct Supervisor {
    runtime: Handle,
    tasks: JoinSet<Ended>,
}

/// A provider that will not run again.
#[derive(Debug)]
pub struct Ended {
    /// Its name.
    pub provider: Arc<str>,
    /// Why: it was asked to stop or had nothing more to do, or it failed in a way that stays.
    pub outcome: Result<(), ProviderError>,
}

impl Supervised {
    /// A provider under this name.
    pub fn new(name: impl Into<Arc<str>>, make: impl FnMut() -> Box<dyn Provider> + Send + 'static) -> Self {
        Self { name: name.into(), make: Box::new(make), backoff: Backoff::default() }
    }

    /// The same provider with other waiting times.
    #[must_use]
    pub fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }
}

impl fmt::Debug for Supervised {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Supervised").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Supervisor {
    /// A supervisor whose tasks run on this runtime, of either flavour.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        Self { runtime, tasks: JoinSet::new() }
    }

    /// Starts a provider.
    pub fn start(&mut self, provider: Supervised, publishers: &Publishers, stop: Stop) {
        let updates = publishers.provider(provider.name.clone());
        let runtime = self.runtime.clone();
        self.tasks.spawn_on(keep_running(provider, updates, stop, runtime), &self.runtime);
    }

    /// Waits for the next provider to end for good; nothing when all have. Dropping the future loses nothing.
    pub async fn ended(&mut self) -> Option<Ended> {
        loop {
            match self.tasks.join_next().await? {
                Ok(ended) => return Some(ended),
                // Only the runtime's own end cancels a supervising task.
                Err(error) => tracing::error!(%error, "supervision of a provider ended"),
            }
        }
    }
}

async fn keep_running(provider: Supervised, updates: Updates, stop: Stop, runtime: Handle) -> Ended {
    let Supervised { name, mut make, mut backoff } = provider;
    loop {
        let started = Instant::now();
        // The set ends the run when this future is dropped.
        let mut run = JoinSet::new();
        run.spawn_on(make().run(updates.clone(), stop.clone()), &runtime);
        let outcome = run.join_next().await.unwrap_or(Ok(Ok(())));
        if stop.is_requested() {
            return Ended { provider: name, outcome: Ok(()) };
        }
        match outcome {
            Ok(Ok(())) => {
                updates.ended(None);
                return Ended { provider: name, outcome: Ok(()) };
            }
            Ok(Err(error)) if error.retry == Retry::Never => {
                updates.ended(Some(chain(&error)));
                return Ended { provider: name, outcome: Err(error) };
            }
            failed => {
                let wait = backoff.next(started.elapsed());
                let error = describe(failed);
                updates.failed(error.as_str());
                tracing::error!(
                    provider = %name,
                    error,
                    retry_in = ?wait,
                    "provider failed, it is started again; what it has declared stays"
                );
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = stop.requested() => return Ended { provider: name, outcome: Ok(()) },
                }
            }
        }
    }
}

fn describe(outcome: Result<Result<(), ProviderError>, JoinError>) -> String {
    match outcome {
        Ok(Ok(())) => String::new(),
        Ok(Err(error)) => chain(&error),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => {
                let message = panic.downcast_ref::<&str>().copied();
                let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
                format!("it panicked: {}", message.unwrap_or("without a message"))
            }
            Err(error) => error.to_string(),
        },
    }
}
