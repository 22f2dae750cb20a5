//! The engine's only door: start it, watch it, stop it.
//!
//! Owns the worker threads. Each has a runtime of its own; what they share is the pointer to the current
//! snapshot, the stage of stopping, and a few numbers they leave for whoever asks.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::LocalOptions;
use tokio::sync::{mpsc, watch};
use windrose_sys::{BindAddress, Inherited};
use windrose_upstream::Local;

use crate::drain::Stage;
use crate::entry::EntryOptions;
use crate::listen::{self, BindError, Sharing};
use crate::publish::Current;
use crate::tasks;
use crate::worker::{self, Worker};

/// What the engine needs to start.
pub struct Setup {
    /// The TCP entry points, in the order that snapshots have them.
    pub entries: Vec<Opening>,
    /// How many workers; one for each core as a rule.
    pub workers: usize,
    /// What the machine is called.
    pub host_name: Arc<str>,
    /// The snapshot to start with, and those to come.
    pub current: Arc<Current>,
    /// Sockets handed over by the service manager.
    pub inherited: Inherited,
}

/// An entry point to open.
pub struct Opening {
    /// How it treats connections.
    pub options: Arc<EntryOptions>,
    /// Where it listens.
    pub address: BindAddress,
    /// Whether its port may be shared with other programs.
    pub sharing: Sharing,
}

/// A running engine. Dropping it stops the workers at once.
pub struct Engine {
    stage: watch::Sender<Stage>,
    threads: Vec<JoinHandle<()>>,
    workers: Workers,
    status: Arc<Status>,
    accept_grace: Duration,
    grace: Duration,
}

/// Whether there is anybody left to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Workers {
    Running,
    Ended,
}

/// Numbers the workers leave for whoever asks.
#[derive(Debug)]
pub struct Status {
    stage: watch::Receiver<Stage>,
    workers: Box<[Numbers]>,
    addresses: Vec<(Arc<str>, SocketAddr)>,
}

/// Those of one worker.
#[derive(Debug, Default)]
struct Numbers {
    open: AtomicUsize,
    unusable_names: AtomicU64,
}

/// The engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An entry point cannot be opened.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A worker cannot be started.
    #[error("cannot start a worker")]
    Worker(#[source] io::Error),
}

impl Status {
    /// How far stopping has come.
    #[must_use]
    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Open client connections, as of the workers' last tick.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.workers.iter().map(|worker| worker.open.load(Ordering::Relaxed)).sum()
    }

    /// Handshakes refused so far because the client asked for something no host is called, as of the workers' last
    /// tick.
    #[must_use]
    pub fn unusable_names(&self) -> u64 {
        self.workers.iter().map(|worker| worker.unusable_names.load(Ordering::Relaxed)).sum()
    }

    /// Where the entry points listen.
    #[must_use]
    pub fn addresses(&self) -> &[(Arc<str>, SocketAddr)] {
        &self.addresses
    }
}

impl Engine {
    /// Opens all entry points, then starts the workers.
    ///
    /// # Errors
    /// Nothing was started.
    pub fn start(mut setup: Setup) -> Result<Self, StartError> {
        let workers = setup.workers.max(1);
        let mut sockets: Vec<Vec<(usize, TcpListener)>> = (0..workers).map(|_| Vec::new()).collect();
        let mut addresses = Vec::new();
        for (index, entry) in setup.entries.iter().enumerate() {
            let name = &entry.options.name;
            let bound = listen::bind(name, &entry.address, entry.sharing, workers, &mut setup.inherited)?;
            if let Some(address) = bound.first().and_then(|socket| socket.local_addr().ok()) {
                addresses.push((Arc::clone(name), address));
            }
            for (of_worker, socket) in sockets.iter_mut().zip(bound) {
                of_worker.push((index, socket));
            }
        }
        let (stage, watched) = watch::channel(Stage::Running);
        let numbers = (0..workers).map(|_| Numbers::default()).collect();
        let status = Arc::new(Status { stage: watched.clone(), workers: numbers, addresses });
        let entries: Arc<[Arc<EntryOptions>]> =
            setup.entries.iter().map(|entry| Arc::clone(&entry.options)).collect();
        let mut threads = Vec::new();
        for (index, sockets) in sockets.into_iter().enumerate() {
            let seed = Seed {
                index,
                sockets,
                entries: Arc::clone(&entries),
                host_name: Arc::clone(&setup.host_name),
                current: Arc::clone(&setup.current),
                stage: watched.clone(),
                status: Arc::clone(&status),
            };
            let thread = std::thread::Builder::new()
                .name(format!("worker-{index}"))
                .spawn(move || run(seed))
                .map_err(StartError::Worker)?;
            threads.push(thread);
        }
        let longest = |grace: fn(&EntryOptions) -> Duration| {
            entries.iter().map(|entry| grace(entry)).max().unwrap_or_default()
        };
        let (accept_grace, grace) = (longest(|entry| entry.accept_grace), longest(|entry| entry.grace));
        Ok(Self { stage, threads, workers: Workers::Running, status, accept_grace, grace })
    }

