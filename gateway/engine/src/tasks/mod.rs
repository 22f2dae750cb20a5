//! The only place that starts tasks on workers.
//!
//! Every task has a name, and an owner that outlives it: its worker's runtime. Tasks of connections end with
//! their connection; dropping the runtime ends the rest.

use std::future::Future;

/// Runs `task` on the current worker.
pub fn spawn_local(name: &'static str, task: impl Future<Output = ()> + 'static) {
    tokio::task::spawn_local(async move {
        task.await;
        tracing::trace!(name, "task ended");
    });
}
