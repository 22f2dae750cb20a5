//! Asks servers whether they are well, on a thread of its own.
//!
//! The thread starts with the first check and ends with the last owner. A check ends by itself when no service wants it
//! any more.

use std::rc::Rc;
use std::sync::OnceLock;

use tokio::runtime::LocalOptions;
use tokio::sync::mpsc;
use windrose_upstream::Local;
use windrose_upstream::health::{Asking, Checks};

use crate::tasks;

/// Whoever makes the checks that compiled services want.
#[derive(Debug, Default)]
pub struct Checking {
    thread: OnceLock<mpsc::Sender<Asking>>,
}

impl Checking {
    /// Begins the checks that are wanted and not made yet. May wait for a moment: not to be called on a worker.
    pub fn begin(&self, wanted: &Checks) {
        for check in wanted.held() {
            if let Some(asking) = check.start() {
                let thread = self.thread.get_or_init(start);
                if thread.blocking_send(asking).is_err() {
                    tracing::error!("nobody checks servers any more");
                }
            }
        }
    }
}

fn start() -> mpsc::Sender<Asking> {
    let (sender, receiver) = mpsc::channel(ROOM);
    let started = std::thread::Builder::new().name("health".into()).spawn(move || run(receiver));
    if let Err(error) = started {
        tracing::error!(%error, "the thread that checks servers did not start");
    }
    sender
}

fn run(mut receiver: mpsc::Receiver<Asking>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build_local(LocalOptions::default());
    match runtime {
        Ok(runtime) => runtime.block_on(async move {
            let local: Rc<Local> = Local::new(Box::new(tasks::spawn_local));
            while let Some(asking) = receiver.recv().await {
                tasks::spawn_local("health check", asking.run(Rc::clone(&local)));
            }
        }),
        Err(error) => tracing::error!(%error, "the thread that checks servers did not start"),
    }
}

/// Checks that may wait to be begun.
const ROOM: usize = 1024;
