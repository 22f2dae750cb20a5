//! What tests of this crate share.

use std::future::Future;

use tokio::task::JoinHandle;

/// Runs beside the test.
#[allow(clippy::disallowed_methods, reason = "a test owns its tasks: they end with its runtime")]
pub(crate) fn beside<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(task)
}
