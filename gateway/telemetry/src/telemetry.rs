//! The access log, the metrics and the traces of a gateway: judged, opened, handed to its workers, closed.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};
use windrose_config::static_config::{self, Prometheus};
use windrose_config::{Problem, Severity, StaticConfig};
use windrose_engine::Observers;
use windrose_engine::merge::effective;
use windrose_http::course::{Observe, Recorded, Traces};
use windrose_observe::Listener;

use crate::access::{Log, Losses};
use crate::log::LogRecords;
use crate::metrics::{Metrics, Pusher, Seen};
use crate::otlp::{Exporter, Resource};
use crate::push::{Inbox, Lost, Sender};
use crate::settings::{self, Access, Around, Changes, Counting, Settings, Shipping, Written};
use crate::trace::{Tracer, Tracing};
use crate::watch::{Desk, Ear};

/// What is recorded of requests.
///
/// Metrics and traces may be changed while requests run ([`Self::count`], [`Self::trace`]); all else is as it was written.
#[derive(Debug)]
pub struct Telemetry {
    /// As it was written.
    config: Box<StaticConfig>,
    changes: Changes,
    now: ArcSwap<Now>,
    /// How often that was replaced; workers look at it before each request.
    turn: Arc<AtomicU64>,
    /// The traces that were asked for last.
    traced: Mutex<Option<static_config::Tracing>>,
    late: Late,
    /// What spans were lost, whoever was to send them.
    spans: Lost,
    access: Option<Arc<Access>>,
    shipped: Option<Sent<()>>,
    logged: Option<Sent<()>>,
    pushers: Mutex<Vec<Pusher>>,
    unrouted: Arc<[(Arc<str>, Recorded)]>,
    count: Arc<AtomicU64>,
    losses: Losses,
    log: OnceLock<Log>,
    warnings: Mutex<Vec<Problem>>,
}

/// What is counted and traced at this time.
#[derive(Clone, Debug)]
struct Now {
    metrics: Option<Arc<Metrics>>,
    traces: Option<Arc<Spans>>,
}

/// What began to be sent after the start.
#[derive(Debug)]
struct Late {
    begun: mpsc::Sender<Arc<Spans>>,
    runs: Mutex<Option<mpsc::Receiver<Arc<Spans>>>>,
}

