//! The one task that makes new configuration take effect: updates, merge, compile, publish.
//!
//! It runs on the control runtime, and its heavy part on a thread of its own, never on a worker. A provider's first
//! configuration and any after a quiet time take effect at once; a busy provider is heard once per throttle time, or as
//! often as costs a fifth of a core, and only its newest word counts. Knows no provider: updates come through [`Feed`].

pub mod history;
mod pending;
mod problems;
mod watched;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio::time::Instant;
use windrose_config::{StaticConfig, Update};

use crate::checking::Checking;
use crate::compile::{Compiler, Served, Tools};
use crate::live::Health;
use crate::merge::{INTERNAL, Merged, Place, Sources, internal, merge};
use crate::publish::Current;
use crate::report::Report;
use crate::snapshot::Snapshot;
use history::{History, Reloaded};
use pending::Pending;
use problems::Told;
use watched::Watched;

/// Where updates come from.
pub trait Feed: Send {
    /// Waits for news, and gives the newest of each provider that has some; `None` when there will be none any more.
    /// Dropping the future loses nothing.
    fn changed(&mut self) -> impl Future<Output = Option<Vec<Update>>> + Send;
}

/// What is in force, for whoever wants to look at it.
#[derive(Debug)]
pub struct Published {
    /// Everything that is written.
    pub merged: Merged,
    /// What is to be said of it.
    pub report: Arc<Report>,
    /// How the servers of its services are, at the moment when it is asked.
    pub health: Arc<Health>,
    /// The generation it was put in force with.
    pub generation: u64,
    /// How that came.
    pub reloads: Reloads,
    /// The certificates that are served, and where they are written.
    pub certificates: Arc<[Served]>,
    /// What the last reloads changed.
    pub history: Arc<History>,
}

/// What is known of the times that configuration was put in force.
#[derive(Clone, Copy, Debug)]
pub struct Reloads {
    /// How often it was, the first time included.
    pub count: u64,
    /// When it was last.
    pub at: SystemTime,
    /// How long merging and compiling took then.
    pub took: Duration,
}

impl Reloads {
    /// The one after so many others, which began at `started`.
    fn after(count: u64, started: Instant) -> Self {
        Self { count: count + 1, at: SystemTime::now(), took: started.elapsed() }
    }
}

/// Makes new configuration take effect.
pub struct Reload {
    core: Option<Core>,
    checking: Arc<Checking>,
    files: Watched,
    pending: Pending,
    told: Told,
    tools: Tools,
    settings: Arc<StaticConfig>,
    places: Arc<[Place]>,
    current: Arc<Current>,
    published: Arc<ArcSwap<Published>>,
    news: watch::Sender<()>,
}

/// What travels to the thread that compiles, and back.
struct Core {
    compiler: Compiler,
    sources: Sources,
}

impl Reload {
    /// Compiles what the gateway declares itself, so that there is a snapshot to start with.
    #[must_use]
    pub fn new(settings: Arc<StaticConfig>, tools: Tools) -> Self {
        let (started, since) = (Instant::now(), SystemTime::now());
        let places = Place::all(&settings);
        let mut sources = Sources::new();
        sources.take(Update { provider: INTERNAL.into(), config: Arc::new(internal(&settings)) });
        let mut compiler = Compiler::new(tools.clone(), 0);
        let merged = merge(&settings, &places, &sources);
        let compiled = compiler.compile(&merged);
        let generation = compiled.snapshot.generation;
        let first = Snapshot { generation, listeners: compiled.snapshot.listeners.clone() };
        let health = Arc::clone(&tools.live.health);
        let reloads = Reloads::after(0, started);
        let published = Published {
            merged,
            report: compiled.report,
            health,
            generation,
            reloads,
            certificates: compiled.certificates,
            history: Arc::default(),
        };
        let mut told = Told::default();
        told.tell(&published.report);
        Self {
            checking: Arc::default(),
            files: Watched::new(compiler.files(), since),
            core: Some(Core { compiler, sources }),
            pending: Pending::new(
                settings.providers.throttle.map(|throttle| throttle.to_std().unwrap_or_default()),
            ),
            told,
            tools,
            settings,
            places,
            current: Arc::new(Current::new(first)),
            published: Arc::new(ArcSwap::from_pointee(published)),
            news: watch::Sender::new(()),
        }
    }

    /// Changes whenever something was put in force. It closes when nothing will be any more.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// The snapshot in force.
    #[must_use]
    pub fn current(&self) -> &Arc<Current> {
        &self.current
    }

