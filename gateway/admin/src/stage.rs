//! How far stopping has come, for those who look at the engine from outside.

use std::sync::{Arc, OnceLock};

use windrose_engine::Status;
use windrose_engine::drain::Stage;

/// Where the engine is seen, once there is one.
pub type Window = Arc<OnceLock<Arc<Status>>>;

/// How far the gateway has come. Until there is an engine nothing is asked of it.
pub(crate) fn stage(window: &Window) -> Stage {
    window.get().map_or(Stage::Running, |status| status.stage())
}

/// How far an entry point has come; one that the engine does not serve goes with the gateway.
pub(crate) fn stage_of(window: &Window, entry_point: &str) -> Stage {
    window.get().and_then(|status| status.stage_of(entry_point)).unwrap_or_else(|| stage(window))
}
