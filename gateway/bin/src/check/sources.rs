//! What the sources of providers say at this moment. One that is away is a warning: it may be another machine's.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::timeout;
use windrose_assembly::Providers;
use windrose_config::Problem;
use windrose_providers_core::{Ready, Seen};

/// Looks at every source that is configured.
pub(super) fn seen(providers: Providers) -> Vec<(Arc<str>, Result<Seen, Problem>)> {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    runtime.block_on(async {
        let mut seen = Vec::new();
        for ready in providers {
            seen.push((Arc::clone(ready.name()), look(ready).await));
        }
        seen
    })
}

async fn look(ready: Ready) -> Result<Seen, Problem> {
    let name = Arc::clone(ready.name());
    timeout(PATIENCE, ready.look()).await.unwrap_or_else(|_| {
        let message = format!("what provider {name} reads is not checked: no answer within {PATIENCE:?}");
        Err(Problem::warning(message))
    })
}

/// How long a source may take.
const PATIENCE: Duration = Duration::from_secs(10);