    /// What is in force.
    #[must_use]
    pub fn published(&self) -> &Arc<ArcSwap<Published>> {
        &self.published
    }

    /// Makes updates take effect until there are none any more. Dropping the future leaves what is in force.
    pub async fn run(mut self, mut feed: impl Feed) {
        let mut is_open = true;
        let mut in_use = 0;
        let mut rests_at = Instant::now() + REST;
        while is_open || !self.pending.is_empty() {
            let due = self.pending.due();
            let news = tokio::select! {
                news = feed.changed(), if is_open => Some(news),
                () = sleep_until(due) => None,
                () = tokio::time::sleep_until(rests_at) => {
                    windrose_sys::give_back();
                    rests_at = Instant::now() + BUSY;
                    continue;
                }
                () = tokio::time::sleep(COLLECT), if in_use > 0 || (is_open && !self.files.is_empty()) => None,
            };
            match news {
                Some(Some(updates)) => self.pending.add(updates, Instant::now()),
                Some(None) => is_open = false,
                None => {}
            }
            let ready = self.pending.take(Instant::now());
            if !ready.is_empty() || self.files.have_changed().await {
                let heard: Vec<_> = ready.iter().map(|update| Arc::clone(&update.provider)).collect();
                let started = Instant::now();
                self.apply(ready).await;
                self.pending.rest(&heard, started.elapsed(), Instant::now());
                // Where changes come all the time, too.
                rests_at = rests_at.min(Instant::now() + REST);
            }
            in_use = self.current.collect();
        }
    }

    async fn apply(&mut self, updates: Vec<Update>) {
        let started = Instant::now();
        let core = self.core.take();
        let (current, published) = (Arc::clone(&self.current), Arc::clone(&self.published));
        let (settings, places, live) =
            (Arc::clone(&self.settings), Arc::clone(&self.places), Arc::clone(&self.tools.live));
        let checking = Arc::clone(&self.checking);
        let core = core.unwrap_or_else(|| self.recover());
        let work = tokio::task::spawn_blocking(move || {
            let since = SystemTime::now();
            let core = core.publish(updates, &settings, &places, &current, &published);
            checking.begin(&live.checks);
            live.sweep();
            let files = Watched::new(core.compiler.files(), since);
            (core, files)
        });
        match work.await {
            Ok((core, files)) => {
                self.core = Some(core);
                self.files = files;
            }
            Err(error) => {
                tracing::error!(%error, "compiling the configuration failed; the one before stays in force");
                return;
            }
        }
        self.news.send_replace(());
        let published = self.published.load();
        self.told.tell(&published.report);
        tracing::debug!(generation = published.generation, elapsed = ?started.elapsed(), "configuration compiled");
    }

    /// Starts again from what was published last, without memory.
    fn recover(&self) -> Core {
        let mut sources = Sources::new();
        for part in &self.published.load().merged.parts {
            sources.take(Update { provider: Arc::clone(&part.provider), config: Arc::clone(&part.config) });
        }
        Core { compiler: Compiler::new(self.tools.clone(), self.current.generation()), sources }
    }
}

impl Core {
    fn publish(
        mut self,
        updates: Vec<Update>,
        settings: &Arc<StaticConfig>,
        places: &Arc<[Place]>,
        current: &Current,
        published: &ArcSwap<Published>,
    ) -> Self {
        let started = Instant::now();
        for update in updates {
            self.sources.take(update);
        }
        let merged = merge(settings, places, &self.sources);
        let compiled = self.compiler.compile(&merged);
        let generation = compiled.snapshot.generation;
        if generation != current.generation() {
            current.store(compiled.snapshot);
        }
        let before = published.load_full();
        let (health, history) = (Arc::clone(&before.health), Arc::clone(&before.history));
        let reloads = Reloads::after(before.reloads.count, started);
        let (report, certificates) = (compiled.report, compiled.certificates);
        let now = Published { merged, report, health, generation, reloads, certificates, history };
        let now = Arc::new(now);
        published.store(Arc::clone(&now));
        // Traffic is served by now; what follows only costs memory.
        now.history.add(Reloaded::compare(&before.merged, &now.merged, &now.report, reloads, generation));
        drop(before);
        self.compiler.tidy();
        self
    }
}

impl std::fmt::Debug for Reload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reload").field("generation", &self.current.generation()).finish_non_exhaustive()
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// How long after something was put in force the memory is free that only that took, and how often to look for memory
/// that traffic took.
const REST: Duration = Duration::from_secs(2);
const BUSY: Duration = Duration::from_secs(15);
/// How often replaced snapshots are looked at while requests still use them, and files that objects were made of.
const COLLECT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
