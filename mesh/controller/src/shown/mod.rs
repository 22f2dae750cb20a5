//! What the controller shows: versions of the routing, the topology, its nodes.
//!
//! Owns what was made last and some versions before it, from which changes are told. Whoever waits for something new
//! is told of it, and of the end.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use serde_json::Value;
use tokio::sync::watch;
use windrose_mesh_topology::SUBJECTS;

use crate::figures::Figures;
use crate::view::{Row, Sight};

/// The outcome, as the controller's own service sees it. All copies are one.
#[derive(Debug, Clone)]
pub struct Shown(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    last: ArcSwap<Outcome>,
    figures: Figures,
    news: watch::Sender<News>,
    /// What is wrong with the mesh itself, by what it is wrong with.
    troubles: Mutex<BTreeMap<&'static str, String>>,
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
    /// Who is told versions.
    pub(crate) audience: Audience,
    /// What it was made of; nothing before the first version.
    pub(crate) sight: Option<Arc<Sight>>,
}

/// Who is told versions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Audience {
    #[default]
    Everybody,
    /// Nodes alone, for there may be secrets in them.
    Nodes,
}

/// What there is to show.
#[derive(Default)]
pub(crate) struct Fresh {
    /// The routing, with what its names stand for.
    pub(crate) routing: Value,
    /// What everybody may see of middlewares of it that may have secrets, by name.
    pub(crate) hidden: BTreeMap<String, Value>,
    /// The topology.
    pub(crate) topology: Value,
    /// The node proxies.
    pub(crate) nodes: Vec<Node>,
    /// Who is told versions.
    pub(crate) audience: Audience,
    /// What it was made of.
    pub(crate) sight: Arc<Sight>,
}

/// A version of the routing. It is not printed, as there may be secrets in it.
pub(crate) struct Version {
    /// Its name, made of what it says: controllers that say the same name it the same.
    pub(crate) tag: String,
    /// As JSON.
    pub(crate) text: Bytes,
    /// With what its names stand for.
    pub(crate) routing: Value,
    /// What everybody may see of some of its middlewares.
    hidden: BTreeMap<String, Value>,
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
        Self(Arc::new(Shared {
            last: ArcSwap::default(),
            figures: Figures::default(),
            news: watch::Sender::default(),
            troubles: Mutex::default(),
        }))
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
    pub(crate) fn show(&self, fresh: Fresh) {
        let Fresh { routing, hidden, topology, nodes, audience, sight } = fresh;
        let before = self.look();
        let mut versions = before.versions.clone();
        let is_same = versions.first().is_some_and(|last| last.routing == routing && last.hidden == hidden);
        if !is_same {
            versions.insert(0, Arc::new(Version::new(routing, hidden)));
            versions.truncate(KEPT);
        }
        let topology = Bytes::from(topology.to_string());
        self.0.last.store(Arc::new(Outcome { versions, topology, nodes, audience, sight: Some(sight) }));
        if !is_same {
            self.0.news.send_modify(|news| news.count = news.count.wrapping_add(1));
        }
    }

    /// Takes note of what is wrong with a part of the mesh itself; with nothing, of that all is well again.
    pub(crate) fn trouble(&self, part: &'static str, why: Option<String>) {
        let mut troubles = self.0.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        match why {
            Some(why) => troubles.insert(part, why),
            None => troubles.remove(part),
        };
    }

    /// What is wrong with the mesh itself.
    pub(crate) fn troubles(&self) -> Vec<Row> {
        let troubles = self.0.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.values().cloned().map(Row::of_mesh).collect()
    }

    /// Whether there is somebody who may show something.
    pub(crate) fn set_over(&self, is_over: bool) {
        self.0.news.send_modify(|news| news.is_over = is_over);
    }
}

impl Version {
    /// What proxies need of it that are not ours, as JSON, without what is secret.
    pub(crate) fn plain(&self) -> Bytes {
        let mut routing = self.routing.clone();
        if let Some(parts) = routing.as_object_mut() {
            parts.remove(SUBJECTS);
        }
        if let Some(middlewares) = routing.pointer_mut("/http/middlewares").and_then(Value::as_object_mut) {
            middlewares.extend(self.hidden.clone());
        }
        Bytes::from(routing.to_string())
    }

    fn new(routing: Value, hidden: BTreeMap<String, Value>) -> Self {
        let text = routing.to_string();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        let tag = HEXLOWER.encode(digest.as_ref().get(..TAG).unwrap_or_default());
        Self { tag, text: Bytes::from(text), routing, hidden }
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Version").field("tag", &self.tag).finish_non_exhaustive()
    }
}

/// How many versions are kept for nodes that are a little behind.
const KEPT: usize = 8;
/// How many bytes of its digest name a version.
const TAG: usize = 16;
