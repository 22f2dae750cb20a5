//! The controller's own routing, and what it takes to be asked through the API server.

use serde_json::json;
use windrose_config::refuse::DYNAMIC;
use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Source};
use windrose_provider_kubernetes::client::Api;
use windrose_providers_core::{Updates, chain};

use super::Controller;
use crate::aggregated::{self, AggregatedError, Issued, Part};
use crate::options::Options;

impl Controller {
    /// Keeps what the API server needs to ask here, for ever. What is reverted is mended.
    pub(super) async fn keep_metrics(&self, out: &Updates) {
        if self.options.metrics_entry_point.is_none() {
            return std::future::pending().await;
        }
        let mut beat = tokio::time::interval(BEAT);
        let mut leading = self.leading.subscribe();
        let (mut shown, mut told) = (None, String::new());
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                changed = leading.changed() => if changed.is_err() {
                    return std::future::pending().await;
                },
            }
            let Some(api) = self.watches.api() else { continue };
            let part = if *leading.borrow_and_update() { Part::Leader } else { Part::Follower };
            match self.metrics(api, part, &mut shown, out).await {
                Ok(()) => {
                    told.clear();
                    self.shown.trouble(FIGURES, None);
                }
                // The leader will have made one in a moment.
                Err(AggregatedError::NoCertificate) => {}
                Err(error) => {
                    let now = chain(&error);
                    let why =
                        format!("figures of the mesh cannot be asked for through the API server: {now}");
                    self.shown.trouble(FIGURES, Some(why));
                    if now != told {
                        tracing::error!(error = %now, "figures of the mesh cannot be asked for through the API server");
                        told = now;
                    }
                }
            }
        }
    }

    async fn metrics(
        &self,
        api: &Api,
        part: Part,
        shown: &mut Option<Issued>,
        out: &Updates,
    ) -> Result<(), AggregatedError> {
        // What is not known to be right any more is not believed.
        let front = aggregated::front(api).await;
        let (front, wrong) = match front {
            Ok(front) => (Some(front), None),
            // An API server that is away takes nothing back.
            Err(error @ AggregatedError::Front(_)) => return Err(error),
            Err(error) => (None, Some(error)),
        };
        self.shown.figures().trust(front);
        if let Some(error) = wrong {
            return Err(error);
        }
        let issued = aggregated::certificate(api, &self.options.settings.mesh_namespace, part).await?;
        if shown.as_ref() != Some(&issued) {
            out.publish(own_routing(&self.options, Some(&issued)));
            *shown = Some(issued.clone());
        }
        if part == Part::Leader {
            aggregated::announce(api, &issued).await?;
        }
        Ok(())
    }
}

/// The ways to the controller's own service. Whoever asks by TLS is let show a certificate; the service judges it.
pub(super) fn own_routing(options: &Options, issued: Option<&Issued>) -> DynamicConfig {
    let mut routing = json!({"http": {"routers": {"mesh": {
        "entryPoints": [&*options.entry_point], "rule": PAGES, "service": "mesh@internal",
    }}}});
    if let (Some(entry_point), Some(issued)) = (&options.metrics_entry_point, issued) {
        routing["http"]["routers"]["metrics-api"] = json!({
            "entryPoints": [&**entry_point], "rule": "PathPrefix(`/apis`)", "service": "mesh@internal", "tls": {},
        });
        routing["tls"] = json!({
            "certificates": [{"certFile": issued.chain, "keyFile": issued.key}],
            "options": {"default": {"clientAuth": {"clientAuthType": "RequestClientCert"}}},
        });
    }
    let place = Source::other("the controller of the mesh");
    let tree = parse(Format::Json, &routing.to_string(), &place);
    tree.map_or_else(|_| DynamicConfig::default(), |tree| DynamicConfig::decode(tree, &place, DYNAMIC))
}

/// The API, and the pages that show it.
const PAGES: &str = "PathPrefix(`/api/`) || Path(`/`) || Path(`/dashboard`) || PathPrefix(`/dashboard/`)";
/// What can be wrong with the mesh itself.
const FIGURES: &str = "figures";
/// How often it is looked whether all is as it should be.
const BEAT: std::time::Duration = std::time::Duration::from_secs(5);
