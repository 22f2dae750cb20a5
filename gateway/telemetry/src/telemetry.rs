//! The access log, the metrics and the traces of a gateway: judged, opened, handed to its workers, closed.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use windrose_config::{Problem, Severity, StaticConfig};
use windrose_engine::Observers;
use windrose_engine::merge::effective;
use windrose_http::course::{Observe, Recorded, Traces};
use windrose_observe::Listener;

use crate::access::{Log, Losses};
use crate::log::LogRecords;
use crate::metrics::{Metrics, Pusher, Seen};
use crate::otlp::{Exporter, Resource};
use crate::push::{Inbox, Sender};
use crate::settings::{self, Access, Around, Settings, Shipping, Written};
use crate::trace::{Tracer, Tracing};
use crate::watch::{Desk, Ear};

/// What is recorded of requests.
#[derive(Debug)]
pub struct Telemetry {
    access: Option<Arc<Access>>,
    metrics: Option<Arc<Metrics>>,
    traces: Option<Sent<Arc<Tracing>>>,
    shipped: Option<Sent<()>>,
    logged: Option<Sent<()>>,
    pushers: Mutex<Vec<Pusher>>,
    unrouted: Arc<[(Arc<str>, Recorded)]>,
    count: Arc<AtomicU64>,
    losses: Losses,
    log: OnceLock<Log>,
    warnings: Mutex<Vec<Problem>>,
}

/// Records on their way, and what sends them until it is taken.
#[derive(Debug)]
struct Sent<S> {
    /// How they are made.
    settings: S,
    inbox: Arc<Inbox>,
    sender: Mutex<Option<Sender>>,
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
    pub fn new(config: &StaticConfig, around: Around<'_>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let Settings { access, shipping, log, counting, pushers, traces } =
            settings::read(config, around, &mut problems);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        let entries = effective(config).into_iter().map(|(name, entry)| {
            let of = entry.observability;
            let traces = if of.tracing { Traces::Minimal } else { Traces::Off };
            let (access_log, metrics) = (of.access_logs, of.metrics);
            (name, Recorded { access_log, metrics, traces, changes_bodies: false })
        });
        let losses = Losses::default();
        let traces = traces.map(|settings| {
            let settings::Traces { tracing, exporter, resource, pause } = settings;
            Sent::new(Arc::new(tracing), "spans", exporter, resource, pause)
        });
        let shipped = shipping.map(|Shipping { exporter, resource }| {
            Sent::new((), "lines of the access log", exporter, resource, PAUSE)
        });
        let logged = log.map(|Shipping { exporter, resource }| {
            Sent::new((), "lines of the log", exporter, resource, PAUSE)
        });
        let spans = traces.iter().map(|sent| ("traces", sent.inbox.lost.clone()));
        let lines = shipped.iter().map(|sent| ("access_log", sent.inbox.lost.clone()));
        let log = logged.iter().map(|sent| ("log", sent.inbox.lost.clone()));
        let drops = spans.chain(lines).chain(log).collect();
        Ok(Self {
            access: access.map(Arc::new),
            metrics: counting.map(|counting| Arc::new(Metrics::new(counting, losses.clone(), drops))),
            traces,
            shipped,
            logged,
            pushers: Mutex::new(pushers),
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
        let has_lines = |access: &&Arc<Access>| access.written != Written::Records;
        let Some(access) = self.access.as_ref().filter(has_lines) else { return Ok(()) };
        let path = access.file.as_deref().map(Path::new);
        let log = Log::start(path, access.waiting, self.losses.clone());
        let log = log.map_err(|source| OpenError {
            path: path.unwrap_or_else(|| Path::new("-")).to_owned(),
            source,
        })?;
        let _ = self.log.set(log);
        Ok(())
    }

    /// Who makes records of the application log, where they are to be sent.
    #[must_use]
    pub fn listener(&self) -> Option<Arc<dyn Listener>> {
        let listener = |sent: &Sent<()>| Arc::new(LogRecords::new(sent.inbox.outbox())) as Arc<dyn Listener>;
        self.logged.as_ref().map(listener)
    }

    /// Makes for each worker whoever hears of its exchanges; `None` where nothing is recorded.
    #[must_use]
    pub fn observers(self: &Arc<Self>) -> Option<Observers> {
        if self.log.get().is_none()
            && self.shipped.is_none()
            && self.metrics.is_none()
            && self.traces.is_none()
        {
            return None;
        }
        let telemetry = Arc::clone(self);
        Some(Arc::new(move |_| Rc::new(Ear(Rc::new(telemetry.desk()))) as Rc<dyn Observe>))
    }

    fn desk(&self) -> Desk {
        let lines = || self.log.get().map(Log::lines);
        let records = || self.shipped.as_ref().map(|sent| sent.inbox.outbox());
        let access = self.access.as_ref().map(|access| crate::watch::Written {
            access: Arc::clone(access),
            lines: lines(),
            records: records(),
        });
        let counts = self.metrics.as_ref().map(|metrics| (metrics.counts(), metrics.settings().internals));
        let tracer = |sent: &Sent<Arc<Tracing>>| Tracer::new(Arc::clone(&sent.settings), sent.inbox.outbox());
        let tracer = self.traces.as_ref().map(tracer);
        Desk::new(access, counts, tracer, Arc::clone(&self.unrouted), Arc::clone(&self.count))
    }

    /// Sends what is to be sent until it is time to end, and what is left then. Ends no earlier than that. `look` gives
    /// what there is to see besides what was counted.
    pub fn push(
        &self,
        look: Arc<dyn Fn() -> Seen + Send + Sync>,
        mut ending: watch::Receiver<bool>,
    ) -> impl Future<Output = ()> + use<> {
        let mut all: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
        let spans = self.traces.as_ref().and_then(Sent::take);
        let lines = self.shipped.as_ref().and_then(Sent::take);
        let log = self.logged.as_ref().and_then(Sent::take);
        for sender in spans.into_iter().chain(lines).chain(log) {
            all.push(Box::pin(sender.run(ending.clone())));
        }
        let pushers = std::mem::take(&mut *self.pushers.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(metrics) = &self.metrics {
            for pusher in pushers {
                all.push(Box::pin(pusher.run(Arc::clone(metrics), Arc::clone(&look), ending.clone())));
            }
        }
        async move {
            all.push(Box::pin(async move {
                let _ = ending.wait_for(|is_ending| *is_ending).await;
            }));
            together(all).await;
        }
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

/// Waits for all of them.
async fn together(mut all: Vec<Pin<Box<dyn Future<Output = ()>>>>) {
    std::future::poll_fn(|cx| {
        all.retain_mut(|one| one.as_mut().poll(cx).is_pending());
        if all.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl<S> Sent<S> {
    fn new(settings: S, what: &'static str, exporter: Exporter, resource: Resource, pause: Duration) -> Self {
        let inbox = Arc::<Inbox>::default();
        let sender = Sender { what, inbox: Arc::clone(&inbox), exporter, resource, pause };
        Self { settings, inbox, sender: Mutex::new(Some(sender)) }
    }

    fn take(&self) -> Option<Sender> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// How long lines wait for others.
const PAUSE: Duration = Duration::from_secs(1);
