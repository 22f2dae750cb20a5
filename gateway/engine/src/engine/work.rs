//! The life of a worker's thread: accept and serve, and when it is time, end.

use std::rc::Rc;
use std::sync::Arc;

use tokio::runtime::LocalOptions;
use tokio::sync::{mpsc, watch};
use windrose_http::Desk;
use windrose_http::desk::Computing;
use windrose_upstream::Local;

use super::Observers;
use super::status::Status;
use crate::drain::{Stage, Stages};
use crate::entry::EntryOptions;
use crate::health;
use crate::listen::{self, Bound, Owner};
use crate::publish::Current;
use crate::tasks;
use crate::worker::{Told, Which, Worker};

/// What a worker starts with.
pub(super) struct Seed {
    pub(super) index: usize,
    /// Its sockets, each with the place of its entry point.
    pub(super) sockets: Vec<(usize, Bound)>,
    pub(super) entries: Arc<[Arc<EntryOptions>]>,
    pub(super) host_name: Arc<str>,
    pub(super) current: Arc<Current>,
    pub(super) stages: watch::Receiver<Stages>,
    pub(super) status: Arc<Status>,
    pub(super) rid: mpsc::Sender<Rid>,
    pub(super) compute: Arc<dyn Computing>,
    pub(super) observe: Option<Observers>,
}

/// A worker accepts nothing more on an entry point, and has none of these connections of it left. It says so once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rid {
    pub(super) entry: usize,
    pub(super) of: Which,
}

/// How often a worker says [`Rid`].
pub(super) fn most_told(entries: usize) -> usize {
    2 * entries
}

pub(super) fn run(seed: Seed) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(MOST_RESOLVERS)
        .build_local(LocalOptions::default());
    match runtime {
        Ok(runtime) => runtime.block_on(work(seed)),
        Err(error) => tracing::error!(%error, "a worker did not start"),
    }
}

async fn work(seed: Seed) {
    let local = Local::new(Box::new(tasks::spawn_local));
    let observe = seed.observe.map(|observers| observers(seed.index));
    let desk = Rc::new(Desk::new(seed.compute));
    let worker = Worker::new(seed.index, local, desk, observe, seed.host_name, seed.entries, seed.current);
    for (entry, socket) in seed.sockets {
        let (worker, stages, accepting) = (Rc::clone(&worker), seed.stages.clone(), worker.accepting(entry));
        match socket {
            Bound::Tcp(socket) => {
                let accept = listen::accept(worker, entry, (socket, Owner::Us), stages, accepting);
                tasks::spawn_local("accept", accept);
            }
            Bound::Passed(socket) => {
                let accept = listen::accept(worker, entry, (socket, Owner::Others), stages, accepting);
                tasks::spawn_local("accept", accept);
            }
            Bound::Udp(socket) => {
                tasks::spawn_local("receive", listen::receive(worker, entry, socket, stages, accepting));
            }
            Bound::Quic(seat) => {
                let receive = listen::receive_quic(worker, entry, *seat, stages, accepting);
                tasks::spawn_local("receive", receive);
            }
        }
    }
    if seed.index == 0 {
        tasks::spawn_local("health", health::watch(Rc::clone(&worker)));
    }
    let (watched, status) = (Rc::clone(&worker), seed.status);
    let note = move |told: Told<'_>| status.note(seed.index, told);
    tasks::spawn_local("tick", async move { watched.tick(note).await });
    wind_down(&worker, seed.stages, &seed.rid).await;
}

/// Goes along with the stages of stopping until nothing is left, or everything is given up.
async fn wind_down(worker: &Worker, mut stages: watch::Receiver<Stages>, rid: &mpsc::Sender<Rid>) {
    let mut told = Vec::new();
    let mut keeps = Keeps::Connections;
    loop {
        let now = stages.borrow_and_update().clone();
        worker.slots.advance(&now);
        if now.overall() >= Stage::Closing && keeps == Keeps::Connections {
            worker.local.clear();
            keeps = Keeps::Nothing;
        }
        for entry in (0..worker.entries.len()).filter(|entry| now.of(*entry) >= Stage::Closing) {
            for of in [Which::Idle, Which::All] {
                let news = Rid { entry, of };
                if !told.contains(&news) && worker.is_rid_of(entry, of) {
                    told.push(news);
                    // There is room for all that is ever told; nobody listens only when the engine is dropped.
                    let _ = rid.try_send(news);
                }
            }
        }
        let is_done = now.overall() >= Stage::Closing && told.len() == most_told(worker.entries.len());
        if is_done || now.overall() == Stage::Forced {
            return;
        }
        tokio::select! {
            changed = stages.changed() => if changed.is_err() { return },
            () = worker.slots.stirred() => {}
        }
    }
}

/// What a worker keeps towards servers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    Connections,
    Nothing,
}

/// Threads a worker may use to resolve names.
const MOST_RESOLVERS: usize = 8;
