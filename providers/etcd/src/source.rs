//! The keys below the root as a source.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};
use windrose_providers_core::{BoxFuture, Failed, Found, Source, kv};

use crate::ETCD;
use crate::api::{Etcd, Watch};
use crate::options::Options;

struct Keys {
    etcd: Etcd,
    root: String,
    revision: u64,
    watch: Option<Watch>,
}

/// Makes ready to ask.
pub(crate) fn reach(options: Options) -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> {
    Box::pin(async move {
        let root = options.root_key.trim_matches('/').to_owned();
        let etcd = Etcd::new(options)?;
        Ok(Box::new(Keys { etcd, root, revision: 0, watch: None }) as Box<dyn Source>)
    })
}

impl Source for Keys {
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>> {
        Box::pin(async move {
            let (pairs, revision) = self.etcd.list(&format!("{}/", self.root)).await?;
            self.revision = revision;
            Ok(Some(kv::read(ETCD, &self.root, &pairs)))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>> {
        Box::pin(async move {
            let watch = match &mut self.watch {
                Some(watch) => watch,
                // From the revision of the last look on, so that nothing falls in between.
                None => {
                    let watch = self.etcd.watch(&format!("{}/", self.root), self.revision).await?;
                    self.watch.insert(watch)
                }
            };
            // A look from time to time finds that the server has vanished.
            let Ok(outcome) = timeout(RESYNC, watch.changed()).await else { return Ok(()) };
            outcome?;
            // Of many changes one after the other only the last is of interest.
            let end = Instant::now() + COLLECT;
            while let Ok(outcome) = timeout_at(end, watch.changed()).await {
                outcome?;
            }
            Ok(())
        })
    }
}

/// For how long changes that follow one another are collected before the keys are listed.
const COLLECT: Duration = Duration::from_millis(100);
/// After this time without news the keys are listed again.
const RESYNC: Duration = Duration::from_secs(30);
