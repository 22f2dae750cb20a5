//! The access log and the metrics of a gateway: judged, opened, handed to its workers, closed.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use windrose_config::{Problem, Severity, StaticConfig};
use windrose_engine::Observers;
use windrose_engine::merge::effective;
use windrose_http::course::{Observe, Recorded};

use crate::access::{Log, Losses};
use crate::metrics::Metrics;
use crate::settings::{self, Access};
use crate::watch::{Desk, Ear};

/// What is recorded of requests.
#[derive(Debug)]
pub struct Telemetry {
    access: Option<Arc<Access>>,
    metrics: Option<Arc<Metrics>>,
    unrouted: Arc<[(Arc<str>, Recorded)]>,
    count: Arc<AtomicU64>,
    losses: Losses,
    log: OnceLock<Log>,
    warnings: Mutex<Vec<Problem>>,
}

/// The access log cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the access log {}; check that its folder can be written to", .path.display())]
pub struct OpenError {
    /// The file as configured.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl Telemetry {
    /// Reads what is to be recorded. Opens nothing.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn new(config: &StaticConfig) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let (access, counting) = settings::read(config, &mut problems);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        let entries = effective(config).into_iter().map(|(name, entry)| {
            let of = entry.observability;
            let recorded =
                Recorded { access_log: of.access_logs, metrics: of.metrics, changes_bodies: false };
            (name, recorded)
        });
        let losses = Losses::default();
        Ok(Self {
            access: access.map(Arc::new),
            metrics: counting.map(|counting| Arc::new(Metrics::new(counting, losses.clone()))),
            unrouted: entries.collect(),
            count: Arc::default(),
            losses,
            log: OnceLock::new(),
            warnings: Mutex::new(problems),
        })
    }

    /// What is to be said of what is written, although it works. Said once.
    pub fn take_warnings(&self) -> Vec<Problem> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens the access log, if there is to be one.
    ///
    /// # Errors
    /// Its file cannot be opened.
    pub fn open(&self) -> Result<(), OpenError> {
        let Some(access) = &self.access else { return Ok(()) };
        let path = access.file.as_deref().map(Path::new);
        let log = Log::start(path, access.waiting, self.losses.clone());
        let log = log.map_err(|source| OpenError {
            path: path.unwrap_or_else(|| Path::new("-")).to_owned(),
            source,
        })?;
        let _ = self.log.set(log);
        Ok(())
    }

    /// Makes for each worker whoever hears of its exchanges; `None` where nothing is recorded.
    #[must_use]
    pub fn observers(self: &Arc<Self>) -> Option<Observers> {
        if self.log.get().is_none() && self.metrics.is_none() {
            return None;
        }
        let telemetry = Arc::clone(self);
        Some(Arc::new(move |_| Rc::new(Ear(Rc::new(telemetry.desk()))) as Rc<dyn Observe>))
    }

    fn desk(&self) -> Desk {
        let access = self.access.as_ref().zip(self.log.get());
        let access = access.map(|(access, log)| (Arc::clone(access), log.lines()));
        let counts = self.metrics.as_ref().map(|metrics| (metrics.counts(), metrics.settings().internals));
        Desk::new(access, counts, Arc::clone(&self.unrouted), Arc::clone(&self.count))
    }

    /// What is counted, where anything is.
    #[must_use]
    pub const fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.metrics.as_ref()
    }

    /// Opens the access log anew, after its file was moved away.
    pub fn reopen(&self) {
        if let Some(log) = self.log.get() {
            log.reopen();
        }
    }

    /// Writes what waits to be written; gives up when that takes too long.
    pub fn close(&self) {
        if let Some(log) = self.log.get() {
            log.close();
        }
    }
}
