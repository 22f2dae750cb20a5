//! What a reload promises: atomic, lossless, state kept, isolated, idempotent, bounded, ordered.

mod atomic;
mod bounded;
mod idempotent;
mod isolated;
mod kept;
mod lossless;
mod ordered;

use std::panic::resume_unwind;

use tokio::task::JoinSet;
use windrose_kit::gateway::{Gateway, Settings};

/// A gateway with the entry point `web`.
fn gateway(workers: usize) -> Gateway {
    Gateway::with(Settings { static_config: STATIC, workers, ..Settings::default() })
}

/// Waits until every task has ended; their panics become ours.
async fn finish(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            resume_unwind(error.into_panic());
        }
    }
}

const STATIC: &str = "entryPoints: {web: {address: '127.0.0.1:0'}}";
