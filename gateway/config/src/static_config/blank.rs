//! Words that may be left empty: a flag whose variable is not set (`--log.level=$LEVEL`) means the default.
//!
//! traefik: the same for these options; others must have a value.

use std::sync::Arc;

use super::{EntryPointHttp, EntryPointObservability, Log, StaticConfig};
use crate::origin::Located;

/// The configuration with defaults in place of empty words.
pub(super) fn filled_in(mut config: StaticConfig) -> StaticConfig {
    let log = Log::default();
    fill(&mut config.log.level, &log.level);
    fill(&mut config.log.format, &log.format);
    let (http, observability) = (EntryPointHttp::default(), EntryPointObservability::default());
    for entry_point in config.entry_points.values_mut() {
        fill(&mut entry_point.http.underscore_headers_strategy, &http.underscore_headers_strategy);
        fill(&mut entry_point.http.alias_headers_strategy, &http.alias_headers_strategy);
        fill(&mut entry_point.observability.trace_verbosity, &observability.trace_verbosity);
    }
    config
}

fn fill(written: &mut Located<Arc<str>>, default: &Located<Arc<str>>) {
    if written.is_empty() {
        written.value = Arc::clone(&default.value);
    }
}
