//! The way to the API server, on a thread of its own: whoever asks may wait, and a right that is given back must not.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
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
    /// Ends the thread when it is dropped.
    _stop: oneshot::Sender<()>,
}

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
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let thread = std::thread::Builder::new().name("certificates".into());
        thread.spawn(move || {
            // It ends when whoever keeps here does.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_timeout(LAST_WORDS);
        })?;
        let api = handle.block_on(Api::new(&Reach::default())).map_err(io::Error::other)?;
        let namespace = place.namespace.clone().unwrap_or_else(|| api.namespace().to_string());
        let reach = Reach { namespaces: [namespace.as_str().into()].into(), ..Reach::default() };
        let watches = Arc::new(Watches::new(reach, wanted(&format!("{PLACE}={}", place.name))));
        let driven = Arc::clone(&watches);
        handle.spawn(async move {
            let Err(error) = driven.drive().await;
            tracing::error!(%error, "what other gateways keep is not seen");
        });
        Ok(Self { api, watches, name: place.name.clone(), namespace, runtime: handle, _stop: stop })
    }

    /// Waits for an answer, but not for ever.
    pub(crate) fn ask<T>(&self, question: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
        self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, question).await.unwrap_or(Err(ApiError::Silent))
        })
    }

    /// Does something without waiting for it.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> tokio::task::AbortHandle {
        self.runtime.spawn(work).abort_handle()
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

/// As long as anybody here waits for one answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// As long as rights that are given back at the end may take.
const LAST_WORDS: Duration = Duration::from_secs(2);