    /// What can be seen of it.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status)
    }

    /// Stops in stages: unready while load balancers take notice, closing, draining, and by force at last.
    /// Says whether everything ended by itself.
    pub async fn stop(mut self) -> bool {
        self.enter(Stage::Unready);
        if !self.accept_grace.is_zero() {
            tokio::time::sleep(self.accept_grace).await;
        }
        self.enter(Stage::Closing);
        self.enter(Stage::Draining);
        let threads = std::mem::take(&mut self.threads);
        let mut ended =
            tokio::task::spawn_blocking(move || threads.into_iter().for_each(|thread| drop(thread.join())));
        if tokio::time::timeout(self.grace, &mut ended).await.is_ok() {
            self.workers = Workers::Ended;
            return true;
        }
        self.enter(Stage::Forced);
        let _ = ended.await;
        false
    }

    fn enter(&self, stage: Stage) {
        tracing::info!(%stage, "stopping");
        self.stage.send_replace(stage);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.workers == Workers::Running {
            self.stage.send_replace(Stage::Forced);
        }
    }
}

struct Seed {
    index: usize,
    sockets: Vec<(usize, TcpListener)>,
    entries: Arc<[Arc<EntryOptions>]>,
    host_name: Arc<str>,
    current: Arc<Current>,
    stage: watch::Receiver<Stage>,
    status: Arc<Status>,
}

/// The life of a worker's thread.
fn run(seed: Seed) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(MOST_RESOLVERS)
        .build_local(LocalOptions::default());
    match runtime {
        Ok(runtime) => runtime.block_on(work(seed)),
        Err(error) => tracing::error!(%error, "a worker did not start"),
    }
}

async fn work(mut seed: Seed) {
    let local = Local::new(Box::new(tasks::spawn_local));
    let worker = Worker::new(seed.index, local, seed.host_name, seed.entries, seed.current);
    let (working, mut accepting) = mpsc::channel(1);
    for (listener, socket) in seed.sockets {
        let stage = seed.stage.clone();
        let accept = listen::accept(Rc::clone(&worker), listener, socket, stage, working.clone());
        tasks::spawn_local("accept", accept);
    }
    drop(working);
    let status = seed.status;
    let report = move |told: worker::Told| {
        if let Some(of) = status.workers.get(seed.index) {
            of.open.store(told.open, Ordering::Relaxed);
            of.unusable_names.store(told.unusable_names, Ordering::Relaxed);
        }
    };
    let watched = Rc::clone(&worker);
    tasks::spawn_local("tick", async move { watched.tick(report).await });
    if seed.stage.wait_for(|stage| *stage >= Stage::Closing).await.is_ok() {
        worker.slots.advance(worker::Stage::Closing);
        worker.local.clear();
        // Nobody sends anything: the channel ends with the last listener.
        let _: Option<()> = accepting.recv().await;
    }
    let mut stage = seed.stage;
    tokio::select! {
        () = worker.emptied() => {}
        _ = stage.wait_for(|stage| *stage >= Stage::Forced) => {
            worker.slots.advance(worker::Stage::Forced);
        }
    }
}

/// Threads a worker may use to resolve names.
const MOST_RESOLVERS: usize = 8;
