//! The catalog as a source: services that are of interest, then the instances of each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::de::IgnoredAny;
use windrose_providers_core::{BoxFuture, Failed, Found, Source};

use super::connect::Mesh;
use super::declare::declare;
use super::instance::{Entry, Own};
use super::options::Options;
use crate::api::{Consul, ConsulError, escaped, next_index};

struct Catalog {
    consul: Consul,
    options: Options,
    /// As of when services and checks are known.
    services: u64,
    checks: u64,
}

/// Makes ready to ask.
pub(super) fn reach(
    options: Options,
    namespace: Option<Arc<str>>,
) -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> {
    Box::pin(async move {
        let mut place = options.place.clone();
        place.parameters.extend(namespace.iter().map(|namespace| ("ns", namespace.to_string())));
        let consul = Consul::new(place)?;
        Ok(Box::new(Catalog { consul, options, services: 0, checks: 0 }) as Box<dyn Source>)
    })
}

impl Source for Catalog {
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>> {
        Box::pin(async move {
            if self.options.watch {
                // Before everything else, so that no change falls in between.
                let checks = self.consul.get::<IgnoredAny>(CHECKS, &[]).await?;
                self.checks = next_index(self.checks, checks.index);
            }
            let services = self.consul.get::<BTreeMap<String, Vec<String>>>(SERVICES, &[]).await?;
            self.services = next_index(self.services, services.index);
            let mut found = Vec::new();
            let mut has_mesh = false;
            for (name, tags) in services.value.unwrap_or_default() {
                let own = Own::of_service(&name, &tags, &self.options);
                let all: Vec<&str> = tags.iter().map(String::as_str).collect();
                if !own.is_enabled || !self.options.constraints.match_tags(&all) {
                    continue;
                }
                let is_in_mesh = own.is_in_mesh && self.options.connect_aware;
                has_mesh |= is_in_mesh;
                for entry in self.instances(&name, is_in_mesh).await? {
                    found.push((name.clone(), entry));
                }
            }
            let mesh = match has_mesh {
                true => Mesh::of(&self.consul, &self.options.service_name).await?,
                false => None,
            };
            let config = declare(&found, &self.options, mesh.as_ref());
            Ok(Some(Found { config, count: found.len() }))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>> {
        Box::pin(async move {
            if !self.options.watch {
                tokio::time::sleep(self.options.refresh).await;
                return Ok(());
            }
            let wait = self.options.wait.unwrap_or(WAIT);
            tokio::select! {
                outcome = self.newer(SERVICES, self.services, wait) => outcome?,
                outcome = self.newer(CHECKS, self.checks, wait) => outcome?,
                // Certificates of the mesh are renewed without a word.
                () = tokio::time::sleep(RENEW), if self.options.connect_aware => {}
            }
            Ok(())
        })
    }
}

impl Catalog {
    async fn instances(&self, name: &str, is_in_mesh: bool) -> Result<Vec<Entry>, ConsulError> {
        let kind = if is_in_mesh { "connect" } else { "service" };
        let path = format!("/v1/health/{kind}/{}", escaped(name));
        Ok(self.consul.get(&path, &[]).await?.value.unwrap_or_default())
    }

    /// Returns when something is newer than `index`.
    async fn newer(&self, path: &str, index: u64, wait: Duration) -> Result<(), ConsulError> {
        loop {
            let said = self.consul.newer::<IgnoredAny>(path, &[], index.max(1), wait).await?;
            if said.index != index {
                return Ok(());
            }
        }
    }
}

const SERVICES: &str = "/v1/catalog/services";
const CHECKS: &str = "/v1/health/state/any";
/// How long Consul may wait for a change before it answers nevertheless, so that one that vanished is noticed.
const WAIT: Duration = Duration::from_secs(60);
/// How often certificates of the mesh are asked for.
const RENEW: Duration = Duration::from_secs(60);
