//! What providers want recorded while requests are served: done, and what is wrong with it told.

use std::future::pending;
use std::sync::Arc;

use windrose_config::{Origin, Problem, StaticConfig};
use windrose_providers_core::{Wanted, Wishes};
use windrose_telemetry::Telemetry;

/// Does what is wanted, for ever.
pub(super) async fn fulfil(wishes: Wishes, settings: Arc<StaticConfig>, telemetry: Arc<Telemetry>) {
    let mut news = wishes.wanted();
    loop {
        if news.changed().await.is_err() {
            return pending().await;
        }
        let wanted = Arc::clone(&news.borrow_and_update());
        let (settings, telemetry) = (Arc::clone(&settings), Arc::clone(&telemetry));
        // Files of certificates are read for it.
        let found = tokio::task::spawn_blocking(move || apply(&wanted, &settings, &telemetry)).await;
        match found {
            Ok(found) => wishes.answer(found),
            Err(error) => tracing::error!(%error, "what is recorded could not be changed"),
        }
    }
}

fn apply(wanted: &Wanted, settings: &StaticConfig, telemetry: &Telemetry) -> Vec<Problem> {
    let near = super::near(settings);
    let metrics = wanted.metrics.as_ref();
    let tracing = wanted.tracing.as_ref();
    let found = telemetry.count(metrics.map(|written| &written.value), near);
    let traced = telemetry.trace(tracing.map(|written| &written.value), near);
    let by = |origin: Option<&Origin>, problems: Vec<Problem>| {
        let origin = origin.cloned();
        let at = move |problem: Problem| match &origin {
            Some(origin) => problem.at(&origin.source, origin.mark),
            None => problem,
        };
        problems.into_iter().map(at).collect::<Vec<_>>()
    };
    let mut all = by(metrics.map(|written| &written.origin), found);
    all.extend(by(tracing.map(|written| &written.origin), traced));
    if all.iter().all(|problem| problem.severity != windrose_config::Severity::Error) {
        tracing::info!(
            metrics = metrics.is_some(),
            tracing = tracing.is_some(),
            "what is recorded was changed"
        );
    }
    all
}
