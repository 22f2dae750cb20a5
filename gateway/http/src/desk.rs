//! What a worker lends to whoever handles its requests, reachable from every connection.

use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::failure::Failure;

/// What a worker lends.
#[derive(Clone)]
pub struct Desk {
    computing: Arc<dyn Computing>,
}

/// Something that takes long and never waits.
pub type Job = Box<dyn FnOnce() + Send>;

/// Computes off the workers, with bounded hands and a bounded queue.
pub trait Computing: Send + Sync {
    /// Takes a job.
    ///
    /// # Errors
    /// The queue is full; nothing was taken.
    fn submit(&self, job: Job) -> Result<(), Full>;
}

/// There is more to compute than hands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much to compute")]
pub struct Full;

impl From<Full> for Failure {
    fn from(_: Full) -> Self {
        Self::Busy
    }
}

/// Computes at once, where it is asked: for whoever has no workers to spare.
#[derive(Clone, Copy, Debug)]
pub struct Inline;

impl Computing for Inline {
    fn submit(&self, job: Job) -> Result<(), Full> {
        job();
        Ok(())
    }
}

impl Desk {
    /// Lends what computes.
    #[must_use]
    pub fn new(computing: Arc<dyn Computing>) -> Self {
        Self { computing }
    }

    /// Has something computed off the worker and waits for it. Dropping the future gives up the result, not the work.
    ///
    /// # Errors
    /// There is too much to compute already, or the work panicked.
    pub async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (done, result) = oneshot::channel();
        self.computing.submit(Box::new(move || {
            // Whoever asked may have gone.
            if !done.is_closed() {
                let _ = done.send(work());
            }
        }))?;
        result.await.map_err(|_| Failure::Internal)
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new(Arc::new(Inline))
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}
