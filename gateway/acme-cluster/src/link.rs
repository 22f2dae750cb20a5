//! The way to the API server, on a thread of its own: whoever asks may wait, and a right that is given back must not.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use windrose_provider_kubernetes::client::{Api, ApiError, escaped};
use windrose_provider_kubernetes::options::Reach;
use windrose_provider_kubernetes::watch::Watches;

use crate::form::PLACE;
use crate::place::Place;
use crate::world::{World, wanted};

/// A place that is reached when something is first asked of it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) place: Place,
    open: Mutex<Option<Arc<Open>>>,
}

/// A place that is reached.
pub(crate) struct Open {
    pub(crate) api: Api,
    pub(crate) watches: Arc<Watches<World>>,
    /// What names begin with.
    pub(crate) name: String,
    namespace: String,
    runtime: Handle,
    /// What the thread is to do besides.
    work: mpsc::Sender<Work>,
    /// Ends watching when it is dropped.
    _alive: oneshot::Sender<()>,
}

/// Something that is done without anybody waiting for it.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Link {
    pub(crate) fn new(place: Place) -> Self {
        Self { place, open: Mutex::default() }
    }

    /// The place; it is tried again the next time if it cannot be reached.
    pub(crate) fn open(&self) -> io::Result<Arc<Open>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*open {
            return Ok(Arc::clone(open));
        }
        let made = Arc::new(Open::new(&self.place)?);
        *open = Some(Arc::clone(&made));
        Ok(made)
    }
}

impl Open {
    fn new(place: &Place) -> io::Result<Self> {
        let (work, queue) = mpsc::channel(MOST_WAITING);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let thread = std::thread::Builder::new().name("certificates".into());
        // It ends when whoever keeps here does, and what is given back then is.
        thread.spawn(move || runtime.block_on(attend(queue)))?;
        let api = handle.block_on(Api::new(&Reach::default())).map_err(io::Error::other)?;
        let namespace = place.namespace.clone().unwrap_or_else(|| api.namespace().to_string());
        let reach = Reach { namespaces: [namespace.as_str().into()].into(), ..Reach::default() };
        let watches = Arc::new(Watches::new(reach, wanted(&format!("{PLACE}={}", place.name))));
        let driven = Arc::clone(&watches);
        let (alive, over) = oneshot::channel::<()>();
        let open =
            Self { api, watches, name: place.name.clone(), namespace, runtime: handle, work, _alive: alive };
        open.begin(async move {
            tokio::select! {
                driven = driven.drive() => {
                    let Err(error) = driven;
                    tracing::error!(%error, "what other gateways keep is not seen");
                }
                _ = over => {}
            }
        });
        Ok(open)
    }

    /// Waits for an answer, but not for ever.
    pub(crate) fn ask<T>(&self, question: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
        self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, question).await.unwrap_or(Err(ApiError::Silent))
        })
    }

    /// Does something without waiting for it.
    pub(crate) fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        // Where the thread is gone or far behind, what is not done lapses by itself.
        let _ = self.work.try_send(Box::pin(work));
    }

    /// Waits for anything to change, but not for long.
    pub(crate) fn wait_for_change(&self, longest: Duration) {
        let mut news = self.watches.subscribe();
        let _ = self.runtime.block_on(async { tokio::time::timeout(longest, news.changed()).await });
    }

    /// Waits until everything that is there was heard of; whether it was.
    pub(crate) fn wait_for_news(&self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        let mut news = self.watches.subscribe();
        while !self.watches.is_complete() {
            let left = deadline.saturating_duration_since(Instant::now());
            let changed = async { tokio::time::timeout(left, news.changed()).await };
            if !matches!(self.runtime.block_on(changed), Ok(Ok(()))) {
                return false;
            }
        }
        true
    }

    pub(crate) fn secrets(&self) -> String {
        format!("/api/v1/namespaces/{}/secrets", escaped(&self.namespace))
    }

    pub(crate) fn secret(&self, name: &str) -> String {
        format!("{}/{}", self.secrets(), escaped(name))
    }

    pub(crate) fn leases(&self) -> String {
        format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", escaped(&self.namespace))
    }

    pub(crate) fn lease(&self, name: &str) -> String {
        format!("{}/{}", self.leases(), escaped(name))
    }

    /// An object that may not be there.
    pub(crate) fn find(&self, path: &str) -> Result<Option<Value>, ApiError> {
        match self.ask(self.api.get(path)) {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.code() == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes an object that may be gone already.
    pub(crate) fn remove(&self, path: &str) -> Result<(), ApiError> {
        match self.ask(self.api.delete(path)) {
            Err(error) if error.code() != 404 => Err(error),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Does all that is begun, until nobody can begin anything any more.
async fn attend(mut queue: mpsc::Receiver<Work>) {
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            work = queue.recv() => match work {
                Some(work) => under_way.push(work),
                None => break,
            },
            Some(()) = under_way.next() => {}
        }
    }
    let rest = async { while under_way.next().await.is_some() {} };
    let _ = tokio::time::timeout(LAST_WORDS, rest).await;
}

/// Many more than there are rights at a time.
const MOST_WAITING: usize = 1024;
/// As long as anybody here waits for one answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// As long as rights that are given back at the end may take.
const LAST_WORDS: Duration = Duration::from_secs(2);
