//! The keys below the root as a source: read whole, then asked for again until something is newer.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use serde::Deserialize;
use windrose_providers_core::kv::{self, Pair};
use windrose_providers_core::{BoxFuture, Failed, Found, Source};

use super::Options;
use crate::api::{Consul, Place, Said, escaped, next_index};

struct Keys {
    consul: Consul,
    name: String,
    root: String,
    path: String,
    index: u64,
    /// What came with the news of a change.
    news: Option<Vec<Pair>>,
}

/// A key as Consul tells of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: String,
    /// In Base64.
    value: Option<String>,
}

/// Makes ready to ask.
pub(super) fn reach(
    options: Options,
    name: String,
    namespace: Option<Arc<str>>,
) -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> {
    Box::pin(async move {
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let root = options.root_key.trim_matches('/').to_owned();
        let parts: Vec<String> = root.split('/').map(escaped).collect();
        let consul = Consul::new(Place {
            bases: options.endpoints.iter().map(|endpoint| format!("{scheme}://{endpoint}")).collect(),
            token: options.token,
            login: None,
            tls: options.tls.unwrap_or_default(),
            parameters: namespace.iter().map(|namespace| ("ns", namespace.to_string())).collect(),
        })?;
        let path = format!("/v1/kv/{}/", parts.join("/"));
        Ok(Box::new(Keys { consul, name, root, path, index: 0, news: None }) as Box<dyn Source>)
    })
}

impl Source for Keys {
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>> {
        Box::pin(async move {
            let pairs = match self.news.take() {
                Some(pairs) => pairs,
                None => {
                    let said = self.consul.get(&self.path, &[("recurse", "true")]).await?;
                    self.take(said)
                }
            };
            Ok(Some(kv::read(&self.name, &self.root, &pairs)))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>> {
        Box::pin(async move {
            loop {
                let before = self.index;
                let parameters = [("recurse", "true")];
                let said = self.consul.newer(&self.path, &parameters, before.max(1), WAIT).await?;
                let pairs = self.take(said);
                if self.index != before {
                    self.news = Some(pairs);
                    return Ok(());
                }
            }
        })
    }
}

impl Keys {
    fn take(&mut self, said: Said<Vec<Entry>>) -> Vec<Pair> {
        self.index = next_index(self.index, said.index);
        let entries = said.value.unwrap_or_default().into_iter();
        let pair = |entry: Entry| {
            let value = BASE64.decode(entry.value.unwrap_or_default().as_bytes()).unwrap_or_default();
            (entry.key, value)
        };
        entries.map(pair).collect()
    }
}

/// How long Consul may wait for a change before it answers nevertheless, so that one that vanished is noticed.
const WAIT: Duration = Duration::from_secs(60);
