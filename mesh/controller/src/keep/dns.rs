//! The DNS of the cluster, as it should be.

use std::time::Duration;

use super::Controller;
use crate::wiring;

impl Controller {
    /// Keeps the DNS of the cluster as it should be, where that is asked for; what is reverted is mended.
    pub(super) async fn keep_dns(&self) {
        if !self.options.keeps_dns {
            return std::future::pending().await;
        }
        let mut beat = tokio::time::interval(BEAT);
        let mut told = String::new();
        loop {
            beat.tick().await;
            let Some(api) = self.watches.api().filter(|_| *self.leading.borrow()) else {
                self.shown.trouble(TROUBLE, None);
                continue;
            };
            match wiring::wire(api, &self.options.order).await {
                Ok(()) => {
                    told.clear();
                    self.shown.trouble(TROUBLE, None);
                }
                Err(error) => {
                    let now = error.to_string();
                    let why = format!(
                        "names of the mesh do not resolve in this cluster: {now}; or forward the zones traefik.mesh and maesh to the Service traefik-mesh-dns"
                    );
                    self.shown.trouble(TROUBLE, Some(why));
                    if now != told {
                        tracing::error!(
                            error = %now,
                            "names of the mesh do not resolve in this cluster until its DNS sends them here: forward the zones traefik.mesh and maesh to the Service traefik-mesh-dns"
                        );
                        told = now;
                    }
                }
            }
        }
    }
}

/// How often the DNS of the cluster is looked at.
const BEAT: Duration = Duration::from_secs(10);
/// What can be wrong with the mesh itself.
const TROUBLE: &str = "dns";