/// Records on their way, and what sends them until it is taken.
#[derive(Debug)]
struct Sent<S> {
    /// How they are made.
    settings: S,
    inbox: Arc<Inbox>,
    sender: Mutex<Option<Sender>>,
    /// Whether nothing more will come.
    is_over: watch::Sender<bool>,
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
        let spans = Lost::default();
        let traces = traces.map(|traces| Arc::new(Sent::spans(traces, spans.clone())));
        let shipped = shipping.map(|Shipping { exporter, resource }| {
            Sent::new((), "lines of the access log", exporter, resource, PAUSE)
        });
        let logged = log.map(|Shipping { exporter, resource }| {
            Sent::new((), "lines of the log", exporter, resource, PAUSE)
        });
        let telemetry = Self {
            config: Box::new(config.clone()),
            changes: around.changes,
            now: ArcSwap::from_pointee(Now { metrics: None, traces }),
            turn: Arc::default(),
            traced: Mutex::new(config.tracing.as_deref().cloned()),
            late: Late::default(),
            spans,
            access: access.map(Arc::new),
            shipped,
            logged,
            pushers: Mutex::new(pushers),
            unrouted: entries.collect(),
            count: Arc::default(),
            losses,
            log: OnceLock::new(),
            warnings: Mutex::new(problems),
        };
        if let Some(counting) = counting {
            let metrics = Some(telemetry.counters(counting));
            telemetry.put(|now| now.metrics.clone_from(&metrics));
        }
        Ok(telemetry)
    }

    /// Counts requests as Prometheus is to be shown them from now on, or as it was written at the start. What was counted
    /// begins anew where other numbers are wanted. Says what is wrong; then nothing changes.
    pub fn count(&self, wanted: Option<&Prometheus>, around: Around<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut written = self.config.metrics.as_deref().cloned().unwrap_or_default();
        if let Some(wanted) = wanted {
            written.prometheus = Some(wanted.clone());
        }
        let counting = settings::metrics(&written, around, &mut problems);
        let is_wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
        let now = self.now.load();
        if !is_wrong && now.metrics.as_ref().map(|metrics| metrics.settings()) != counting.as_ref() {
            let metrics = counting.map(|counting| self.counters(counting));
            self.put(|now| now.metrics.clone_from(&metrics));
        }
        problems
    }

    /// Traces requests so from now on, or as it was written at the start. What was recorded before is sent where it was to
    /// go. Says what is wrong; then nothing changes.
    pub fn trace(&self, wanted: Option<&static_config::Tracing>, around: Around<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let wanted = wanted.or(self.config.tracing.as_deref());
        let traces = wanted.and_then(|wanted| settings::traces(wanted, around, &mut problems));
        if wanted.is_some() && traces.is_none() {
            return problems;
        }
        let mut traced = lock(&self.traced);
        if traced.as_ref() == wanted {
            return problems;
        }
        let traces = traces.map(|traces| Arc::new(Sent::spans(traces, self.spans.clone())));
        if let Some(traces) = &traces {
            // Whoever runs them takes one at once, and nobody does when everything is about to end.
            let _ = self.late.begun.try_send(Arc::clone(traces));
        }
        let before = self.now.load().traces.clone();
        self.put(|now| now.traces.clone_from(&traces));
        *traced = wanted.cloned();
        if let Some(before) = before {
            before.is_over.send_replace(true);
        }
        problems
    }

    fn put(&self, change: impl Fn(&mut Now)) {
        self.now.rcu(|now| {
            let mut now = Now::clone(now);
            change(&mut now);
            now
        });
        self.turn.fetch_add(1, Ordering::Release);
    }

    fn counters(&self, counting: Counting) -> Arc<Metrics> {
        let has_spans = self.now.load().traces.is_some() || self.changes == Changes::MayCome;
        let spans = has_spans.then(|| ("traces", self.spans.clone()));
        let lines = self.shipped.iter().map(|sent| ("access_log", sent.inbox.lost.clone()));
        let log = self.logged.iter().map(|sent| ("log", sent.inbox.lost.clone()));
        let drops = spans.into_iter().chain(lines).chain(log).collect();
        Arc::new(Metrics::new(counting, self.losses.clone(), drops))
    }

    /// What is to be said of what is written, although it works. Said once.
    pub fn take_warnings(&self) -> Vec<Problem> {
        std::mem::take(&mut lock(&self.warnings))
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

    /// Makes for each worker whoever hears of its exchanges; `None` where nothing is recorded, now or later.
    #[must_use]
    pub fn observers(self: &Arc<Self>) -> Option<Observers> {
        let now = self.now.load();
        let is_silent = self.log.get().is_none()
            && self.shipped.is_none()
            && now.metrics.is_none()
            && now.traces.is_none();
        if is_silent && self.changes == Changes::NeverCome {
            return None;
        }
        let telemetry = Arc::clone(self);
        Some(Arc::new(move |_| {
            let (turn, telemetry) = (Arc::clone(&telemetry.turn), Arc::clone(&telemetry));
            Rc::new(Ear::new(turn, Box::new(move || telemetry.desk()))) as Rc<dyn Observe>
        }))
    }

    fn desk(&self) -> Desk {
        let lines = || self.log.get().map(Log::lines);
        let records = || self.shipped.as_ref().map(|sent| sent.inbox.outbox());
        let access = self.access.as_ref().map(|access| crate::watch::Written {
            access: Arc::clone(access),
            lines: lines(),
            records: records(),
        });
        let now = self.now.load();
        let counts = now.metrics.as_ref().map(|metrics| (metrics.counts(), metrics.settings().internals));
        let tracer = |sent: &Arc<Sent<_>>| Tracer::new(Arc::clone(&sent.settings), sent.inbox.outbox());
        let tracer = now.traces.as_ref().map(tracer);
        Desk::new(access, counts, tracer, Arc::clone(&self.unrouted), Arc::clone(&self.count))
    }

    /// Sends what is to be sent until it is time to end, and what is left then. Ends no earlier than that. `look` gives
    /// what there is to see besides what was counted.
    pub fn push(
        self: &Arc<Self>,
        look: Arc<dyn Fn() -> Seen + Send + Sync>,
        mut ending: watch::Receiver<bool>,
    ) -> impl Future<Output = ()> + use<> {
        let mut all: Vec<Job> = Vec::new();
        let lines = self.shipped.as_ref().and_then(Sent::run);
        let log = self.logged.as_ref().and_then(Sent::run);
        let spans = self.now.load().traces.as_ref().and_then(|sent| sent.run());
        all.extend(lines.into_iter().chain(log).chain(spans));
        for pusher in std::mem::take(&mut *lock(&self.pushers)) {
            let telemetry = Arc::clone(self);
            let metrics = Box::new(move || telemetry.metrics());
            all.push(Box::pin(pusher.run(metrics, Arc::clone(&look), ending.clone())));
        }
        let (telemetry, late) = (Arc::clone(self), lock(&self.late.runs).take());
        all.push(Box::pin(async move {
            let _ = ending.wait_for(|is_ending| *is_ending).await;
            telemetry.end();
        }));
        async move {
            let Some(mut late) = late else { return together(&mut all).await };
            loop {
                tokio::select! {
                    () = together(&mut all) => return,
                    Some(begun) = late.recv() => all.extend(begun.run()),
                }
            }
        }
    }

    /// Nothing more will be recorded.
    fn end(&self) {
        let now = self.now.load();
        let over = self.shipped.iter().chain(&self.logged).map(|sent| &sent.is_over);
        over.chain(now.traces.iter().map(|sent| &sent.is_over)).for_each(|is_over| {
            is_over.send_replace(true);
        });
    }

    /// What is counted, where anything is.
    #[must_use]
    pub fn metrics(&self) -> Option<Arc<Metrics>> {
        self.now.load().metrics.clone()
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
async fn together(all: &mut Vec<Job>) {
    std::future::poll_fn(|cx| {
        all.retain_mut(|one| one.as_mut().poll(cx).is_pending());
        if all.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Default for Late {
    fn default() -> Self {
        let (begun, runs) = mpsc::channel(MOST_BEGUN);
        Self { begun, runs: Mutex::new(Some(runs)) }
    }
}

impl Spans {
    fn spans(traces: settings::Traces, lost: Lost) -> Self {
        let settings::Traces { tracing, exporter, resource, pause } = traces;
        Self::through(Inbox::losing(lost), Arc::new(tracing), "spans", exporter, resource, pause)
    }
}

impl<S> Sent<S> {
    fn new(settings: S, what: &'static str, exporter: Exporter, resource: Resource, pause: Duration) -> Self {
        Self::through(Inbox::default(), settings, what, exporter, resource, pause)
    }

    fn through(
        inbox: Inbox,
        settings: S,
        what: &'static str,
        exporter: Exporter,
        resource: Resource,
        pause: Duration,
    ) -> Self {
        let inbox = Arc::new(inbox);
        let sender = Sender { what, inbox: Arc::clone(&inbox), exporter, resource, pause };
        Self { settings, inbox, sender: Mutex::new(Some(sender)), is_over: watch::Sender::new(false) }
    }

    /// Sends until nothing more comes; once.
    fn run(&self) -> Option<Job> {
        let sender = lock(&self.sender).take()?;
        Some(Box::pin(sender.run(self.is_over.subscribe())))
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is whole after every statement.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Spans, and how they are made.
type Spans = Sent<Arc<Tracing>>;

/// Something that goes on until it is over.
type Job = Pin<Box<dyn Future<Output = ()>>>;

/// More changes of traces than are ever waiting to be seen.
const MOST_BEGUN: usize = 64;
/// How long lines wait for others.
const PAUSE: Duration = Duration::from_secs(1);
