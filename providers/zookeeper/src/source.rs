//! The nodes below the root as a source.

use windrose_providers_core::kv::{self, Budget, Pair};
use windrose_providers_core::{BoxFuture, Failed, Found, Source};

use crate::ZOOKEEPER;
use crate::options::Options;
use crate::session::{Session, ZooKeeperError};

struct Nodes {
    session: Session,
    root: String,
    /// Whether each node has to be watched for itself.
    is_each_watched: bool,
}

/// Connects, and watches before anything is listed, so that nothing falls in between.
pub(crate) fn reach(options: Options) -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> {
    Box::pin(async move {
        let mut session = Session::open(&options).await?;
        let root = options.root_key.trim_matches('/').to_owned();
        let is_each_watched = !session.watch_below(&format!("/{root}")).await?;
        Ok(Box::new(Nodes { session, root, is_each_watched }) as Box<dyn Source>)
    })
}

impl Source for Nodes {
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>> {
        Box::pin(async move {
            let pairs = self.list().await?;
            Ok(Some(kv::read(ZOOKEEPER, &self.root, &pairs)))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>> {
        Box::pin(async move { Ok(self.session.fired().await?) })
    }
}

impl Nodes {
    /// All nodes, level by level.
    async fn list(&mut self) -> Result<Vec<Pair>, ZooKeeperError> {
        let is_watched = self.is_each_watched;
        let top = format!("/{}", self.root);
        if is_watched {
            // The root itself may come into being later.
            self.session.watch_for(&top).await?;
        }
        let mut pairs = Vec::new();
        let mut level = vec![top];
        let mut budget = Budget::new();
        for _ in 0..DEEPEST {
            if level.is_empty() {
                break;
            }
            let children = self.session.children(&level, is_watched, &mut budget).await?;
            let mut below = Vec::new();
            for (path, children) in level.iter().zip(children) {
                below.extend(children.unwrap_or_default().into_iter().map(|child| format!("{path}/{child}")));
            }
            let values = self.session.values(&below, is_watched, &mut budget).await?;
            for (path, value) in below.iter().zip(values) {
                // A node that only holds others is empty, which says the same as a section that is switched on.
                pairs.extend(value.map(|value| (path.clone(), value)));
            }
            level = below;
        }
        Ok(pairs)
    }
}

/// Below so many levels nothing is routing.
const DEEPEST: usize = 50;
