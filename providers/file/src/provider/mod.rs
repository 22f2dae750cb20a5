//! The task: read, publish, wait for a change or a reload, again.

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::Notify;
use tokio::task::{JoinError, spawn_blocking};
use windrose_config::{DynamicConfig, Problem};
use windrose_providers_core::{BoxFuture, Provider, ProviderError, Stop, Updates};

use crate::files::{Files, Scan, unreadable};
use crate::options::{self, Options};
use crate::watch::{Changes, Watch};

/// Reads the target of its options.
#[derive(Debug)]
pub struct FileProvider {
    options: Options,
    reload: Reload,
}

/// Asks the provider to look at its files again, templates included.
#[derive(Debug, Clone, Default)]
pub struct Reload(Arc<Notify>);

impl Reload {
    /// Asks once; requests that come before it has looked are one.
    pub fn request(&self) {
        self.0.notify_one();
    }
}

impl FileProvider {
    /// A provider with these options, which also reads again when `reload` asks for it.
    #[must_use]
    pub fn new(options: Options, reload: Reload) -> Self {
        Self { options, reload }
    }
}

impl Provider for FileProvider {
    fn name(&self) -> &str {
        FILE
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(self.follow(out, stop))
    }
}

impl FileProvider {
    async fn follow(self: Box<Self>, out: Updates, stop: Stop) -> Result<(), ProviderError> {
        let changes = Arc::new(Changes::default());
        let watch = match self.options.watch {
            options::Watch::Never => None,
            options::Watch::Changes => Some(Watch::new(changes.clone()).map_err(ProviderError::later)?),
        };
        let files = Files::new(self.options.target.clone(), self.options.rendered);
        let mut reader = Reader { files, watch };
        let mut scan = Scan::Changed;
        let mut is_first = true;
        loop {
            let outcome;
            (reader, outcome) = reader.read(scan).await.map_err(ProviderError::later)?;
            let config = outcome
                .map_err(|error| self.failed(Failure::List(self.options.target.path().to_owned(), error)))?;
            if let (true, None, Some(problem)) = (is_first, &reader.watch, reader.files.faults().next()) {
                return Err(self.failed(Failure::File(Box::new(problem.clone()))));
            }
            if let Some(config) = config {
                tracing::debug!(provider = FILE, problems = config.problems.len(), "configuration read");
                out.publish(config);
            }
            is_first = false;
            scan = tokio::select! {
                () = stop.requested() => return Ok(()),
                () = self.reload.0.notified() => Scan::Everything,
                () = changes.settled() => Scan::Changed,
            };
        }
    }

    /// A failure at the start: without a watch nothing will ever repair it.
    fn failed(&self, failure: Failure) -> ProviderError {
        match self.options.watch {
            options::Watch::Never => ProviderError::never(failure),
            options::Watch::Changes => ProviderError::later(failure),
        }
    }
}

/// Why there is no configuration at the start.
#[derive(Debug, Error)]
enum Failure {
    #[error("{}: {}", .0.display(), unreadable("directory", .1, ""))]
    List(PathBuf, std::io::Error),
    #[error("{0}")]
    File(Box<Problem>),
}

/// What reads, kept between one reading and the next.
struct Reader {
    files: Files,
    watch: Option<Watch>,
}

impl Reader {
    /// Reads on a thread that may block.
    async fn read(mut self, scan: Scan) -> Result<(Self, std::io::Result<Option<DynamicConfig>>), JoinError> {
        spawn_blocking(move || {
            let outcome = self.files.scan(scan, self.watch.as_mut());
            (self, outcome)
        })
        .await
    }
}

/// The name that qualifies what files declare.
pub const FILE: &str = "file";
