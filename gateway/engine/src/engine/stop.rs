//! The way from the signal to stop to the end.
//!
//! Every entry point goes it in its own time. It comes to *closing* and *forced* by the clock, and to *draining* when all
//! workers have none of its connections left that waits for a request.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::status::Status;
use super::work::Rid;
use crate::drain::{Stage, Stages, Timetable};
use crate::worker::Which;

/// Moves the stages on.
pub(super) struct Stopping {
    pub(super) stages: watch::Sender<Stages>,
    pub(super) status: Arc<Status>,
    /// What workers tell, and how many there are.
    pub(super) rid: mpsc::Receiver<Rid>,
    pub(super) workers: usize,
}

impl Stopping {
    /// Goes on until `ended` is ready, which is when all workers have ended.
    pub(super) async fn run(&mut self, mut timetable: Timetable, ended: impl Future) {
        let mut ended = std::pin::pin!(ended);
        let begun = Instant::now();
        self.enter_all(Stage::Unready);
        if timetable.next().is_none() {
            // Without entry points nobody is waited for.
            self.enter_all(Stage::Closing);
        }
        let mut told = Vec::new();
        loop {
            let next = timetable.next();
            // A time that no clock shows never comes.
            let at = next.and_then(|due| begun.checked_add(due.after));
            tokio::select! {
                biased;
                // What was told comes before the end that follows it.
                Some(rid) = self.rid.recv() => {
                    told.push(rid);
                    if told.iter().filter(|known| **known == rid).count() < self.workers {
                        continue;
                    }
                    match rid.of {
                        Which::Idle => self.enter(rid.entry, Stage::Draining),
                        Which::All => timetable.strike(rid.entry),
                    }
                }
                _ = &mut ended => return,
                () = sleep_until(at) => if let Some(due) = next {
                    timetable.pass();
                    self.enter(due.entry, due.stage);
                },
            }
        }
    }

    /// Gives up on everything.
    pub(super) fn force(&self) {
        self.stages.send_modify(|stages| stages.enter_all(Stage::Forced));
    }

    /// Whether nothing had to be forced to its end.
    pub(super) fn was_in_order(&self) -> bool {
        let stages = self.stages.borrow();
        (0..self.status.entries()).all(|entry| stages.of(entry) < Stage::Forced)
    }

    fn enter_all(&self, stage: Stage) {
        tracing::info!(%stage, "stopping");
        self.stages.send_modify(|stages| stages.enter_all(stage));
    }

    fn enter(&self, entry: usize, stage: Stage) {
        if self.stages.borrow().of(entry) < stage {
            self.stages.send_modify(|stages| stages.enter(entry, stage));
            tracing::info!(entryPointName = self.status.name(entry), %stage, "stopping");
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
