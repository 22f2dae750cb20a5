//! What the controller shows: versions of the routing, the topology, its nodes.
//!
//! Owns what was made last and some versions before it, from which changes are told. Whoever waits for something new
//! is told of it, and of the end.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use serde_json::Value;
use tokio::sync::watch;
use windrose_mesh_topology::SUBJECTS;

use crate::figures::Figures;

/// The outcome, as the controller's own service sees it. All copies are one.
#[derive(Debug, Clone)]
pub struct Shown(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    last: ArcSwap<Outcome>,
    figures: Figures,
    news: watch::Sender<News>,
}

/// What was heard of last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct News {
    count: u64,
    /// Nothing more will come.
    pub(crate) is_over: bool,
}

/// All that is shown at a time.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The versions, the last one first; none before the first.
    pub(crate) versions: Vec<Arc<Version>>,
    /// The topology as JSON.
    pub(crate) topology: Bytes,
    /// The node proxies.
    pub(crate) nodes: Vec<Node>,
}

/// A version of the routing.
#[derive(Debug)]
pub(crate) struct Version {
    /// Its name, made of what it says: controllers that say the same name it the same.
    pub(crate) tag: String,
    /// As JSON.
    pub(crate) text: Bytes,
    /// With what its names stand for.
    pub(crate) routing: Value,
}

/// A node proxy, as the API of the mesh shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Node {
    /// The name of its pod.
    pub(crate) name: Arc<str>,
    /// Its address.
    #[serde(rename = "IP")]
    pub(crate) ip: Arc<str>,
    /// Whether all its containers are ready.
    pub(crate) ready: bool,
}

impl Default for Shown {
    fn default() -> Self {
        let (last, figures, news) = (ArcSwap::default(), Figures::default(), watch::Sender::default());
        Self(Arc::new(Shared { last, figures, news }))
    }
}

impl Shown {
    /// What there is to see now.
    pub(crate) fn look(&self) -> Arc<Outcome> {
        self.0.last.load_full()
    }

    /// What nodes counted.
    pub(crate) fn figures(&self) -> &Figures {
        &self.0.figures
    }

    /// Hears of everything new.
    pub(crate) fn subscribe(&self) -> watch::Receiver<News> {
        self.0.news.subscribe()
    }

    /// Shows something else.
    pub(crate) fn show(&self, routing: Value, topology: &Value, nodes: Vec<Node>) {
        let before = self.look();
        let mut versions = before.versions.clone();
        let is_same = versions.first().is_some_and(|last| last.routing == routing);
        if !is_same {
            versions.insert(0, Arc::new(Version::new(routing)));
            versions.truncate(KEPT);
        }
        let topology = Bytes::from(topology.to_string());
        self.0.last.store(Arc::new(Outcome { versions, topology, nodes }));
        if !is_same {
            self.0.news.send_modify(|news| news.count = news.count.wrapping_add(1));
        }
    }

    /// Whether there is somebody who may show something.
    pub(crate) fn set_over(&self, is_over: bool) {
        self.0.news.send_modify(|news| news.is_over = is_over);
    }
}

impl Version {
    /// What proxies need of it that are not ours, as JSON.
    pub(crate) fn plain(&self) -> Bytes {
        let mut routing = self.routing.clone();
        if let Some(parts) = routing.as_object_mut() {
            parts.remove(SUBJECTS);
        }
        Bytes::from(routing.to_string())
    }

    fn new(routing: Value) -> Self {
        let text = routing.to_string();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        let tag = HEXLOWER.encode(digest.as_ref().get(..TAG).unwrap_or_default());
        Self { tag, text: Bytes::from(text), routing }
    }
}

/// How many versions are kept for nodes that are a little behind.
const KEPT: usize = 8;
/// How many bytes of its digest name a version.
const TAG: usize = 16;
