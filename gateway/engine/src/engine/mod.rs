//! The engine's only door: start it, watch it, stop it.
//!
//! Owns the worker threads. Each has a runtime of its own; what they share is the pointer to the current
//! snapshot, the stage of stopping, and a few numbers they leave for whoever asks.

mod status;
mod stop;
mod work;

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch};
use windrose_http::course::Observe;
use windrose_http::desk::Computing;
use windrose_sys::{BindAddress, Inherited};

use crate::compute::Compute;
use crate::drain::{Stages, Timetable};
use crate::entry::{EntryOptions, Kind};
use crate::listen::{self, BindError, Bound, Sharing};
use crate::publish::Current;
pub use status::Status;
use stop::Stopping;
use work::Seed;

/// What the engine needs to start.
pub struct Setup {
    /// What to open; the entry points are in the order that snapshots have them.
    pub entries: Vec<Opening>,
    /// How many workers; one for each core as a rule.
    pub workers: usize,
    /// What the machine is called.
    pub host_name: Arc<str>,
    /// The snapshot to start with, and those to come.
    pub current: Arc<Current>,
    /// Sockets handed over by the service manager.
    pub inherited: Inherited,
    /// Makes for each worker whoever listens to its exchanges.
    pub observe: Option<Observers>,
}

/// Makes for a worker, by its number, whoever listens to its exchanges; called on its thread.
pub type Observers = Arc<dyn Fn(usize) -> Rc<dyn Observe> + Send + Sync>;

/// A listener to open. Several may be of one entry point, if they listen for different things.
pub struct Opening {
    /// How it treats connections.
    pub options: Arc<EntryOptions>,
    /// What it listens for.
    pub kind: Kind,
    /// Where it listens.
    pub address: BindAddress,
    /// Whether its port may be shared with other programs.
    pub sharing: Sharing,
}

/// A running engine. Dropping it stops the workers at once.
pub struct Engine {
    stopping: Stopping,
    threads: Vec<JoinHandle<()>>,
    workers: Workers,
    entries: Arc<[Arc<EntryOptions>]>,
}

/// Whether there is anybody left to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Workers {
    Running,
    Ended,
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

impl Engine {
    /// Opens all entry points, then starts the workers.
    ///
    /// # Errors
    /// Nothing was started.
    pub fn start(mut setup: Setup) -> Result<Self, StartError> {
        let workers = setup.workers.max(1);
        let mut sockets: Vec<Vec<(usize, Bound)>> = (0..workers).map(|_| Vec::new()).collect();
        let mut addresses = Vec::new();
        let mut entries: Vec<Arc<EntryOptions>> = Vec::new();
        for opening in &setup.entries {
            let name = &opening.options.name;
            let address = placed(opening, &addresses);
            let (options, kind, sharing) = (&*opening.options, opening.kind, opening.sharing);
            let bound = listen::bind(options, kind, &address, sharing, workers, &mut setup.inherited)?;
            let index = entries.iter().position(|entry| entry.name == *name).unwrap_or(entries.len());
            if index == entries.len() {
                entries.push(Arc::clone(&opening.options));
            }
            for address in bound.iter().flatten().filter_map(Bound::address) {
                if kind == Kind::Quic
                    && let Some(entry) = entries.get_mut(index)
                {
                    *entry = told(entry, address.port());
                }
                let listening = (Arc::clone(name), address);
                if !addresses.contains(&listening) {
                    addresses.push(listening);
                }
            }
            for (of_worker, bound) in sockets.iter_mut().zip(bound) {
                of_worker.extend(bound.into_iter().map(|socket| (index, socket)));
            }
        }
        let entries: Arc<[Arc<EntryOptions>]> = entries.into();
        let names = entries.iter().map(|entry| Arc::clone(&entry.name)).collect();
        let (stages, watched) = watch::channel(Stages::running(entries.len()));
        let status = Arc::new(Status::new(watched.clone(), workers, names, addresses));
        let (telling, rid) = mpsc::channel((work::most_told(entries.len()) * workers).max(1));
        let compute: Arc<dyn Computing> = Arc::new(Compute::beside(workers));
        let mut threads = Vec::new();
        for (index, sockets) in sockets.into_iter().enumerate() {
            let seed = Seed {
                index,
                sockets,
                entries: Arc::clone(&entries),
                host_name: Arc::clone(&setup.host_name),
                current: Arc::clone(&setup.current),
                stages: watched.clone(),
                status: Arc::clone(&status),
                rid: telling.clone(),
                compute: Arc::clone(&compute),
                observe: setup.observe.clone(),
            };
            let thread = std::thread::Builder::new()
                .name(format!("worker-{index}"))
                .spawn(move || work::run(seed))
                .map_err(StartError::Worker)?;
            threads.push(thread);
        }
        let stopping = Stopping { stages, status, rid, workers };
        Ok(Self { stopping, threads, workers: Workers::Running, entries })
    }

    /// What can be seen of it.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.stopping.status)
    }

    /// Stops in stages: unready while load balancers take notice, closing, draining, and by force at last. Says whether
    /// everything ended by itself. The time that an entry point leaves its connections is theirs alone.
    pub async fn stop(mut self) -> bool {
        let threads = std::mem::take(&mut self.threads);
        let ended =
            tokio::task::spawn_blocking(move || threads.into_iter().for_each(|thread| drop(thread.join())));
        let timetable = Timetable::new(self.entries.iter().map(|entry| (entry.accept_grace, entry.grace)));
        self.stopping.run(timetable, ended).await;
        self.workers = Workers::Ended;
        self.stopping.was_in_order()
    }
}

/// Where a listener is opened: QUIC on the port that TCP has got there.
fn placed(opening: &Opening, addresses: &[(Arc<str>, SocketAddr)]) -> BindAddress {
    let known = addresses.iter().find(|(name, _)| *name == opening.options.name);
    match known.filter(|_| opening.kind == Kind::Quic && opening.address.port() == 0) {
        Some((_, chosen)) => BindAddress::from(*chosen),
        None => opening.address.clone(),
    }
}

/// An entry point whose clients are told of HTTP/3 on this port.
fn told(entry: &Arc<EntryOptions>, port: u16) -> Arc<EntryOptions> {
    let http3 = entry.http3.as_ref().map(|http3| http3.on(port));
    Arc::new(EntryOptions { http3, ..EntryOptions::clone(entry) })
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.workers == Workers::Running {
            self.stopping.force();
        }
    }
}
