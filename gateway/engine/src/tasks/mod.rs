//! The only place that starts tasks on workers.
//!
//! Every task has a name, and an owner that outlives it: its worker's runtime. Tasks of connections end with
//! their connection; dropping the runtime ends the rest.

use std::future::Future;

/// Runs `task` on the current worker. The name says what runs, to readers and to a debugger's eyes.
#[allow(clippy::disallowed_methods, reason = "the place where tasks of workers are started")]
pub fn spawn_local(name: &'static str, task: impl Future<Output = ()> + 'static) {
    tracing::trace!(name, "task started");
    // Not wrapped in another future: that would double the memory of every connection.
    tokio::task::spawn_local(task);
}
